import type { FastifyInstance } from 'fastify';
import { SANDBOX_ORGANISATION } from './defaults.js';
import { meta } from './routes-contacts.js';
import type { SandboxStore } from './store.js';

const TAGS_QUERY = {
  type: 'object',
  required: ['object'],
  properties: { object: { type: 'string', enum: ['contacts'] } },
};

/** What belongs to the organisation, always under `/v1`: the schema of contacts, the tags, and whose key it is. */
export function addOrganisationRoutes(app: FastifyInstance, store: SandboxStore): void {
  app.get('/v1/schemas/contacts', { config: { kind: 'schema' } }, (_request, reply) => {
    void reply.send({ data: store.schema, meta: meta() });
  });
  app.get('/v1/tags/', { config: { kind: 'tags' }, schema: { querystring: TAGS_QUERY } }, (_request, reply) => {
    void reply.send({ data: store.tags, meta: meta() });
  });
  app.get('/v1/tags', { config: { kind: 'tags' } }, (request, reply) => {
    const [, query] = request.url.split('?');
    const url = `http://${request.headers.host ?? request.hostname}/v1/tags/${query ? `?${query}` : ''}`;
    void reply.redirect(url, 307);
  });
  app.get('/v1/me', { config: { kind: 'me' } }, (_request, reply) => {
    void reply.send({ data: { organization: SANDBOX_ORGANISATION }, meta: meta() });
  });
}
