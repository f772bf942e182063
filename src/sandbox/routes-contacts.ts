import type { Contact } from '../core/contacts/types.js';
import { jsonAnswer } from './answer.js';
import { ApiError, refused } from './api-error.js';
import { isUuid } from './ids.js';
import { LIST_QUERY, listContacts } from './list-contacts.js';
import type { RequestLog } from './request-log.js';
import type { Call, Route } from './router.js';
import { UNIQUE_FIELDS, type SandboxStore } from './store.js';
import { validatePatch, type PatchRules } from './validate-patch.js';

/** What the contact endpoints work on. */
export interface ContactsContext {
  store: SandboxStore;
  log: RequestLog;
  rules: PatchRules;
  prefix: string;
}

/** The contact endpoints, under the prefix: PATCH and GET one contact, POST a list query. */
export function contactRoutes(context: ContactsContext): Route[] {
  const { store, prefix } = context;
  return [
    {
      method: 'PATCH',
      pattern: `${prefix}/contacts/:id`,
      kind: 'patch',
      handle: (call) => jsonAnswer(200, { data: patchContact(call, context), meta: meta() }),
    },
    {
      method: 'GET',
      pattern: `${prefix}/contacts/:id`,
      kind: 'get',
      handle: ({ params }) =>
        jsonAnswer(200, { data: existing(store, params['id'] ?? ''), explanations: {}, meta: meta() }),
    },
    {
      method: 'POST',
      pattern: `${prefix}/contacts/list`,
      kind: 'list',
      handle: ({ body }) => jsonAnswer(200, { ...listContacts(store, LIST_QUERY.parse(body)), meta: meta() }),
    },
  ];
}

/** The `meta` of every answer. */
export function meta(): { timestamp: string } {
  return { timestamp: new Date().toISOString() };
}

function patchContact({ params, body, entry }: Call, { store, log, rules }: ContactsContext): Contact {
  const given = params['id'] ?? '';
  checkBody(body);
  checkId(store, given);
  const fields = validatePatch(body, { schema: store.schema, tags: store.tags, rules });
  const { id } = existing(store, given);
  refuseTaken(store, id, fields);
  const written = store.write(id, fields);
  log.noteApplied(entry, written.before, written.after);
  return written.contact;
}

function checkBody(body: unknown): asserts body is Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refused('The body must be an object');
  if (Object.keys(body).length === 0) throw refused('The body must name at least one field');
}

function existing(store: SandboxStore, id: string): Contact {
  checkId(store, id);
  const contact = store.find(id);
  if (!contact) throw new ApiError(404, 'not_found', 'Contact not found');
  return contact;
}

/** Refuses ids that are not UUIDs, except those of loaded contacts (`con_…`). */
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
