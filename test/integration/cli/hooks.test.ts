import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { csv, filesBelow, id, people, world, type World } from '../../support/world.js';

const SECRET = '/services/T0001/B0002/aVerySecretWebhookToken';

/** What a webhook got. */
interface Post {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

interface Hooked extends World {
  /** Address of the webhook, a secret in its path. */
  hook: string;
  posts: Post[];
  /** Statuses of the next answers; then 200. */
  answers: number[];
}

/** A test's body in a world with a webhook beside the API. */
function hooked(use: (it: Hooked) => Promise<void>, contacts = people(3)): () => Promise<void> {
  return world({ contacts }, async (it) => {
    const [posts, answers]: [Post[], number[]] = [[], []];
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        posts.push({ method, url, headers, body: JSON.parse(text) as Post['body'] });
        response.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hook = `http://127.0.0.1:${(server.address() as AddressInfo).port}${SECRET}`;
    try {
      await use({ ...it, hook, posts, answers });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}

/** Row 1 is updated, row 2 is invalid, row 3 is up to date. */
const MIXED = csv(
  ['contact_id', 'title', 'email'],
  [
    [id(1), 'Secret title', ''],
    [id(2), '', 'not-an-address'],
    [id(3), 'Title 3', ''],
  ],
);

describe('--notify', () => {
  test(
    'posts counts, organisation, run, exit code and next command, no value of a contact and no key',
    hooked(async ({ sync, hook, posts, sandbox }) => {
      const run = await sync(MIXED, '--notify', hook, '--quiet');
      expect(run).toMatchObject({ code: 3, stderr: '' });
      const [{ url, method, headers, body }] = posts as [Post];
      expect([posts.length, method, url, headers.authorization]).toEqual([1, 'POST', SECRET, undefined]);
      expect(body).toMatchObject({
        text: expect.stringMatching(
          /^contact-sync sync: Sandbox Ltd: 1 updated, 1 unchanged, 1 invalid\. Exit 3: .*\. Run \d+T\d+Z-....\. Next: contact-sync show \d+T\d+Z-....$/,
        ) as unknown,
        ...{ command: 'sync', exit_code: 3, error_code: null, run_id: run.summary.run_id, state: 'done', rows: 3 },
        target: { organisation: { name: 'Sandbox Ltd' } },
        counts: { updated: 1, unchanged: 1, invalid: 1 },
        next_command: `contact-sync show ${run.summary.run_id}`,
      });
      const text = JSON.stringify(posts);
      for (const hidden of [sandbox.key, 'Secret title', 'not-an-address', 'edits.csv', id(1)]) {
        expect(text).not.toContain(hidden);
      }
    }),
  );

  test.each([
    ['a guard', 5, 'plan_refused', ['sync', 'edits.csv', '--max-changes', '0']],
    ['an invalid setting', 2, 'usage', ['sync', 'edits.csv', '--concurrency', 'many']],
    ['an unknown flag', 2, 'usage', ['sync', 'edits.csv', '--no-such-flag']],
    ['a missing file', 2, 'input_unreadable', ['sync', 'gone.csv']],
    ['a job file that is gone', 2, 'usage', ['sync', '--job', 'gone.json']],
    ['a missing key', 7, 'key', ['sync', 'edits.csv']],
  ])('tells that %s stopped it, with exit %s', (_, code, error_code, args) =>
    hooked(async (it) => {
      await it.write('edits.csv', MIXED);
      it.env['CONTACT_SYNC_NOTIFY'] = it.hook;
      if (error_code === 'key') it.env['CONTACT_SYNC_API_KEY'] = undefined;
      expect((await it.cli(...args)).code).toBe(code);
      expect(it.posts.map(({ body }) => body)).toMatchObject([{ command: 'sync', exit_code: code, error_code }]);
    })(),
  );

  test.each([
    ['failure', 'Title 1', 0],
    ['failure', 'New', 0],
    ['changes', 'Title 1', 0],
    ['changes', 'New', 1],
    ['always', 'Title 1', 1],
  ])('--notify-on %s, with the title %s, posts %s times', (on, title, times) =>
    hooked(async ({ sync, hook, posts }) => {
      const run = await sync(csv(['contact_id', 'title'], [[id(1), title]]), '--notify', hook, '--notify-on', on);
      expect([run.code, posts.length]).toEqual([0, times]);
    })(),
  );

  test(
    '--notify-on failure and changes post what failed',
    hooked(async ({ sync, hook, posts }) => {
      for (const on of ['failure', 'changes']) await sync(MIXED, '--notify', hook, '--notify-on', on, '--dry-run');
      expect(posts.map(({ body }) => body['exit_code'])).toEqual([3, 3]);
    }),
  );

  test(
    'a hook that fails is a warning without its address, and says nothing of the run',
    hooked(async (it) => {
      it.answers.push(404, 302);
      const edit = csv(['contact_id', 'title'], [[id(1), 'New']]);
      const refused = await it.sync(edit, '--notify', it.hook, '--quiet');
      expect(refused.stderr).toMatch(
        /^contact-sync: warning: the notification was not delivered: 127\.0\.0\.1:\d+ answered 404\n$/,
      );
      const redirected = await it.sync(edit, '--notify', it.hook);
      expect(redirected.stderr).toContain('answered 302');
      expect([refused.code, redirected.code, it.posts.length]).toEqual([0, 0, 2]);
    }),
  );

  test(
    'a hook that is down is tried three times',
    hooked(async (it) => {
      it.answers.push(503, 503, 503);
      const run = await it.sync(MIXED, '--notify', it.hook, '--quiet');
      expect([run.code, it.posts.length]).toEqual([3, 3]);
      expect(run.stderr).toContain('answered 503');
    }),
  );

  test(
    'the address is in no file, output or message, also where it is invalid',
    hooked(async (it) => {
      await it.write('edits.csv', MIXED);
      it.env['CONTACT_SYNC_NOTIFY'] = it.hook;
      it.answers.push(400, 400, 400);
      const outputs = [await it.cli('sync', 'edits.csv', '--log-level', 'debug'), await it.cli('doctor', '--json')];
      it.env['CONTACT_SYNC_NOTIFY'] = `htp:/${SECRET}`;
      outputs.push(await it.cli('sync', 'edits.csv'));
      expect(outputs[2]).toMatchObject({ code: 2 });
      expect(outputs[2]?.stderr).toContain('CONTACT_SYNC_NOTIFY: expected a URL that starts with https://');
      const told = [...(await filesBelow(it.dir)).values(), ...outputs.flatMap((run) => [run.stdout, run.stderr])];
      expect(told.filter((text) => text.includes('SecretWebhook'))).toEqual([]);
    }),
  );

  test(
    'help, and commands without a run, notify nobody',
    hooked(async (it) => {
      await it.write('edits.csv', MIXED);
      it.env['CONTACT_SYNC_NOTIFY'] = it.hook;
      for (const args of [['sync', '--help'], ['check', 'edits.csv'], ['runs'], []]) await it.cli(...args);
      expect(it.posts).toEqual([]);
    }),
  );
});

describe('where a notification may go', () => {
  const job = (it: Hooked): Promise<string> =>
    it.write('job.json', JSON.stringify({ csv: 'edits.csv', notify: it.hook }));

  test(
    'an address from a job file in the working folder is refused with a key from elsewhere, and gets nothing',
    hooked(async (it) => {
      await it.write('edits.csv', MIXED);
      await job(it);
      const refused = await it.cli('sync', '--job', 'job.json');
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('job.json: notify: a file in') as unknown,
      });
      expect([it.posts.length, it.sandbox.log.patches().length, refused.stderr.includes('Secret')]).toEqual([
        0,
        0,
        false,
      ]);
      expect((await it.cli('sync', '--job', 'job.json', '--trust-env-file')).code).toBe(3);
      expect(it.posts).toHaveLength(1);
    }),
  );

  test(
    'it may come with the key, from the environment, and from a job file elsewhere',
    hooked(async (it) => {
      await it.write('edits.csv', MIXED);
      await writeFile('.env', `CONTACT_SYNC_NOTIFY=${it.hook}\nCONTACT_SYNC_API_KEY=${it.sandbox.key}\n`, {
        mode: 0o600,
      });
      it.env['CONTACT_SYNC_API_KEY'] = undefined;
      expect((await it.cli('sync', 'edits.csv')).code).toBe(3);
      await writeFile('.env', '');
      it.env['CONTACT_SYNC_API_KEY'] = it.sandbox.key;
      await job(it);
      await mkdir('work');
      process.chdir('work');
      expect((await it.cli('plan', '--job', '../job.json')).code).toBe(3);
      expect(it.posts.map(({ body }) => body['command'])).toEqual(['sync', 'plan']);
    }),
  );

  test(
    'a key file from elsewhere that the same .env names does not make its address trusted',
    hooked(async (it) => {
      await it.write('edits.csv', MIXED);
      await mkdir('work');
      await writeFile('key', it.sandbox.key, { mode: 0o600 });
      await writeFile('work/.env', `CONTACT_SYNC_NOTIFY=${it.hook}\nCONTACT_SYNC_API_KEY_FILE=../key\n`, {
        mode: 0o600,
      });
      it.env['CONTACT_SYNC_API_KEY'] = undefined;
      process.chdir('work');
      expect([(await it.cli('sync', '../edits.csv')).code, it.posts.length]).toEqual([2, 0]);
    }),
  );

  test(
    'plain http to another machine is refused',
    hooked(async (it) => {
      const run = await it.sync(MIXED, '--notify', 'http://hooks.example.com/secret-token');
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('--notify: plain http') as unknown });
      expect(run.stderr).not.toContain('secret-token');
    }),
  );
});

/** Samples of a file of metrics, by name and labels. */
async function samplesIn(file: string): Promise<Record<string, number>> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

describe('--metrics-file', () => {
  const FILE = 'nightly.prom';
  const LAST = 'contact_sync_last_success_timestamp_seconds{file="nightly"}';

  test(
    'has rows, calls, waits, duration, last success and exit code, readable by a collector',
    hooked(async ({ sync, dir }) => {
      await sync(MIXED, '--metrics-file', FILE);
      const samples = await samplesIn(FILE);
      expect(samples).toMatchObject({
        'contact_sync_rows{status="updated",file="nightly"}': 1,
        'contact_sync_rows{status="invalid",file="nightly"}': 1,
        'contact_sync_calls{kind="patch",file="nightly"}': 1,
        'contact_sync_exit_code{file="nightly"}': 3,
        'contact_sync_wait_seconds{file="nightly"}': 0,
        'contact_sync_duration_seconds{file="nightly"}': expect.any(Number) as unknown,
        [LAST]: 0,
      });
      expect((await stat(path.join(dir, FILE))).mode & 0o777).toBe(0o644);
    }),
  );

  test(
    'keeps the time of the last success while runs fail, and says when one is refused',
    hooked(async ({ sync, cli }) => {
      const began = Date.now() / 1000;
      await sync(csv(['contact_id', 'title'], [[id(1), 'New']]), '--metrics-file', FILE);
      const { [LAST]: success = 0 } = await samplesIn(FILE);
      expect(success).toBeGreaterThanOrEqual(began);
      await sync(MIXED, '--metrics-file', FILE);
      expect((await samplesIn(FILE))[LAST]).toBe(success);
      await cli('sync', 'gone.csv', '--metrics-file', FILE);
      const refused = await samplesIn(FILE);
      expect([refused[LAST], refused['contact_sync_exit_code{file="nightly"}']]).toEqual([success, 2]);
      expect(Object.keys(refused).filter((name) => name.includes('rows'))).toEqual([]);
    }),
  );

  test(
    'is a warning where it cannot be written',
    hooked(async ({ sync }) => {
      const run = await sync(MIXED, '--metrics-file', 'no-such-folder/x.prom');
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(/warning: the metrics could not be written: ENOENT/);
    }),
  );

  test(
    'a job file in the working folder does not choose a file outside of it with a key from elsewhere',
    hooked(async (it) => {
      await mkdir('work');
      await it.write('theirs', 'precious');
      await it.write('work/edits.csv', MIXED);
      await it.write('work/job.json', JSON.stringify({ csv: 'edits.csv', 'metrics-file': '../theirs' }));
      await chmod('work/job.json', 0o600);
      process.chdir('work');
      expect((await it.cli('sync', '--job', 'job.json')).code).toBe(2);
      expect(await readFile('../theirs', 'utf8')).toBe('precious');
    }),
  );
});

describe('in GitHub Actions', () => {
  const prepare = async (it: Hooked): Promise<void> => {
    it.env['GITHUB_ACTIONS'] = 'true';
    it.env['GITHUB_WORKSPACE'] = it.dir;
    it.env['GITHUB_STEP_SUMMARY'] = await it.write('step.md', 'before\n');
  };

  test.each([
    ['plan', []],
    ['sync', []],
    ['sync', ['--json']],
  ])('%s %s adds a summary to the step and annotates bad rows, without values', (command, flags) =>
    hooked(async (it) => {
      await prepare(it);
      await mkdir('data');
      await it.write('data/edits, new.csv', MIXED);
      const run = await it.cli(command, 'data/edits, new.csv', ...flags);
      const annotations = run.stderr.split('\n').filter((line) => line.startsWith('::'));
      expect(annotations).toEqual([
        expect.stringMatching(
          /^::error file=data\/edits%2C new\.csv,line=3,title=contact-sync%3A invalid::row 3: email: got "…", expected an e-mail/,
        ),
      ]);
      const text = await readFile('step.md', 'utf8');
      expect(text).toMatch(/^before\n### contact-sync \w+: exit 3\n/);
      expect(text).toContain(command === 'plan' ? '| planned | 1 |' : '| updated | 1 |');
      expect(text).toContain('| 3 | 3 | invalid |');
      expect(text).toContain(`Plan digest: \`${run.summary.digest}\``);
      expect(text + annotations.join()).not.toMatch(/Secret title|not-an-address/);
    })(),
  );

  test(
    'annotations are bounded in number, and the rest is counted',
    hooked(async (it) => {
      await prepare(it);
      const rows = Array.from({ length: 80 }, () => [id(1), 'no-address']);
      const run = await it.sync(csv(['contact_id', 'email'], rows));
      const annotations = run.stderr.split('\n').filter((line) => line.startsWith('::'));
      expect(annotations).toHaveLength(10);
      expect(annotations.at(-1)).toContain('71 more rows not applied');
      expect(await readFile('step.md', 'utf8')).toContain('… and 30 more rows not applied.');
    }),
  );

  test(
    'a run that is refused before it begins is told in the summary, and other commands tell nothing',
    hooked(async (it) => {
      await prepare(it);
      await it.cli('plan', 'gone.csv');
      expect(await readFile('step.md', 'utf8')).toBe(
        'before\n### contact-sync plan: exit 2\n\ninvalid usage, settings, input file or target: nothing was sent. The log of this step says why.\n\n',
      );
      await it.cli('undo', 'latest');
      await it.cli('plan', '--help');
      expect((await readFile('step.md', 'utf8')).match(/###/g)).toHaveLength(1);
    }),
  );

  test(
    'a summary that cannot be written is a warning',
    hooked(async (it) => {
      await prepare(it);
      it.env['GITHUB_STEP_SUMMARY'] = it.dir;
      const run = await it.sync(csv(['contact_id', 'title'], [[id(1), 'New']]));
      expect([run.code, run.summary.counts.updated]).toEqual([0, 1]);
      expect(run.stderr).toContain('warning: the result could not be told to GitHub Actions: EISDIR');
    }),
  );
});
