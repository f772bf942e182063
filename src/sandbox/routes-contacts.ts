import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Contact } from '../core/contacts/types.js';
import { ApiError, refused } from './api-error.js';
import { isUuid } from './ids.js';
import { listContacts, type ListQuery } from './list-contacts.js';
import type { RequestLog } from './request-log.js';
import { UNIQUE_FIELDS, type SandboxStore } from './store.js';
import { validatePatch, type PatchRules } from './validate-patch.js';

/** What the contact endpoints work on. */
export interface ContactsContext {
  store: SandboxStore;
  log: RequestLog;
  rules: PatchRules;
  prefix: string;
}

interface OneContact {
  Params: { id: string };
}

const PATCH_BODY = { type: 'object', minProperties: 1 };

const LIST_BODY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    // Filters nest and depend on the schema of the contacts: filter.ts checks them.
    filters: {},
    page: { type: 'integer', minimum: 1, default: 1 },
    page_size: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    sort: { type: 'string', default: '-created_at' },
    include_custom_fields: { type: 'boolean', default: true },
  },
};

/** The contact endpoints, under the prefix: PATCH and GET one contact, POST a list query. */
export function addContactRoutes(app: FastifyInstance, context: ContactsContext): void {
  const { store, prefix } = context;
  app.patch<OneContact & { Body: Record<string, unknown> }>(
    `${prefix}/contacts/:id`,
    { config: { kind: 'patch' }, schema: { body: PATCH_BODY } },
    (request, reply) => {
      void reply.send({ data: patchContact(request, context), meta: meta() });
    },
  );
  app.get<OneContact>(`${prefix}/contacts/:id`, { config: { kind: 'get' } }, (request, reply) => {
    void reply.send({ data: existing(store, request.params.id), explanations: {}, meta: meta() });
  });
  app.post<{ Body: ListQuery }>(
    `${prefix}/contacts/list`,
    { config: { kind: 'list' }, schema: { body: LIST_BODY } },
    (request, reply) => {
      void reply.send({ ...listContacts(store, request.body), meta: meta() });
    },
  );
}

/** What every answer says of itself. */
export function meta(): { timestamp: string } {
  return { timestamp: new Date().toISOString() };
}

function patchContact(
  { params, body, logged }: FastifyRequest<OneContact & { Body: Record<string, unknown> }>,
  { store, log, rules }: ContactsContext,
): Contact {
  checkId(store, params.id);
  const fields = validatePatch(body, { schema: store.schema, tags: store.tags, rules });
  const { id } = existing(store, params.id);
  refuseTaken(store, id, fields);
  const written = store.write(id, fields);
  if (logged) log.noteApplied(logged, written.before, written.after);
  return written.contact;
}

function existing(store: SandboxStore, id: string): Contact {
  checkId(store, id);
  const contact = store.find(id);
  if (!contact) throw new ApiError(404, 'not_found', 'Contact not found');
  return contact;
}

/** Ids that are no UUID are refused, save those that loaded contacts have (`con_…`). */
function checkId(store: SandboxStore, id: string): void {
  if (!isUuid(id) && !store.find(id)) throw refused(`contact_id: "${id}" is not a valid UUID`);
}

function refuseTaken(store: SandboxStore, id: string, fields: Readonly<Record<string, unknown>>): void {
  for (const field of UNIQUE_FIELDS) {
    const value = fields[field];
    const owner = typeof value === 'string' && value !== '' ? store.ownerOf(field, value) : undefined;
    if (owner && owner.id !== id) throw new ApiError(409, 'conflict', `Another contact already has this ${field}`);
  }
}
