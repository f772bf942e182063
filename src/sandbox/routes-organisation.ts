import { emptyAnswer, jsonAnswer, type Answer } from './answer.js';
import { refused } from './api-error.js';
import { SANDBOX_ORGANISATION } from './defaults.js';
import { meta } from './routes-contacts.js';
import type { Call, Route } from './router.js';
import type { SandboxStore } from './store.js';

/** The endpoints of the organisation, always under `/v1`: the schema of contacts, the tags, and `me`. */
export function organisationRoutes(store: SandboxStore): Route[] {
  const data = (data: unknown): Answer => jsonAnswer(200, { data, meta: meta() });
  return [
    { method: 'GET', pattern: '/v1/schemas/contacts', kind: 'schema', handle: () => data(store.schema) },
    {
      method: 'GET',
      pattern: '/v1/tags/',
      kind: 'tags',
      handle: ({ search }) => {
        checkTagsQuery(new URLSearchParams(search));
        return data(store.tags);
      },
    },
    { method: 'GET', pattern: '/v1/tags', kind: 'tags', handle: addSlash },
    { method: 'GET', pattern: '/v1/me', kind: 'me', handle: () => data({ organization: SANDBOX_ORGANISATION }) },
  ];
}

function checkTagsQuery(query: URLSearchParams): void {
  const objects = query.getAll('object');
  if (objects.length !== 1 || objects[0] !== 'contacts') throw refused('object: must be contacts');
}

function addSlash({ host, search }: Call): Answer {
  const origin = host === undefined ? '' : `http://${host}`;
  return emptyAnswer(307, { Location: `${origin}/v1/tags/${search}` });
}
