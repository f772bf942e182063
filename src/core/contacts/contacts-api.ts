import { contactParser, listAnswer, meAnswer, schemaAnswer, tagsAnswer, type Organisation } from './answers.js';
import { shownId } from './contact-id.js';
import { SyncError } from '../model/errors.js';
import { readShape } from './contact-shape.js';
import type { PatchBody } from './patch-body.js';
import type { Call, LateReply, Reply, Said, TimedCall } from '../api/call.js';
import type { ApiClient } from '../api/client.js';
import type { Contact, FieldSchema, Tag } from './types.js';

export type { Organisation } from './answers.js';

/** The API takes at most this many contacts in one list call. */
export const MAX_PAGE_SIZE = 500;

export interface ListPage {
  contacts: Contact[];
  totalCount: number;
  totalPages: number;
  /** When, by the server's clock, where it says so. */
  timestamp?: string | null | undefined;
}

/** What the list endpoint is asked. */
export interface ListQuery {
  /** From 1. */
  page: number;
  page_size: number;
  sort?: string;
  filters?: Filter;
  include_custom_fields?: true;
}

/** A filter of the list endpoint: rules that must all hold, or an expression. */
export type Filter = FilterRule[] | { operator: 'and' | 'or'; filters: FilterRule[] };

export interface FilterRule {
  field: string;
  condition: string;
  value: string | number | boolean | readonly string[];
}

/** After so many 403s without another answer between them, the key is asked about again: it may have been withdrawn. */
const FORBIDDEN_IN_A_ROW = 10;

/** Where the vendor has its contacts, now or before. */
const PREFIXES = ['/v1', '/v1/preview'];

/** The endpoints that this tool uses, each typed. */
export class ContactsApi {
  /** Something was found below the prefix: it is the right one. */
  #everFound = false;
  /** Of the tags that were read. */
  readonly #tagNames = new Map<string, string>();
  /** Lists are asked for custom fields, which they leave out on some servers. */
  #wantsCustom = false;
  /** Another prefix that answers, once that was asked. */
  #otherPrefix: Promise<string | undefined> | undefined;
  /** Whether a 403 has been told from a refused key yet. */
  #keyCheck: Promise<void> | undefined;
  /** 403s, one after another. */
  #forbidden = 0;

  constructor(
    private readonly client: Pick<ApiClient, 'call'>,
    private readonly prefix: string,
  ) {}

  /** @throws SyncError `endpoint_refused`, or where the API refuses the key or does not answer */
  getSchema(): Promise<FieldSchema[]> {
    const parse = (body: unknown) => schemaAnswer.parse(body).data;
    return this.#need({ kind: 'schema', method: 'GET', path: '/v1/schemas/contacts', parse }, 'schema');
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

  /** All tags. The slash before the query is required. @throws as `getSchema` does */
  async getTags(): Promise<Tag[]> {
    const parse = (body: unknown) => tagsAnswer.parse(body).data;
    const call: Call<Tag[]> = { kind: 'tags', method: 'GET', path: '/v1/tags/?object=contacts', parse };
    const tags = await this.#need(call, 'list of tags');
    for (const { id, name } of tags) this.#tagNames.set(id.toLowerCase(), name);
    return tags;
  }

  /** From now on lists are to show custom fields as well. */
  askForCustomFields(): void {
    this.#wantsCustom = true;
  }

  /** A contact as `readShape` gives it, by the tags as far as they were read. */
  shape = (contact: Contact): Contact => readShape(contact, (id) => this.#tagNames.get(id.toLowerCase()));

  getContact(id: string): Promise<Reply<Contact>> {
    const parse = this.#found(contactParser(id, this.shape));
    return this.#checked(this.client.call({ kind: 'get', method: 'GET', ...this.#contactPath(id), parse }));
  }

  /**
   * Tells contacts that are missing from a wrong address, where nothing was found so far: by one list call.
   * @throws SyncError `address_unknown`
   */
  async assertAddress(): Promise<void> {
    if (this.#everFound) return;
    const reply = await this.listContacts({ page: 1, page_size: 1 });
    if (reply.kind === 'refused' && reply.verdict === 'not_found') unwrap(reply);
    this.#everFound = true;
  }

  /** Changes a contact; the answer is the contact as it now is. */
  patchContact(
    id: string,
    json: PatchBody,
    how: Partial<Pick<TimedCall<Contact>, 'until' | 'onBegin' | 'earlier'>> = {},
  ): Promise<Reply<Contact> | LateReply> {
    const parse = contactParser(id, this.shape);
    const call = { kind: 'patch', method: 'PATCH', ...this.#contactPath(id), json, parse, until: Infinity } as const;
    return this.#checked(this.client.call({ ...call, ...how }));
  }

  /**
   * One page of contacts.
   * @throws SyncError `address_unknown` where another prefix answers
   */
  async listContacts(query: ListQuery, how: Pick<Call<ListPage>, 'mostRetries'> = {}): Promise<Reply<ListPage>> {
    const reply = await this.#checked(this.#listAll(query, how));
    if (this.#everFound || reply.kind !== 'refused' || reply.verdict !== 'not_found') return reply;
    this.#otherPrefix ??= this.#findPrefix();
    const works = await this.#otherPrefix;
    if (works === undefined) return reply;
    throw new SyncError('address_unknown', { ...saidOf(reply), works });
  }

  /** Some servers refuse to be asked for what is their default. */
  async #listAll(query: ListQuery, how: Pick<Call<ListPage>, 'mostRetries'>): Promise<Reply<ListPage>> {
    if (!this.#wantsCustom) return this.#list(query, how);
    const reply = await this.#list({ ...query, include_custom_fields: true }, how);
    if (reply.kind !== 'refused' || reply.verdict !== 'refused') return reply;
    const without = await this.#list(query, how);
    if (without.kind === 'ok') this.#wantsCustom = false;
    return without;
  }

  async #findPrefix(): Promise<string | undefined> {
    for (const prefix of PREFIXES.filter((other) => other !== this.prefix)) {
      const reply = await this.#list({ page: 1, page_size: 1 }, { prefix });
      if (reply.kind === 'ok') return prefix;
    }
    return undefined;
  }

  #list(
    query: ListQuery,
    { prefix = this.prefix, ...how }: { prefix?: string; mostRetries?: number },
  ): Promise<Reply<ListPage>> {
    const parse = this.#found((body: unknown): ListPage => {
      const { data, pagination, meta } = listAnswer.parse(body);
      const { total_count: totalCount, total_pages: totalPages } = pagination;
      return { contacts: data.map(this.shape), totalCount, totalPages, timestamp: meta?.timestamp };
    });
    const path = `${prefix}/contacts/list`;
    return this.client.call({ kind: 'list', method: 'POST', path, json: query, parse, ...how });
  }

  /** What is read of contacts shows that the prefix is right. */
  #found<T>(parse: (body: unknown) => T): (body: unknown) => T {
    return (body) => {
      const value = parse(body);
      this.#everFound = true;
      return value;
    };
  }

  #contactPath(id: string): Pick<Call<Contact>, 'path' | 'shownPath'> {
    const folder = `${this.prefix}/contacts/`;
    return { path: folder + encodeURIComponent(id), shownPath: folder + shownId(id) };
  }

  /** What the run needs of an endpoint. @param endpoint its name for people */
  async #need<T>(call: Call<T>, endpoint: string): Promise<T> {
    const reply = await this.#checked(this.client.call(call));
    if (reply.kind !== 'refused') return unwrap(reply);
    throw new SyncError(reply.verdict === 'forbidden' ? 'access_missing' : 'endpoint_missing', {
      endpoint,
      ...saidOf(reply),
    });
  }

  /** A 403 may be about the key: the first one, and an unbroken row, tells who asks who we are. */
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

/**
 * The value of a reply that the run cannot do without.
 * @throws SyncError where there is none
 */
export function unwrap<T>(reply: Reply<T>): T {
  switch (reply.kind) {
    case 'ok':
      return reply.value;
    case 'refused':
      if (reply.verdict === 'forbidden') {
        throw new SyncError('access_missing', { endpoint: 'list of contacts', ...saidOf(reply) });
      }
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
