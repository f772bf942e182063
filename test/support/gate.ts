import { createServer, type IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from '@jest/globals';
import type { Contact } from '../../src/core/contacts/types.js';
import type { Summary } from '../../src/core/run/summary.js';
import type { Sandbox } from '../../src/sandbox/start-sandbox.js';
import { behind, csv, id, type CannedAnswer, type Run, type World } from './world.js';
import type { ResultLine } from '../../src/core/model/outcome.js';
import { beginHere, startProcess, type Begun, type Started } from './command.js';

export type { Begun, Started };

/** Starts the CLI as a process in the world's folder and does not wait for it. */
export function start({ command }: World, ...args: string[]): Started {
  return startProcess(command(args));
}

/** As `start`, in this process. */
export function begin({ command }: World, ...args: string[]): Begun {
  return beginHere(command(args));
}

/** Runs the CLI and kills it with SIGKILL when a certain request is on its way. Later ones have a short time-out. */
export async function killAt(world: World, when: (request: Passing) => boolean, ...args: string[]): Promise<void> {
  let started: Started | undefined;
  const meet = (request: Passing): void => void (when(request) && started?.child.kill('SIGKILL'));
  await withGate(world, meet, async () => {
    started = start(world, ...args);
    expect(await started.ended).toMatchObject({ signal: 'SIGKILL' });
  });
  // Whoever goes on waits for the time-out of what was in flight.
  world.env['CONTACT_SYNC_TIMEOUT'] = '2s';
}

/** Runs the CLI, in this process, and tells it to stop when a certain request is on its way; that one still ends. */
export async function stopAt(world: World, when: (request: Passing) => boolean, ...args: string[]): Promise<void> {
  let begun: Begun | undefined;
  const meet = (request: Passing): void => void (when(request) && begun?.stop());
  await withGate(world, meet, async () => {
    begun = begin(world, ...args);
    expect(await begun.ended).toMatchObject({ code: 4 });
  });
}

/** A request on its way to the sandbox. */
export interface Passing {
  kind: 'patch' | 'list' | 'get' | 'other';
  /** Counts from 1 within its kind. */
  nth: number;
  /** Counts from 1 over all. */
  n: number;
  path: string;
  body: string;
}

/** What happens before a request reaches the sandbox; an answer keeps it from getting there. */
export type Meet = (request: Passing) => Promise<CannedAnswer | void> | CannedAnswer | void;

/** Puts a gate before the sandbox at which a test can act, or hold requests back, and points the world's CLI at it. */
export async function withGate(world: World, meet: Meet, use: () => Promise<void>): Promise<void> {
  const counts = { patch: 0, list: 0, get: 0, other: 0 };
  let n = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const kind = kindOf(request);
      const passing = { kind, nth: ++counts[kind], n: ++n, path: request.url ?? '', body };
      const { status, body: answer } = (await meet(passing)) ?? (await pass(world.sandbox, request, body));
      // No connection serves twice: one that is cut was not idle, and its request is lost.
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(answer);
    })().catch(() => request.socket.destroy());
  });
  await behind(world, server, use);
}

function kindOf({ method, url = '' }: IncomingMessage): Passing['kind'] {
  if (method === 'PATCH') return 'patch';
  if (url.endsWith('/contacts/list')) return 'list';
  return url.includes('/preview/contacts/') ? 'get' : 'other';
}

async function pass({ url }: Sandbox, request: IncomingMessage, body: string): Promise<CannedAnswer> {
  const { authorization = '', 'content-type': type } = request.headers;
  const response = await fetch(url + (request.url ?? ''), {
    method: request.method ?? 'GET',
    headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === '' ? {} : { body }),
  });
  return { status: response.status, body: await response.text() };
}

/** Requests of a kind are held back from the nth on: `reached` when that one comes, until `release`. */
export function holdAt(kind: Passing['kind'], nth = 1): { meet: Meet; reached: Promise<void>; release: () => void } {
  const [reached, released] = [signal(), signal()];
  const meet: Meet = async (request) => {
    if (request.kind !== kind) return;
    if (request.nth === nth) reached.give();
    await released.promise;
  };
  return { meet, reached: reached.promise, release: released.give };
}

/** A promise and what fulfils it. */
export function signal(): { promise: Promise<void>; give: () => void } {
  let give = (): void => undefined;
  const promise = new Promise<void>((resolve) => (give = resolve));
  return { promise, give };
}

/** New titles for contacts 1 to `count`. */
export function titles(count: number, title = (n: number): string => `New ${n}`): string {
  return csv(
    ['contact_id', 'title'],
    Array.from({ length: count }, (_, at) => [id(at + 1), title(at + 1)]),
  );
}

/** A field of contacts 1 to `count` as the sandbox holds it. */
export function held({ store }: Sandbox, count: number, field: keyof Contact): unknown[] {
  return Array.from({ length: count }, (_, at) => store.find(id(at + 1))?.[field]);
}

/** All contacts without what every write moves, in a form that compares: tags as sets, nothing as null. */
export function contents({ store }: Sandbox): Record<string, unknown> {
  const all = [...store.contacts].map(([key, contact]) => {
    const fields = Object.entries(contact).filter(([name]) => name !== 'updated_at');
    return [key, Object.fromEntries(fields.map(([name, value]) => [name, comparable(value)]))];
  });
  return Object.fromEntries(all) as Record<string, unknown>;
}

/** A value in a form that compares: a list as a set, nothing as null. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : (value as unknown[]).toSorted();
  return value === undefined || value === '' ? null : value;
}

/** The id of a run, from its folder. */
export function runId({ runDir }: Run): string {
  if (runDir === undefined) throw new Error('there is no run');
  return path.basename(runDir);
}

/** The summary of a run that is not the newest. */
export async function summaryOf({ dir }: World, run: string): Promise<Summary> {
  return JSON.parse(await readFile(path.join(dir, 'runs', run, 'summary.json'), 'utf8')) as Summary;
}

/** Each of `count` records ended once. */
export function expectOneResultEach(results: readonly ResultLine[], count: number): void {
  const rows = results.map(({ row }) => row).sort((a, b) => a - b);
  expect(rows).toEqual(Array.from({ length: count }, (_, at) => at + 1));
}
