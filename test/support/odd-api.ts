import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a request to the API is for. */
export type Kind = 'me' | 'schema' | 'tags' | 'list' | 'get' | 'patch' | 'other';

/** A contact as a server keeps it: tags by name. */
export type Stored = Record<string, unknown> & { id: string };

export interface Asked {
  kind: Kind;
  /** Counts from 1 within its kind. */
  nth: number;
  method: string;
  url: string;
  /** Of `get` and `patch`. */
  id: string;
  body: Record<string, unknown>;
  socket: Socket;
  /** Carries the request out as an API should, and answers so. */
  honest: () => Answer;
}

export interface Answer {
  status: number;
  /** An object is sent as JSON. */
  body?: object | string;
  headers?: Record<string, string>;
}

/** Answers as it likes, or not at all. */
export type Raw = (response: ServerResponse, socket: Socket) => void;

/** An answer in place of the honest one. */
export type Answering = (asked: Asked) => Answer | Raw | 'reset' | 'hang' | undefined;

/** In what an API differs from an honest one. */
export interface Oddity {
  /** Endpoints with an answer of their own. */
  answer?: Partial<Record<Kind, Answering>>;
  /** How a contact is shown. */
  show?: (contact: Stored, where: 'list' | 'get' | 'patch') => object;
  /** Asked of every request, before its endpoint. */
  any?: Answering;
  /** What of a PATCH is taken in. */
  take?: (body: Record<string, unknown>) => Record<string, unknown>;
  schema?: readonly object[];
  prefix?: string;
}

const TAG = (n: number): string => `7a900000-0000-4000-8000-00000000000${n}`;
export const TAGS = ['Customer', 'VIP', 'Partner'].map((name, at) => ({ id: TAG(at + 1), name }));
export const ERP = 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e07';
export const TIER = 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e01';
const TEXTS = ['first_name', 'last_name', 'email', 'title', 'phone_number', 'linkedin_url', 'location', 'notes'];

/** The schema of an honest API. */
export const SCHEMA: readonly object[] = [
  { key: 'id', type: 'uuid', name: 'Id', filterable: true, sortable: false, allowed_operators: ['equals'] },
  ...[...TEXTS, 'do_not_contact', 'tags'].map((key) => ({ key, name: key, type: 'string', filterable: true })),
  { key: ERP, name: 'ERP Number', type: 'string', filterable: true, custom_field_settings: { id: ERP.slice(13) } },
  {
    ...{ key: TIER, name: 'Account Tier', type: 'enum', filterable: true },
    enum_field_settings: { allowed_values: [{ key: 't1', display_value: 'Strategic' }, { key: 't2' }] },
  },
];

/** A contacts API of a test's own, written apart from the sandbox: honest but for one oddity at a time. */
export class OddApi {
  readonly contacts = new Map<string, Stored>();
  /** Requests in their order. */
  readonly asked: Pick<Asked, 'kind' | 'method' | 'url' | 'body'>[] = [];
  oddity: Oddity = {};
  url = '';
  readonly #server = createServer((request, response) => void this.serve(request, response));

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Begins again with these contacts. */
  reset(contacts: readonly Stored[], oddity: Oddity = {}): void {
    this.contacts.clear();
    for (const contact of contacts) this.contacts.set(contact.id, structuredClone(contact));
    this.oddity = oddity;
    this.asked.length = 0;
  }

  /** How many requests of a kind came. */
  count(kind: Kind): number {
    return this.asked.filter((asked) => asked.kind === kind).length;
  }

  /** Requests by kind, without those that did not come. */
  get counts(): Partial<Record<Kind, number>> {
    return Object.fromEntries(this.asked.map(({ kind }) => [kind, this.count(kind)]));
  }

  /** Answers one request, whichever server it came to. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const sent = await text(request);
    const body = (sent === '' ? {} : JSON.parse(sent)) as Asked['body'];
    const { kind, id = '' } = this.#route(method, url);
    this.asked.push({ kind, method, url, body });
    const honest = (): Answer => this.#answer(kind, id, body);
    const asked: Asked = { kind, nth: this.count(kind), method, url, id, body, socket: request.socket, honest };
    const answer = this.oddity.any?.(asked) ?? this.oddity.answer?.[kind]?.(asked) ?? honest();
    if (typeof answer === 'function') return answer(response, request.socket);
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.resetAndDestroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'object' ? JSON.stringify(answer.body) : answer.body);
  }

  #route(method: string, url: string): { kind: Kind; id?: string } {
    if (url === '/v1/me') return { kind: 'me' };
    if (url === '/v1/schemas/contacts') return { kind: 'schema' };
    if (url === '/v1/tags/?object=contacts') return { kind: 'tags' };
    const folder = `${this.oddity.prefix ?? '/v1/preview'}/contacts/`;
    if (!url.startsWith(folder)) return { kind: 'other' };
    const id = decodeURIComponent(url.slice(folder.length));
    if (method === 'POST' && id === 'list') return { kind: 'list' };
    return { kind: method === 'PATCH' ? 'patch' : 'get', id };
  }

  #answer(kind: Kind, id: string, body: Asked['body']): Answer {
    const { show = (contact: Stored) => contact, take = (taken: Asked['body']) => taken, schema } = this.oddity;
    switch (kind) {
      case 'me':
        return { status: 200, body: { data: { organization: { id: 'org-1', name: 'Odd Ltd' } } } };
      case 'schema':
        return { status: 200, body: { data: schema ?? SCHEMA } };
      case 'tags':
        return { status: 200, body: { data: TAGS, meta: {} } };
      case 'list':
        return this.#list(body, show);
      case 'other':
        return { status: 404, body: { detail: 'Not Found' } };
      case 'get':
      case 'patch': {
        const contact = this.contacts.get(id);
        if (!contact) return { status: 404, body: { detail: 'Contact not found' } };
        if (kind === 'patch') Object.assign(contact, named(take(body)));
        return { status: 200, body: { data: show(contact, kind), meta: {} } };
      }
    }
  }

  #list(body: Asked['body'], show: NonNullable<Oddity['show']>): Answer {
    const { page = 1, page_size: size = 50, filters } = body as { page?: number; page_size?: number; filters?: object };
    const rules =
      filters === undefined ? undefined : Array.isArray(filters) ? filters : (filters as { filters: [] }).filters;
    const ids = rules?.flatMap(({ value }: { value: string | string[] }) => value);
    const all = [...this.contacts.values()].filter(({ id }) => ids === undefined || ids.includes(id));
    const data = all.slice((page - 1) * size, page * size).map((contact) => show(contact, 'list'));
    const total_pages = Math.ceil(all.length / size);
    return { status: 200, body: { data, pagination: { page, page_size: size, total_count: all.length, total_pages } } };
  }
}

/** Ids of tags as their names. */
function named({ tags, ...rest }: Asked['body']): Asked['body'] {
  if (!Array.isArray(tags)) return tags === undefined ? rest : { ...rest, tags: [] };
  return { ...rest, tags: tags.map((id) => TAGS.find((tag) => tag.id === id)?.name ?? `no tag ${String(id)}`) };
}
