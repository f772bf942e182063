import { z } from 'zod';
import { canonicalId, shownId } from './contact-id.js';
import { SyncError } from '../model/errors.js';
import type { PatchBody } from './patch-body.js';
import type { Call, LateReply, Reply, Said, TimedCall } from '../api/call.js';
import type { ApiClient } from '../api/client.js';
import type { Contact, FieldSchema, Tag } from './types.js';

const contact = z.looseObject({ id: z.string() });
const contactAnswer = z.object({ data: contact });
const listAnswer = z.object({
  data: z.array(contact),
  pagination: z.object({ total_count: z.number(), total_pages: z.number() }),
  meta: z.object({ timestamp: z.string().nullish() }).nullish().catch(null),
});
const enumValue = z
  .object({ key: z.string(), display_value: z.string().nullish() })
  .transform(({ key, display_value }) => ({ key, display_value: display_value ?? key }));
const schemaAnswer = z.object({
  data: z.array(
    z.looseObject({
      name: z.string(),
      key: z.string(),
      type: z.string(),
      filterable: z.boolean().nullish(),
      sortable: z.boolean().nullish(),
      updatable: z.boolean().nullish(),
      allowed_operators: z.array(z.string()).nullish(),
      custom_field_settings: z.looseObject({ is_ai_auto_filled: z.boolean().nullish() }).nullish(),
      enum_field_settings: z.object({ allowed_values: z.array(enumValue) }).nullish(),
    }),
  ),
});
const tagsAnswer = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });

const organisation = z
  .looseObject({ id: z.string().min(1), name: z.string().nullish() })
  .transform(({ id, name }): Organisation => ({ id, name: name ?? null }));
const meAnswer = z.union([
  z.object({ data: z.object({ organization: organisation }) }).transform(({ data }) => data.organization),
  z.object({ data: z.object({ organisation }) }).transform(({ data }) => data.organisation),
  z.unknown().transform(() => null),
]);

/** Whose contacts they are. */
export interface Organisation {
  id: string;
  name: string | null;
}

/** The API takes at most this many contacts in one list call. */
export const MAX_PAGE_SIZE = 500;

export interface ListPage {
  contacts: Contact[];
  totalCount: number;
  totalPages: number;
  /** When, by the server's clock, where it says so. */
  timestamp?: string | null | undefined;
}

/** A filter of the list endpoint: rules that must all hold, or an expression. */
export type Filter = FilterRule[] | { operator: 'and' | 'or'; filters: FilterRule[] };

export interface FilterRule {
  field: string;
  condition: string;
  value: string | number | boolean;
}

/** After so many 403s without another answer between them, the key is asked about again: it may have been withdrawn. */
const FORBIDDEN_IN_A_ROW = 10;

/** The endpoints that this tool uses, each typed. */
export class ContactsApi {
  /** Whether a 403 has been told from a refused key yet. */
  #keyCheck: Promise<void> | undefined;
  /** 403s, one after another. */
  #forbidden = 0;

  constructor(
    private readonly client: Pick<ApiClient, 'call'>,
    private readonly prefix: string,
  ) {}

  /** @throws SyncError where the API refuses the key, or does not answer */
  async getSchema(): Promise<FieldSchema[]> {
    const parse = (body: unknown) => schemaAnswer.parse(body).data;
    return unwrap(await this.client.call({ kind: 'schema', method: 'GET', path: '/v1/schemas/contacts', parse }));
  }

  /**
   * Whose key this is; null where the API does not tell.
   * @throws SyncError on 401
   */
  async getOrganisation(): Promise<Reply<Organisation | null>> {
    const reply = await this.#askMe();
    return reply.kind === 'refused'
      ? { kind: 'ok', value: null, status: reply.status, attempts: reply.attempts }
      : reply;
  }

  /** All tags. The slash before the query is required. */
  async getTags(): Promise<Tag[]> {
    const parse = (body: unknown) => tagsAnswer.parse(body).data;
    return unwrap(await this.client.call({ kind: 'tags', method: 'GET', path: '/v1/tags/?object=contacts', parse }));
  }

  getContact(id: string): Promise<Reply<Contact>> {
    const parse = contactParser(id);
    return this.#checked(this.client.call({ kind: 'get', method: 'GET', ...this.#contactPath(id), parse }));
  }

  /** Changes a contact; the answer is the contact as it now is. */
  patchContact(
    id: string,
    json: PatchBody,
    how: Partial<Pick<TimedCall<Contact>, 'until' | 'onBegin' | 'earlier'>> = {},
  ): Promise<Reply<Contact> | LateReply> {
    const parse = contactParser(id);
    const call = { kind: 'patch', method: 'PATCH', ...this.#contactPath(id), json, parse, until: Infinity } as const;
    return this.#checked(this.client.call({ ...call, ...how }));
  }

  /** One page of contacts. @param page from 1 */
  async listContacts(query: {
    page: number;
    page_size: number;
    sort?: string;
    filters?: Filter;
  }): Promise<Reply<ListPage>> {
    const parse = (body: unknown): ListPage => {
      const { data, pagination, meta } = listAnswer.parse(body);
      const { total_count: totalCount, total_pages: totalPages } = pagination;
      return { contacts: data, totalCount, totalPages, timestamp: meta?.timestamp };
    };
    const path = `${this.prefix}/contacts/list`;
    return this.client.call({ kind: 'list', method: 'POST', path, json: query, parse });
  }

  #contactPath(id: string): Pick<Call<Contact>, 'path' | 'shownPath'> {
    const folder = `${this.prefix}/contacts/`;
    return { path: folder + encodeURIComponent(id), shownPath: folder + shownId(id) };
  }

  /** A 403 about one contact may be about the key: the first one, and an unbroken row, tells who asks who we are. */
  async #checked<R extends Reply<unknown> | LateReply>(call: Promise<R>): Promise<R> {
    const reply = await call;
    if (reply.kind !== 'refused' || reply.verdict !== 'forbidden') {
      this.#forbidden = 0;
      return reply;
    }
    if (++this.#forbidden % FORBIDDEN_IN_A_ROW === 0) this.#keyCheck = undefined;
    this.#keyCheck ??= this.#checkKey();
    await this.#keyCheck;
    return reply;
  }

  #askMe(): Promise<Reply<Organisation | null>> {
    return this.client.call({ kind: 'me', method: 'GET', path: '/v1/me', parse: (body) => meAnswer.parse(body) });
  }

  async #checkKey(): Promise<void> {
    const reply = await this.#askMe();
    if (reply.kind === 'refused' && reply.verdict === 'forbidden') throw new SyncError('key_refused', saidOf(reply));
  }
}

/** Takes the contact out of an answer, if it is the one that was asked for. */
function contactParser(id: string): (body: unknown) => Contact {
  return (body) => {
    const { data } = contactAnswer.parse(body);
    if (canonicalId(data.id) !== canonicalId(id)) throw new Error('the answer is about another contact');
    return data;
  };
}

/**
 * The value of a reply that the run cannot do without.
 * @throws SyncError where there is none
 */
export function unwrap<T>(reply: Reply<T>): T {
  switch (reply.kind) {
    case 'ok':
      return reply.value;
    case 'refused':
      if (reply.verdict === 'forbidden') throw new SyncError('key_refused', saidOf(reply));
      if (reply.verdict === 'not_found') throw new SyncError('address_unknown', saidOf(reply));
      throw new SyncError('api_refused', saidOf(reply));
    case 'unanswered':
      if (reply.isFinal) throw new SyncError('answer_unusable', { answer: reply.answer });
      throw new SyncError('api_unanswered', { ...saidOf(reply), attempts: reply.attempts });
  }
}

/** What an error tells of an answer. */
export function saidOf({ answer, words }: Said): { answer: string; words: string } {
  return { answer, words };
}
