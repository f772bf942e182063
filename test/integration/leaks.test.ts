import path from 'node:path';
import { expect, test } from '@jest/globals';
import { BODIES, FORMS, holds, withEcho, type Echo, type Quote } from '../support/echo.js';
import { runId } from '../support/gate.js';
import { csv, filesBelow, id, people, world, type Run, type World } from '../support/world.js';

/** What is known of a person: names, e-mail, phone and notes. */
const VALUES = ['Zebedea', 'Quillfeather', 'zq.feather@leak.example', '+442079460123', 'allergic to walnuts'];
const [first_name = '', last_name = '', email = '', phone_number = '', notes = ''] = VALUES;
const contacts = people(4, { first_name, last_name, email, phone_number, notes });

/** Files that hold values by design: what a test wrote, and what the tool keeps of contacts. */
const HOLDING = /^(?:.*\.csv|contacts\.ndjson|(?:plan|results|sent|answers)\.ndjson)$/;
/** No key of the API looks like this: a pattern alone would not find it. */
const KEY = 'Qw7.plain-secret_9Zy';
const LEVELS = ['error', 'warn', 'info', 'debug'];

type Fault = (request: { method: string; path: string }) => number | undefined;

const isContact = (at: string): boolean => at.includes('/contacts/') && !at.endsWith('/list');
const FAULTS: Readonly<Record<string, Fault>> = {
  'a list refused with 400': ({ path: at }) => (at.endsWith('/list') ? 400 : undefined),
  'contacts refused with 403': ({ path: at }) => (isContact(at) ? 403 : undefined),
  'everything refused with 401': () => 401,
  'contacts not found': ({ path: at }) => (isContact(at) ? 404 : undefined),
  'writes refused with 409': ({ method }) => (method === 'PATCH' ? 409 : undefined),
  'writes refused with 422': ({ method }) => (method === 'PATCH' ? 422 : undefined),
  'lists failing with 503': ({ path: at }) => (at.endsWith('/list') ? 503 : undefined),
  'writes failing with 500': ({ method }) => (method === 'PATCH' ? 500 : undefined),
};

const edits = (title: string): string =>
  csv(
    ['contact_id', 'title', 'notes', 'expected:phone_number'],
    contacts.map((_, at) => [id(at + 1), title, `${notes} ${title}`, at === 3 ? '+493012345' : phone_number]),
  );

/**
 * Every verb that calls the API, each with something to do: on runs that an honest API has left, and on new ones. Each verb logs
 * at another level, beginning with the nth.
 */
async function everyVerb(it: World, form: (text: string) => Echo, quote: Quote, nth: number): Promise<Run[]> {
  const shared = ['--timeout', '1s', '--retries', '0', '--rate', 'none'];
  await Promise.all(['done', 'planned', 'stopped', 'new'].map((name) => it.write(`${name}.csv`, edits(name))));
  const done = runId(await it.cli('sync', 'done.csv', ...shared));
  const planned = runId(await it.cli('plan', 'planned.csv', ...shared));
  const stopped = runId(await it.cli('sync', 'stopped.csv', '--max-requests', '3', ...shared));
  const runs: Run[] = [];
  await withEcho(it, form, quote, async () => {
    const commands = [
      ['apply', planned],
      ['resume', stopped],
      ['undo', done],
      ['plan', 'new.csv', '--reads', 'list'],
      ['sync', 'new.csv'],
      ['retry', 'latest'],
      ['sync', 'new.csv', '--reads', 'get', '--json'],
      ['sync', 'new.csv', '--mirror'],
      ['export', '--out', 'contacts.ndjson', '--force'],
      ['export', '--filter', 'title contains new'],
    ];
    for (const [at, command] of commands.entries()) {
      const waits = /^(export|plan)$/.test(command[0]!) ? [] : ['--wait-lock', '1s'];
      const level = LEVELS[(nth + at) % LEVELS.length]!;
      runs.push(await it.cli(...command, ...shared, ...waits, '--log-level', level));
    }
  });
  runs.push(await it.cli('runs', '--json'), await it.cli('check', 'new.csv'));
  return runs;
}

/** Names of the places that hold one of the secrets. */
async function placesOf(it: World, runs: readonly Run[], secrets: readonly string[]): Promise<string[]> {
  const has = (text: string): boolean => secrets.some((secret) => holds(text, secret));
  const files = [...(await filesBelow(it.dir))].filter(([, text]) => has(text)).map(([name]) => path.basename(name));
  const outputs = runs.flatMap(({ stdout, stderr }, at) => [
    ...(has(stdout) ? [`standard output ${at}`] : []),
    ...(has(stderr) ? [`standard error ${at}`] : []),
  ]);
  return [...new Set([...files, ...outputs])];
}

test.each(Object.keys(FAULTS).flatMap((fault, at) => [0, 1, 2, 3].map((turn) => [fault, at + turn] as const)))(
  'values of contacts stay in the files that are for them, and the key is nowhere: %s, quoting them in every form and kind of body, turn %i',
  (fault, nth) =>
    world({ contacts, key: KEY }, async (it) => {
      // Another kind of body for each answer.
      const kinds = Object.values(BODIES);
      let answers = nth;
      const form = (text: string): Echo => kinds[answers++ % kinds.length]!(text);
      const quote: Quote = (request) => {
        const status = FAULTS[fault]!(request);
        return status === undefined ? undefined : { status, text: [...VALUES, request.key].join(', ') };
      };
      const runs = await everyVerb(it, form, quote, nth);
      expect(runs.some(({ code }) => code !== 0)).toBe(true);
      const places = await placesOf(it, runs, VALUES);
      // Standard output shows values by design. The stores of a mirror do, too.
      const elsewhere = places.filter(
        (name) => !HOLDING.test(name) && !/^standard output|^\d{6}\.(?:log|ldb)$/.test(name),
      );
      expect(elsewhere).toEqual([]);
      expect(places).toContain('plan.ndjson');
      expect(await placesOf(it, runs, [KEY])).toEqual([]);
    })(),
);

test.each(Object.entries(FORMS))('a text that is quoted %s would be found', (_, form) => {
  const { body, reason, headers } = form(`before ${VALUES.join(', ')} after`);
  for (const value of VALUES) expect(holds([body, reason, JSON.stringify(headers)].join('\n'), value)).toBe(true);
  expect(holds('Nothing of the kind, in bm90aGluZw==, 6e6f7468696e67 or n%6Fthing', VALUES[0]!)).toBe(false);
});
