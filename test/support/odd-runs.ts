import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ResultLine } from '../../src/core/model/outcome.js';
import { rememberOrganisation } from '../../src/core/run/target.js';
import type { Summary } from '../../src/core/run/summary.js';
import { runHere, type Command } from './command.js';
import { comparable } from './gate.js';
import { ERP, OddApi, TIER, type Kind, type Oddity, type Stored } from './odd-api.js';
import { ROOT } from './root.js';
import { csv, id, person } from './world.js';

const KEY = `mks_${'odd'.padEnd(48, '0')}`;

/** Contacts with a value of each kind. */
export function contacts(): Stored[] {
  const values = { notes: 'Note', phone_number: null, linkedin_url: null, [ERP]: '00123', [TIER]: 't2' };
  return Array.from({ length: 6 }, (_, at) => person(at + 1, { ...values, tags: ['Customer'] }) as Stored).map(
    (contact, at) => (at === 3 ? { ...contact, tags: ['Customer', 'VIP'] } : contact),
  );
}

/** Files of edits, and what each contact has once all of one is done. */
const FILES = {
  /** Text, a clear, a tag more, a tag less, a custom clear, a custom value and an opt-out. */
  all: {
    text: csv(
      ['contact_id', 'title', 'notes', 'tags', 'ERP Number', 'Account Tier', 'do_not_contact'],
      [
        [id(1), 'New 1', '', '', '', '', ''],
        [id(2), '', '<clear>', '', '', '', ''],
        [id(3), '', '', '+VIP', '', '', ''],
        [id(4), '', '', '-VIP', '', '', ''],
        [id(5), '', '', '', '<clear>', '', ''],
        [id(6), '', '', '', '', 'Strategic', 'true'],
      ],
    ),
    done: [
      { title: 'New 1' },
      { notes: null },
      { tags: ['Customer', 'VIP'] },
      { tags: ['Customer'] },
      { [ERP]: null },
      { [TIER]: 't1', do_not_contact: true },
    ],
  },
  /** Titles alone. */
  plain: {
    text: csv(
      ['contact_id', 'title'],
      [1, 2, 3, 4, 5, 6].map((n) => [id(n), `New ${n}`]),
    ),
    done: [1, 2, 3, 4, 5, 6].map((n) => ({ title: `New ${n}` })),
  },
  /** One row. */
  one: { text: csv(['contact_id', 'title'], [[id(1), 'New 1']]), done: [{ title: 'New 1' }] },
} as const;

type Env = Record<string, string>;

/** What a run against an odd API is to come to. */
export interface Expected {
  /** Which file is synced. Default: `all`. */
  file?: keyof typeof FILES;
  flags?: readonly string[];
  /** Of the first command alone. */
  env?: Env;
  /** Of both. */
  both?: Env;
  /** Makes what lies before the API honest as well. */
  heal?: (() => void) | undefined;
  code: number;
  /** A letter a row: updated, = unchanged, failed, not_found, conflict, held, ? unknown; a dot: no result. */
  ends: string;
  /** Somewhere in what is told, or in an error of a row. */
  says?: RegExp;
  calls?: Partial<Record<Kind, number>>;
  /** What the same command comes to on an honest server. Default: 0. */
  after?: number;
}

const LETTERS: Readonly<Record<string, string>> = { unchanged: '=', unknown: '?' };

export interface OddRun {
  code: number;
  ends: string;
  said: string;
  calls: Partial<Record<Kind, number>>;
  /** Results that what the server has contradicts. */
  lies: readonly string[];
  /** What the run on an honest server after it came to. */
  after: { code: number; lacks: readonly string[] };
}

/** One server and one folder for all the runs of a test file. */
export class OddRuns {
  readonly api = new OddApi();
  #dir = '';

  get dir(): string {
    return this.#dir;
  }

  async open(): Promise<void> {
    this.#dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
    process.chdir(this.#dir);
    await this.api.open();
    const organisation = { id: 'org-1', name: 'Odd Ltd' };
    await rememberOrganisation(
      path.join(this.#dir, '.contact-sync'),
      { baseUrl: this.api.url, key: KEY },
      organisation,
    );
  }

  async close(): Promise<void> {
    await this.api.close();
    process.chdir(ROOT);
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** All contacts as they were, no runs, and the file of edits in place. */
  async begin(file: keyof typeof FILES, oddity: Oddity = {}): Promise<void> {
    this.api.reset(contacts(), oddity);
    await rm('runs', { recursive: true, force: true });
    await writeFile('edits.csv', FILES[file].text);
  }

  /** Syncs a file with an odd API, then again with an honest one that has what the odd one has. */
  async sync(
    oddity: Oddity,
    { file = 'all', flags = [], env = {}, both = {}, heal }: Pick<Expected, 'file' | 'flags' | 'env' | 'both' | 'heal'>,
  ): Promise<OddRun> {
    const { done } = FILES[file];
    await this.begin(file, oddity);
    const odd = await this.command(['sync', 'edits.csv', ...flags], { ...both, ...env });
    const calls = this.api.counts;
    const { results, state } = await this.#newest();
    const lies = this.#liesOf(results, done);
    this.api.oddity = {};
    heal?.();
    const again = state === 'stopped' ? ['resume', 'latest'] : ['sync', 'edits.csv'];
    const after = await this.command(again, both);
    const lacks = done.flatMap((values, at) => this.#differences(at + 1, values));
    const ends = done.map((_, at) => letter(results.find(({ row }) => row === at + 1))).join('');
    const said = odd.stderr + odd.stdout + results.map((result) => JSON.stringify(result)).join('\n');
    return { code: odd.code, ends, said, calls, lies, after: { code: after.code, lacks } };
  }

  /** Runs a command of the CLI, quickly: what it waits for is short. */
  command(args: readonly string[], more: Env = {}): ReturnType<typeof runHere> {
    return runHere(this.commandOf(args, more));
  }

  /** The same, to be run in a process of its own. */
  commandOf(args: readonly string[], more: Env = {}): Command {
    const { url } = this.api;
    const short = { CONTACT_SYNC_TIMEOUT: '300ms', CONTACT_SYNC_RETRIES: '1', CONTACT_SYNC_OUTAGE_LIMIT: '3s' };
    const env = { HOME: this.#dir, TMPDIR: this.#dir, CONTACT_SYNC_BASE_URL: url, CONTACT_SYNC_API_KEY: KEY, ...short };
    return { args, cwd: this.#dir, env: { ...env, ...more }, input: '' };
  }

  async #newest(): Promise<{ results: ResultLine[]; state?: string }> {
    const runs = (await readdir('runs').catch(() => [])).filter((name) => /^\d/.test(name)).sort();
    const dir = path.join('runs', runs.at(-1) ?? '');
    const read = (name: string) => readFile(path.join(dir, name), 'utf8').catch(() => '');
    const lines = (await read('results.ndjson')).split('\n').filter(Boolean);
    const summary = await read('summary.json');
    const { state } = (summary === '' ? {} : JSON.parse(summary)) as Partial<Summary>;
    return { results: lines.map((line) => JSON.parse(line) as ResultLine), ...(state ? { state } : {}) };
  }

  #liesOf(results: readonly ResultLine[], done: readonly object[]): string[] {
    return results.flatMap(({ row, status, changes = {}, warnings = [] }) => {
      const doubtful = new Set(warnings.filter(({ code }) => code === 'not_kept').map(({ field }) => field));
      const sure = Object.entries(changes).filter(([key]) => !doubtful.has(key));
      const meant = Object.fromEntries(sure.map(([key, { to }]) => [key, to]));
      const claimed =
        { updated: meant, unchanged: done[row - 1], unknown: {} }[status as string] ?? contacts()[row - 1]!;
      return this.#differences(row, claimed).map((lie) => `${status}: ${lie}`);
    });
  }

  /** Fields of a contact in which the server differs. */
  #differences(n: number, values: object): string[] {
    const contact = this.api.contacts.get(id(n)) ?? {};
    return Object.entries(values).flatMap(([key, value]) => {
      const [has, wanted] = [(contact as Record<string, unknown>)[key], value as unknown].map((it) =>
        JSON.stringify(comparable(it)),
      );
      return has === wanted ? [] : [`contact ${n}: ${key} is ${has}, not ${wanted}`];
    });
  }
}

function letter(result: ResultLine | undefined): string {
  return result === undefined ? '.' : (LETTERS[result.status] ?? result.status.charAt(0));
}
