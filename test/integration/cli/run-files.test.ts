import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isRunId } from '../../../src/core/run/run-folder.js';
import { describe, expect, test } from '@jest/globals';
import { STATUSES } from '../../../src/core/model/problem.js';
import {
  csv,
  id,
  inFileOrder,
  people,
  requestCount,
  statuses,
  withFront,
  world,
  type Run,
} from '../../support/world.js';

/** Rows of many ends; some records span lines, so that rows and lines differ. */
const MIXED = [
  'contact_id,title,email,notes',
  `${id(1)},New 1,,"two`,
  'lines"',
  `${id(2)},Title 2,,`,
  'nobody,New,,',
  '',
  `${id(9)},New,,"a`,
  'b',
  'c"',
  `${id(3)},,person4@example.com,`,
  `${id(4)},New 4,,too,many`,
  `${id(5)},New 5,no address,`,
  `${id(6)},New 6,,`,
  '',
].join('\n');
const MIXED_ENDS = [
  { row: 1, line: 2, contact_id: id(1), status: 'updated' },
  { row: 2, line: 4, contact_id: id(2), status: 'unchanged' },
  { row: 3, line: 5, contact_id: 'nobody', status: 'invalid' },
  { row: 4, line: 7, contact_id: id(9), status: 'not_found' },
  { row: 5, line: 10, contact_id: id(3), status: 'conflict' },
  { row: 6, line: 11, contact_id: id(4), status: 'invalid' },
  { row: 7, line: 12, contact_id: id(5), status: 'invalid' },
  { row: 8, line: 13, contact_id: id(6), status: 'updated' },
];

function countsOf(run: Run): Record<string, number> {
  return Object.fromEntries(STATUSES.map((s) => [s, run.results.filter(({ status }) => status === s).length]));
}

describe('results.ndjson', () => {
  test(
    'has exactly one line for each data record, with its row, line, contact and end',
    world({ contacts: people(6) }, async ({ sync }) => {
      const run = await sync(MIXED);
      expect(run.code).toBe(3);
      expect(inFileOrder(run.results)).toEqual(MIXED_ENDS.map((end) => expect.objectContaining(end)));
      expect(run.summary.counts).toEqual(countsOf(run));
      expect(run.summary.input.rows).toBe(8);
    }),
  );

  test(
    'says of a written row what changed, how often it was tried, the status, the time it took and when',
    world({ contacts: people(6) }, async ({ sync }) => {
      const before = new Date().toISOString();
      const { results } = await sync(MIXED);
      const after = new Date().toISOString();
      const written = inFileOrder(results)[7];
      expect(written).toEqual({
        row: 8,
        line: 13,
        contact_id: id(6),
        status: 'updated',
        changes: { title: { from: 'Title 6', to: 'New 6' } },
        attempts: 1,
        http_status: 200,
        duration_ms: expect.any(Number),
        at: expect.any(String),
      });
      for (const { at } of results) {
        expect(at).toBe(new Date(at).toISOString());
        expect(at >= before && at <= after).toBe(true);
      }
    }),
  );

  test(
    'says why a row was not applied, with the field at fault',
    world({ contacts: people(6) }, async ({ sync }) => {
      const rows = inFileOrder((await sync(MIXED)).results);
      expect(rows[2]?.error).toMatchObject({ code: 'bad_id', field: 'contact_id' });
      expect(rows[3]?.error).toMatchObject({ code: 'not_found' });
      expect(rows[4]).toMatchObject({ http_status: 409, error: { code: 'http_409' } });
      expect(rows[5]?.error?.message).toContain('5 cells');
      expect(rows[6]?.error).toMatchObject({ code: 'bad_value', field: 'email' });
      for (const { error } of rows) expect(error === undefined || error.message.length > 0).toBe(true);
    }),
  );
});

describe('plan.ndjson', () => {
  test(
    'has a line for each record in the order of the file, planned or with an end that needs no request',
    world({ contacts: people(6) }, async ({ sync }) => {
      const { plan } = await sync(MIXED);
      const sent = ['updated', 'conflict'];
      const expected = MIXED_ENDS.map((end) => ({
        ...end,
        status: sent.includes(end.status) ? 'planned' : end.status,
      }));
      expect(plan).toEqual(expected.map((line) => expect.objectContaining(line)));
      expect(plan[7]?.changes).toEqual({ title: { from: 'Title 6', to: 'New 6' } });
    }),
  );

  test(
    'is complete on disk before the first PATCH is sent',
    world({ contacts: people(40) }, async (it) => {
      const seen: Promise<string>[] = [];
      const look = ({ method }: { method: string }) => {
        if (method === 'PATCH') seen.push(newestPlan(it.dir));
        return undefined;
      };
      await withFront(it, look, async () => {
        await it.sync(
          csv(
            ['contact_id', 'title'],
            people(40).map((p) => [p.id, 'New']),
          ),
        );
      });
      expect(seen).toHaveLength(40);
      for (const text of await Promise.all(seen)) expect(text.split('\n').filter(Boolean)).toHaveLength(40);
    }),
  );
});

describe('rejected.csv', () => {
  test(
    'has the original cells of the rows that were not applied, in the order of the file, with _status and _error',
    world({ contacts: people(6) }, async ({ sync }) => {
      const { rejected } = await sync(MIXED);
      expect(rejected[0]).toEqual(['contact_id', 'title', 'email', 'notes', '_status', '_error']);
      expect(rejected.slice(1).map((cells) => cells.slice(0, 5))).toEqual([
        ['nobody', 'New', '', '', 'invalid'],
        [id(9), 'New', '', 'a\nb\nc', 'not_found'],
        [id(3), '', 'person4@example.com', '', 'conflict'],
        [id(4), 'New 4', '', 'too', 'invalid'],
        [id(5), 'New 5', 'no address', '', 'invalid'],
      ]);
      for (const [, , , , , error] of rejected.slice(1)) expect(error).toMatch(/./);
      expect(rejected[4]?.at(-1)).toBe('many');
    }),
  );

  test(
    'keeps the order of the file when rows end in another',
    world({ contacts: people(40), faults: [{ kind: 'hang', probability: 0.3, only: 'patch' }] }, async ({ sync }) => {
      const rows = people(40).map((p, at) => [at % 2 ? p.id : id(900 + at), at % 4 === 1 ? 'person1@example.com' : '']);
      const flags = ['--timeout', '2s', '--retries', '0', '--concurrency', '16', '--reads', 'ids'];
      const run = await sync(csv(['contact_id', 'email'], rows), ...flags);
      expect(run.results.map(({ row }) => row)).not.toEqual(inFileOrder(run.results).map(({ row }) => row));
      const missed = inFileOrder(run.results).filter(({ status }) => !['updated', 'unchanged'].includes(status));
      expect(missed.length).toBeGreaterThan(20);
      expect(run.rejected.slice(1).map(([key]) => key)).toEqual(missed.map(({ contact_id }) => contact_id));
    }),
  );

  test.each<[string, (text: string) => string | Buffer]>([
    ['commas', (text) => text],
    ['semicolons', (text) => text.replaceAll(',', ';')],
    ['UTF-16', (text) => Buffer.from(`\uFEFF${text.replaceAll(',', '\t')}`, 'utf16le')],
  ])('can be mended and fed straight back, from a file with %s', (_, encode) =>
    world({ contacts: people(3) }, async ({ sync, write, cli, sandbox }) => {
      const run = await sync(encode(`contact_id,title,email\n${id(1)},Grün,\n${id(2)},Blå,bad\nx,Rød,\n`));
      expect(run.code).toBe(3);
      expect(run.rejected).toHaveLength(3);
      const mended = run.rejectedText.replace('bad', 'good@example.com').replace('\nx', `\n${id(3)}`);
      await write('again.csv', mended);
      const again = await cli('sync', 'again.csv');
      expect(statuses(again)).toEqual(['updated', 'updated']);
      expect(sandbox.store.find(id(2))).toMatchObject({ title: 'Blå', email: 'good@example.com' });
      expect(sandbox.store.find(id(3))?.title).toBe('Rød');
      expect(again.rejected).toEqual([['contact_id', 'title', 'email', '_status', '_error']]);
    })(),
  );

  test(
    'fed back as it is ends as before: what was no valid row has not become one',
    world({ contacts: people(3) }, async ({ sync, write, cli, sandbox }) => {
      const text = `contact_id,title,notes\n${id(1)},short\n${id(2)},long,long,long\nx,no id,\n`;
      const run = await sync(text, '--empty', 'clear');
      await write('again.csv', run.rejectedText);
      const again = await cli('sync', 'again.csv', '--empty', 'clear');
      expect(statuses(run)).toEqual(['invalid', 'invalid', 'invalid']);
      expect(statuses(again)).toEqual(statuses(run));
      expect(sandbox.log.counts.patch).toBe(0);
    }),
  );
});

describe('summary.json', () => {
  test(
    'tells the input, the counts, the calls as the server counted them, the times, the exit code and the versions',
    world({ contacts: people(6) }, async ({ sync, sandbox }) => {
      const { summary, runDir = '' } = await sync(MIXED);
      const { list, get, patch, schema, tags, me } = sandbox.log.counts;
      expect(summary).toMatchObject({
        run_id: path.basename(runDir),
        command: 'sync',
        state: 'done',
        input: {
          path: expect.stringMatching(/^\/.*\/edits\.csv$/),
          sha256: createHash('sha256').update(MIXED).digest('hex'),
          bytes: MIXED.length,
          rows: 8,
        },
        calls: { list, get, patch, schema, tags, me, total: requestCount(sandbox) },
        changes: { title: 2, email: 1, notes: 1 },
        retries: 0,
        rate_limited: 0,
        waited_seconds: 0,
        exit_code: 3,
        error: null,
        versions: { contact_sync: expect.stringMatching(/^\d+\.\d+/), node: process.versions.node },
      });
      expect(Date.parse(summary.ended_at ?? '')).toBeGreaterThanOrEqual(Date.parse(summary.started_at));
    }),
  );

  test(
    'counts retries, 429s and the wait for the rate limit',
    world(
      {
        contacts: people(30),
        faults: [
          { kind: '503', probability: 0.3, only: 'patch' },
          { kind: '429', probability: 0.1, only: 'patch' },
        ],
      },
      async ({ sync, sandbox }) => {
        const run = await sync(
          csv(
            ['contact_id', 'title'],
            people(30).map((p) => [p.id, 'New']),
          ),
          '--concurrency',
          '30',
        );
        const faulted = (kind: string) => sandbox.log.patches().filter(({ fault }) => fault === kind).length;
        expect(faulted('429')).toBeGreaterThan(0);
        expect(run.summary).toMatchObject({ retries: faulted('503'), rate_limited: faulted('429') });
        expect(run.summary.waited_seconds).toBeGreaterThanOrEqual(1);
        expect(run.summary.calls).toMatchObject({ patch: sandbox.log.counts.patch });
      },
    ),
  );

  test(
    'has the exit code with which the process ends, whatever it is',
    world({ contacts: people(1) }, async ({ cli, write }) => {
      await write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'New']]));
      for (const args of [
        ['plan', 'edits.csv', '--exit-code'],
        ['sync', 'edits.csv'],
      ]) {
        const run = await cli(...args);
        expect([args, run.summary.exit_code]).toEqual([args, run.code]);
      }
    }),
  );
});

describe('standard output', () => {
  test.each(['sync', 'plan'])('of %s --json is the summary, one JSON object and nothing else', (command) =>
    world({ contacts: people(6) }, async ({ cli, write }) => {
      await write('edits.csv', MIXED);
      const run = await cli(command, 'edits.csv', '--json');
      expect(JSON.parse(run.stdout)).toEqual(run.summary);
      expect(run.stderr).not.toContain('%');
    })(),
  );

  test(
    'of a run that the key ended is the summary too',
    world({ contacts: people(6) }, async ({ cli, write, env }) => {
      await write('edits.csv', MIXED);
      env['CONTACT_SYNC_API_KEY'] = 'mks_wrong';
      const run = await cli('sync', 'edits.csv', '--json');
      expect(run.code).toBe(7);
      expect(JSON.parse(run.stdout)).toEqual(run.summary);
    }),
  );

  test(
    'tells people the counts and where the files are, and progress is on standard error',
    world({ contacts: people(6) }, async ({ sync }) => {
      const run = await sync(MIXED);
      expect(run.stdout).toMatch(/2\s+updated/);
      expect(run.stdout).toMatch(/3\s+invalid/);
      expect(run.stdout).toMatch(/^ {2}1 {2}invalid +email: got "no address", .* \(row 8\)$/m);
      expect(run.stdout).toContain(path.join('runs', path.basename(run.runDir ?? ''), 'rejected.csv'));
      expect(run.stdout).not.toContain('applying');
    }),
  );
});

async function newestPlan(dir: string): Promise<string> {
  const run = (await readdir(path.join(dir, 'runs'))).find(isRunId)!;
  return readFile(path.join(dir, 'runs', run, 'plan.ndjson'), 'utf8');
}
