import { chmod, stat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  csv,
  filesBelow,
  id,
  people,
  person,
  withFront,
  world,
  type CannedAnswer,
  type World,
} from '../../support/world.js';

const HEADER = ['contact_id', 'title'];
/** No key of the API looks like this: a pattern alone would not find it. */
const ODD_KEY = 'Zk9.plain-secret_7Qx';
const MKS_KEY = `mks_${'Ab3-_x'.repeat(8)}`;

/** An API that answers with the key it got. */
const ECHOES: [string, (authorization: string, path: string, method: string) => CannedAnswer | undefined][] = [
  ['refusing a PATCH with 422', (said, _, method) => (method === 'PATCH' ? json(422, { detail: said }) : undefined)],
  [
    'refusing a PATCH with 409',
    (said, _, method) => (method === 'PATCH' ? json(409, { error: { code: said, message: said } }) : undefined),
  ],
  ['failing a PATCH with 500', (said, _, method) => (method === 'PATCH' ? json(500, { detail: said }) : undefined)],
  ['not finding a contact', (said, at) => (at.includes('/contacts/') ? json(404, { detail: said }) : undefined)],
  ['refusing to read', (said, at) => (at.includes('/contacts') ? json(400, { detail: [{ msg: said }] }) : undefined)],
  ['refusing the key with 401', (said) => json(401, { detail: said })],
  ['refusing the key with 403', (said) => json(403, { detail: said })],
  ['breaking down', (said) => ({ status: 503, body: `upstream says ${said}` })],
];

function json(status: number, body: object): CannedAnswer {
  return { status, body: JSON.stringify(body) };
}

async function expectNowhere({ dir }: World, key: string, outputs: readonly string[]): Promise<void> {
  const files = await filesBelow(path.join(dir, 'runs'));
  expect(files.size).toBeGreaterThan(0);
  for (const [name, text] of files) expect({ name, holds: text.includes(key) }).toEqual({ name, holds: false });
  for (const output of outputs) expect(output).not.toContain(key);
}

test.each(ECHOES)('the key is in no file and no output of a run, though the API echoes it: %s', (_, echo) =>
  world({ contacts: people(3), key: ODD_KEY }, async (it) => {
    const rows = csv(
      HEADER,
      people(3).map((p) => [p.id, 'New']),
    );
    await withFront(
      it,
      ({ authorization, path: at, method }) => echo(authorization, at, method),
      async () => {
        // A PATCH that failed with 500 is settled only when its time-out has passed.
        const flags = ['--retries', '1', '--timeout', '2s', '--log-level', 'debug'];
        const run = await it.sync(rows, ...flags);
        expect(run.code).not.toBe(0);
        await expectNowhere(it, ODD_KEY, [run.stdout, run.stderr]);
        // Read by GET, errors of reading end in the results.
        const again = await it.sync(rows, ...flags, '--reads', 'get', '--json');
        await expectNowhere(it, ODD_KEY, [again.stdout, again.stderr]);
      },
    );
  })(),
);

/** Forms in which a server, or a proxy before it, may repeat the key. */
const REPEATED: [string, (key: string) => string][] = [
  ['behind a text that is cut within the key', (key) => `${'x'.repeat(185)} ${key}`],
  ['in a URL', (key) => encodeURIComponent(key)],
  ['in base64', (key) => Buffer.from(`user:${key}`).toString('base64')],
  ['in base64url', (key) => Buffer.from(key).toString('base64url')],
  ['in hex', (key) => Buffer.from(key).toString('hex')],
  ['in upper case', (key) => key.toUpperCase()],
  ['wrapped over lines', (key) => `${key.slice(0, 9)}\n${key.slice(9)}`],
  ['with quotes escaped', (key) => JSON.stringify({ got: key })],
];

test.each(REPEATED)('the key is not told either, not even in part, if the API repeats it %s', (_, form) => {
  const key = 'Zk9."plain\\secret_7Qx/+4t';
  return world({ contacts: people(3), key }, async (it) => {
    const said = form(key);
    const bodies = [said, JSON.stringify({ detail: said }), JSON.stringify({ detail: [{ deep: [said] }] })];
    const parts = [key.slice(0, 12), key.slice(-12), said.slice(-14, -4), JSON.stringify(key).slice(1, 14)];
    for (const body of bodies) {
      await withFront(
        it,
        ({ method }) => (method === 'PATCH' ? { status: 422, body } : undefined),
        async () => {
          const run = await it.sync(csv(HEADER, [[id(1), 'New']]), '--log-level', 'debug');
          expect(run).toMatchObject({ code: 3, results: [{ status: 'failed' }] });
          for (const part of parts) await expectNowhere(it, part, [run.stdout, run.stderr]);
        },
      );
    }
  })();
});

test(
  'a key of digits, which counts and times may hold, breaks neither log nor run',
  world({ contacts: people(3), key: '20261123' }, async (it) => {
    await withFront(
      it,
      ({ method, authorization }) =>
        method === 'PATCH' ? json(422, { detail: authorization, n: 20261123 }) : undefined,
      async () => {
        const run = await it.sync(csv(HEADER, [[id(1), '20261123']]), '--log-level', 'debug');
        expect(run).toMatchObject({ code: 3, results: [{ status: 'failed' }] });
        for (const line of run.log.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
      },
    );
  }),
);

test.each([ODD_KEY, MKS_KEY])('a key from a file (%s) is as well kept', (key) =>
  world({ contacts: people(3), key }, async (it) => {
    it.env['CONTACT_SYNC_API_KEY'] = undefined;
    it.env['CONTACT_SYNC_API_KEY_FILE'] = await it.write('key', key);
    await withFront(
      it,
      ({ authorization }) => json(401, { detail: authorization }),
      async () => {
        const run = await it.sync(
          csv(
            HEADER,
            people(3).map((p) => [p.id, 'New']),
          ),
        );
        expect(run.code).toBe(7);
        await expectNowhere(it, key, [run.stdout, run.stderr]);
      },
    );
  })(),
);

test(
  'the folder of a run is for its owner alone, and so is all that it holds',
  world({ contacts: people(2) }, async ({ sync, pipe, dir }) => {
    const text = csv(HEADER, [
      [id(1), 'New'],
      ['nobody', 'New'],
    ]);
    await sync(text, '--log-level', 'debug');
    const { runDir = '' } = await pipe(text, 'sync', '-');
    expect((await readdir(runDir)).sort()).toEqual(
      expect.arrayContaining(['plan.ndjson', 'rejected.csv', 'results.ndjson', 'run.log', 'summary.json']),
    );
    for (const entry of await readdir(path.join(dir, 'runs'), { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(path.join(entry.parentPath, entry.name));
      expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600']);
    }
  }),
);

test(
  'a folder of runs that exists already keeps its mode, and the run in it is still private',
  world({ contacts: people(1) }, async ({ sync, dir }) => {
    await sync(csv(HEADER, [[id(1), 'A']]));
    await chmod(path.join(dir, 'runs'), 0o755);
    const { runDir = '' } = await sync(csv(HEADER, [[id(1), 'B']]));
    expect((await stat(runDir)).mode & 0o777).toBe(0o700);
  }),
);

test(
  'neither the log nor standard error tells the values of a contact, whatever goes wrong',
  world(
    {
      contacts: [
        person(1),
        person(2, { email: 'zsofia.quetzal@example.com', first_name: 'Zsófia', last_name: 'Quetzal' }),
      ],
      faults: [{ kind: '503', probability: 0.3 }],
    },
    async (it) => {
      const text = csv(
        ['contact_id', 'email', 'first_name', 'title'],
        [
          [id(1), 'zsofia.quetzal@example.com', '', ''],
          [id(2), '', 'Wilhelmine', 'Obermeister'],
          ['nobody', 'kunigunde@example.com', 'Kunigunde', ''],
          [id(1), 'no address', 'Ottokar', ''],
          [id(7), 'luitpold@example.com', '', ''],
        ],
      );
      const taken = ({ method, path: at }: { method: string; path: string }) =>
        method === 'PATCH' && at.endsWith(id(1))
          ? json(409, { error: { code: 'taken', message: 'zsofia.quetzal@example.com belongs to Zsófia Quetzal' } })
          : undefined;
      await withFront(it, taken, async () => {
        const run = await it.sync(text, '--log-level', 'debug');
        expect(run.summary.counts).toMatchObject({ conflict: 1, updated: 1, invalid: 2, not_found: 1 });
        const told = run.log + run.stderr;
        expect(told).toContain(id(1));
        expect(told).not.toMatch(/@|Zs|Quetzal|Wilhelmine|Obermeister|Kunigunde|Ottokar|luitpold/i);
      });
    },
  ),
);
