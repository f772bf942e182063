import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { Contact } from '../../src/core/contacts/types.js';
import type { PlanLine } from '../../src/core/model/plan-line.js';
import { rememberOrganisation } from '../../src/core/run/target.js';
import type { Summary } from '../../src/core/run/summary.js';
import type { LogEntry } from '../../src/sandbox/request-log.js';
import type { SandboxOptions } from '../../src/sandbox/options.js';
import { CUSTOM_FIELDS, SANDBOX_ORGANISATION } from '../../src/sandbox/defaults.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/start-sandbox.js';
import { openDoor, type Door } from './door.js';
import { ROOT } from './root.js';
import { runHere, runProcess, type Command, type Ended } from './command.js';
import type { ResultLine } from '../../src/core/model/outcome.js';

/** How the CLI ended, and the newest run's folder as it left it. */
export interface Run extends Ended {
  /** Absolute; undefined where there is no run's folder. */
  runDir: string | undefined;
  results: ResultLine[];
  plan: PlanLine[];
  /** Records of rejected.csv, header first. */
  rejected: string[][];
  /** As `rejected`, the file itself. */
  rejectedText: string;
  /** Of summary.json; throws where the run left none. */
  summary: Summary;
  log: string;
}

/** What a test has to itself: a folder and an API. */
export interface World {
  dir: string;
  sandbox: Sandbox;
  /** Where the CLI finds the API: a run belongs to its address, also when another server stands before the sandbox. */
  door: Door;
  /** Sets variables of the CLI's environment; undefined takes one away. */
  env: Record<string, string | undefined>;
  write: (name: string, content: string | Buffer) => Promise<string>;
  /** What a command of the CLI is given in this world. */
  command: (args: readonly string[], input?: string | Buffer) => Command;
  /** Runs the CLI in the world's folder, in this process. */
  cli: (...args: string[]) => Promise<Run>;
  /** As `cli`, with something on standard input. */
  pipe: (input: string | Buffer, ...args: string[]) => Promise<Run>;
  /** Writes edits.csv and runs `sync` on it. */
  sync: (csv: string | Buffer, ...flags: string[]) => Promise<Run>;
  /** As `cli`, in a process of its own. */
  process: (...args: string[]) => Promise<Run>;
}

/** A test's body with a sandbox and a folder of its own, both gone afterwards. */
export function world(options: SandboxOptions, use: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
    const sandbox = await startSandbox(options);
    const door = await openDoor(sandbox.url);
    // Paths on a command line are relative to it.
    process.chdir(dir);
    try {
      const world = makeWorld(dir, sandbox, door);
      await remember(world);
      await use(world);
    } finally {
      process.chdir(ROOT);
      await door.close();
      await sandbox.close();
      await rm(dir, { recursive: true, force: true });
    }
  };
}

/** The world's machine knows whose key it is: a call that only a key's first use takes is not among those counted. */
function remember({ dir, sandbox, door }: World): Promise<void> {
  const access = { baseUrl: door.url, key: sandbox.key };
  return rememberOrganisation(path.join(dir, '.contact-sync'), access, SANDBOX_ORGANISATION);
}

function makeWorld(dir: string, sandbox: Sandbox, door: Door): World {
  const env: World['env'] = { CONTACT_SYNC_BASE_URL: door.url, CONTACT_SYNC_API_KEY: sandbox.key };
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(path.join(dir, name), content);
    return path.join(dir, name);
  };
  // A lock or a cache of the tool must not be shared with other tests, nor with this machine's user.
  const command = (args: readonly string[], input: string | Buffer = ''): Command => {
    const variables = Object.entries({ HOME: dir, TMPDIR: dir, ...env }).filter(([, value]) => value !== undefined);
    return { args, cwd: dir, env: Object.fromEntries(variables), input };
  };
  const pipe = async (input: string | Buffer, ...args: string[]): Promise<Run> => {
    const ended = await runHere(command(args, input));
    return Object.assign(await readRun(path.join(dir, 'runs')), ended);
  };
  return {
    dir,
    sandbox,
    door,
    env,
    write,
    command,
    pipe,
    cli: (...args) => pipe('', ...args),
    async sync(csv, ...flags) {
      await write('edits.csv', csv);
      return pipe('', 'sync', 'edits.csv', ...flags);
    },
    async process(...args) {
      const ended = await runProcess(command(args));
      return Object.assign(await readRun(path.join(dir, 'runs')), ended);
    },
  };
}

async function readRun(runsDir: string): Promise<Omit<Run, keyof Ended>> {
  const newest = (await readdir(runsDir).catch(() => []))
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1);
  const runDir = newest === undefined ? undefined : path.join(runsDir, newest);
  const text = async (name: string) => (runDir ? readFile(path.join(runDir, name), 'utf8').catch(() => '') : '');
  const [summary, rejectedText] = [await text('summary.json'), await text('rejected.csv')];
  const [results, plan] = [await text('results.ndjson'), await text('plan.ndjson')];
  const run = {
    runDir,
    rejectedText,
    rejected: readCsv(rejectedText),
    log: await text('run.log'),
  };
  return {
    ...run,
    // Tests damage these: they are parsed when looked at.
    get results() {
      return ndjson<ResultLine>(results);
    },
    get plan() {
      return ndjson<PlanLine>(plan);
    },
    get summary() {
      return JSON.parse(summary) as Summary;
    },
  };
}

function ndjson<T>(text: string): T[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** Records of a rejected.csv, header first; of any width. */
export function readCsv(text: string): string[][] {
  // The header of a rejected.csv tells its delimiter: what stands before our own first column.
  const delimiter = /(.)_status/.exec(text)?.[1] ?? ',';
  return parse(text, { bom: true, delimiter, relax_column_count: true });
}

/** A CSV of these records, quoted where it must be. */
export function csv(header: readonly string[], rows: readonly (readonly (string | null | undefined)[])[]): string {
  return stringify([[...header], ...rows.map((row) => [...row])]);
}

/** The id of the contact that `person(n)` makes. */
export function id(n: number): string {
  return `0a000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** A value in every custom field that a cell can write. */
export const CUSTOM_VALUES: Partial<Contact> = {
  [CUSTOM_FIELDS.accountTier]: 'tier_1',
  [CUSTOM_FIELDS.renewalDate]: '2026-03-01',
  [CUSTOM_FIELDS.seats]: 0,
  [CUSTOM_FIELDS.newsletter]: false,
  [CUSTOM_FIELDS.interests]: ['b', 'a'],
  [CUSTOM_FIELDS.lastDemo]: '2026-01-01T10:00:00.000Z',
  [CUSTOM_FIELDS.erpNumber]: '00123',
};

/** A contact whose values a test can know by heart. */
export function person(n: number, values: Partial<Contact> = {}): Contact {
  return {
    id: id(n),
    created_at: '2025-01-01T00:00:00.000Z',
    updated_at: '2025-06-01T00:00:00.000Z',
    first_name: `First${n}`,
    last_name: `Last${n}`,
    email: `person${n}@example.com`,
    title: `Title ${n}`,
    location: 'Berlin',
    do_not_contact: false,
    tags: [],
    ...values,
  };
}

/** Contacts 1 to `count`. */
export function people(count: number, values: Partial<Contact> = {}): Contact[] {
  return Array.from({ length: count }, (_, at) => person(at + 1, values));
}

/** The PATCH bodies that the server got, in order, each with its contact. */
export function bodies(sandbox: Sandbox): { id: string | undefined; body: unknown }[] {
  return sandbox.log.patches().map(({ contactId, body }) => ({ id: contactId, body }));
}

/** Status of each row, by row number from 1. */
export function statuses(run: Run): string[] {
  return inFileOrder(run.results).map(({ status }) => status);
}

export function inFileOrder<T extends { row: number }>(lines: readonly T[]): T[] {
  return [...lines].sort((a, b) => a.row - b.row);
}

/** What is in a world's folder, sorted, but for what its machine remembers from the start. */
export async function entriesOf(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name !== '.contact-sync').sort();
}

/** Every file below a folder, by its path in it. */
export async function filesBelow(dir: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.relative(dir, file), await readFile(file, 'latin1'));
  }
  return files;
}

export interface CannedAnswer {
  status: number;
  body: string;
}

export type AnswerInstead = (request: {
  method: string;
  path: string;
  authorization: string;
  /** Its body. */
  text: string;
}) => CannedAnswer | undefined;

/** Puts a server before the sandbox that answers some requests itself, and points the world's CLI at it. */
export async function withFront(world: World, answer: AnswerInstead, use: () => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    void (async () => {
      const text = await bodyOf(request);
      const { method = '', url = '', headers } = request;
      const { authorization = '' } = headers;
      const { status, body } =
        answer({ method, path: url, authorization, text }) ?? (await forward(world.sandbox.url + url, request, text));
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    })();
  });
  await behind(world, server, use);
}

/** Has the CLI talk to a server that stands in front of the sandbox, for as long as `use` takes. */
export async function behind(world: World, server: Server, use: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.door.leadTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await use();
  } finally {
    world.door.leadTo(world.sandbox.url);
    server.closeAllConnections();
    server.close();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

async function forward(url: string, { method = '', headers }: IncomingMessage, text: string): Promise<CannedAnswer> {
  const { authorization = '', 'content-type': type } = headers;
  const response = await fetch(url, {
    method,
    headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(text === '' ? {} : { body: text }),
  });
  return { status: response.status, body: await response.text() };
}

/** How many requests of any kind the server got. */
export function requestCount(sandbox: Sandbox): number {
  return Object.values(sandbox.log.counts).reduce((sum, count) => sum + count, 0);
}

/** PATCHes that met another one of the same contact. */
export function overlaps(sandbox: Sandbox): LogEntry[] {
  return sandbox.log.patches().filter((entry) => entry.overlaps);
}
