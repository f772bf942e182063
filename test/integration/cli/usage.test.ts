import { describe, expect, test } from '@jest/globals';
import { csv, id, people, requestCount, world } from '../../support/world.js';

const ROW = csv(['contact_id', 'title'], [[id(1), 'New']]);

describe('a mistake is told with the nearest word that exists, and no request is made', () => {
  test.each<[string, string[], string[]]>([
    ['command', ['snyc', 'edits.csv'], ['"snyc"', '"sync"']],
    ['command', ['chek', 'edits.csv'], ['"chek"', '"check"']],
    ['option', ['sync', 'edits.csv', '--dry-rum'], ['--dry-rum', '"--dry-run"']],
    ['option', ['plan', 'edits.csv', '--exit-cod'], ['--exit-cod', '"--exit-code"']],
    ['option with a value', ['sync', 'edits.csv', '--concurency', '4'], ['--concurency', '"--concurrency"']],
    ['column in --map', ['sync', 'edits.csv', '--map', 'Titel=notes'], ['"Titel"', '"title"']],
    ['column of the file', ['sync', 'typo.csv'], ['typo.csv: line 1, column 2', '"titel"', '"title"']],
    ['key column', ['sync', 'nokey.csv'], ['nokey.csv: line 1', '"contact_id"']],
    ['key of a job file', ['sync', '--job', 'job.json'], ['job.json', '"concurency"', '"concurrency"']],
    ['column, when checking', ['check', 'typo.csv'], ['typo.csv: line 1, column 2', '"titel"', '"title"']],
  ])('%s: %j', (_, args, told) =>
    world({ contacts: people(1) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', ROW);
      await write('typo.csv', ROW.replace('title', 'titel'));
      await write('nokey.csv', ROW.replace('contact_id', 'contactt_idd'));
      await write('job.json', JSON.stringify({ csv: 'edits.csv', concurency: 4 }));
      const run = await cli(...args);
      expect(run.code).toBe(2);
      for (const words of told) expect(run.stderr).toContain(words);
      // check sends nothing anyway.
      expect(run.stderr.includes('nothing was sent')).toBe(args[0] !== 'check');
      expect(run.stdout).toBe('');
      expect(requestCount(sandbox)).toBe(0);
    })(),
  );

  test(
    'a column that might have been a custom field is told after the schema was asked, and nothing is written',
    world({ contacts: people(1) }, async ({ sync, sandbox }) => {
      const run = await sync(csv(['contact_id', 'title', 'Account Teir'], [[id(1), 'New', 'Growth']]));
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(
        'edits.csv: line 1, column 3: unknown column "Account Teir" (did you mean "Account Tier"?)',
      );
      expect(requestCount(sandbox)).toBe(sandbox.log.counts.schema);
    }),
  );

  test(
    'a column that is like nothing is told without a suggestion, and --ignore-unknown-columns lets it pass',
    world({ contacts: people(1) }, async ({ sync, sandbox }) => {
      const text = csv(['contact_id', 'title', 'Shoe size'], [[id(1), 'New', '44']]);
      const run = await sync(text);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain('column 3: unknown column "Shoe size"');
      expect(run.stderr).not.toContain('did you mean');
      expect(sandbox.log.counts.patch).toBe(0);
      expect(await sync(text, '--ignore-unknown-columns')).toMatchObject({ code: 0, results: [{ status: 'updated' }] });
      expect(sandbox.log.patches().map(({ body }) => body)).toEqual([{ title: 'New' }]);
    }),
  );
});

describe('a file that cannot be read is told with its name and place, and no request is made', () => {
  const many = Array.from({ length: 700 }, () => `${id(1)},New\n`).join('');
  test.each<[string, string | Buffer, string[]]>([
    ['empty', '', ['edits.csv: line 1']],
    ['without a column to edit', `contact_id\n${id(1)}\n`, ['edits.csv: line 1', 'no column to edit']],
    [
      'with one field in two columns',
      'contact_id,title,Title\n',
      ['line 1, column 3', '"Title"', '"title"', 'column 2'],
    ],
    [
      'with a quote left open',
      `contact_id,title\n${id(1)},A\n${id(1)},"B\n${id(1)},C\n`,
      ['edits.csv: line 3', 'never closed'],
    ],
    [
      'with text after a quote',
      `contact_id,title\n${id(1)},"A"B\n`,
      ['edits.csv: line 2', 'column 2', 'closing quote'],
    ],
    ['broken on its last line', `contact_id,title\n${many}${id(1)},"B`, ['edits.csv: line 702', 'never closed']],
    [
      'in another charset',
      Buffer.concat([Buffer.from(ROW), Buffer.from(`${id(1)},Gr\xfc\xdfe\n`, 'latin1')]),
      ['edits.csv: line 3', 'UTF-8'],
    ],
    [
      'a workbook',
      Buffer.from('PK\x03\x04\x14\x00\x00\x00\x08\x00contact_id', 'latin1'),
      ['edits.csv', 'a ZIP archive'],
    ],
  ])('%s', (_, content, told) =>
    world({ contacts: people(1) }, async ({ sync, sandbox }) => {
      const run = await sync(content);
      expect(run.code).toBe(2);
      for (const words of told) expect(run.stderr).toContain(words);
      expect(requestCount(sandbox)).toBe(0);
      expect(run.results).toEqual([]);
    })(),
  );

  test(
    'absent, or a folder',
    world({ contacts: people(1) }, async ({ cli, sandbox }) => {
      expect(await cli('sync', 'nope.csv')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('nope.csv: no such file'),
      });
      expect(await cli('sync', '.')).toMatchObject({ code: 2, stderr: expect.stringContaining('.: is a folder') });
      expect(requestCount(sandbox)).toBe(0);
    }),
  );
});

test(
  'a wrong setting is told with where it came from, all of them at once',
  world({ contacts: people(1) }, async ({ cli, write, env, sandbox }) => {
    await write('edits.csv', ROW);
    await write('job.json', JSON.stringify({ retries: 'many', empty: 'wipe' }));
    env['CONTACT_SYNC_CONCURRENCY'] = '0';
    const run = await cli('sync', 'edits.csv', '--timeout', 'soon', '--job', 'job.json');
    expect(run.code).toBe(2);
    for (const told of [
      '--timeout: ',
      'CONTACT_SYNC_CONCURRENCY: ',
      'job.json: line 1: retries: ',
      'job.json: line 1: empty: ',
    ]) {
      expect(run.stderr).toContain(told);
    }
    expect(requestCount(sandbox)).toBe(0);
  }),
);

test(
  'a key in a job file or as a flag is refused',
  world({ contacts: people(1) }, async ({ cli, write, sandbox }) => {
    await write('edits.csv', ROW);
    await write('job.json', JSON.stringify({ csv: 'edits.csv', 'api-key': sandbox.key }));
    expect(await cli('sync', '--job', 'job.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CONTACT_SYNC_API_KEY'),
    });
    expect(await cli('sync', 'edits.csv', '--api-key', 'x')).toMatchObject({ code: 2 });
    expect(requestCount(sandbox)).toBe(0);
  }),
);

test(
  'a flag goes before the environment, that before the job file, and that before the default',
  world({ contacts: people(1) }, async ({ cli, write, env, sandbox }) => {
    await write('edits.csv', csv(['contact_id', 'title', 'notes'], [[id(1), 'OFF', '']]));
    await write('job.json', JSON.stringify({ csv: 'edits.csv', 'null-token': 'OFF' }));
    const sent = async (...flags: string[]) => {
      await cli('sync', '--job', 'job.json', ...flags);
      const last = sandbox.log.patches().at(-1)?.body;
      sandbox.store.write(id(1), { title: 'Title 1' });
      return last;
    };
    expect(await sent()).toEqual({ title: null });
    env['CONTACT_SYNC_NULL_TOKEN'] = 'NIL';
    expect(await sent()).toEqual({ title: 'OFF' });
    expect(await sent('--null-token', 'OFF')).toEqual({ title: null });
  }),
);

describe('an API key where something else is expected', () => {
  const SLIP = 'Zk9.plain-secret_7Qx';

  test.each<[string, Record<string, string>, string[]]>([
    ['a key file', { CONTACT_SYNC_API_KEY: '', CONTACT_SYNC_API_KEY_FILE: SLIP }, []],
    ['the base URL', { CONTACT_SYNC_BASE_URL: SLIP }, []],
    ['the user of the base URL', { CONTACT_SYNC_BASE_URL: `https://${SLIP}@api.example.com` }, []],
    ['a query of the base URL', { CONTACT_SYNC_BASE_URL: `https://api.example.com?key=${SLIP}` }, []],
    ['a job file', {}, ['--job', SLIP]],
  ])('is told and not shown: %s', (_, variables, flags) =>
    world({ contacts: people(1) }, async ({ cli, env, write, sandbox }) => {
      Object.assign(env, variables);
      await write('edits.csv', 'contact_id,title\n');
      const run = await cli('plan', 'edits.csv', ...flags);
      expect([2, 7]).toContain(run.code);
      expect(run.stdout + run.stderr).not.toMatch(/Zk9|secret/);
      expect(requestCount(sandbox)).toBe(0);
    })(),
  );

  test(
    'in a key file given as the CSV: what is said of the file does not show it either',
    world({ contacts: people(1), key: SLIP }, async ({ cli, env, write }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      env['CONTACT_SYNC_API_KEY_FILE'] = await write('key', SLIP);
      const run = await cli('plan', 'key');
      expect(run).toMatchObject({ code: 2 });
      expect(run.stdout + run.stderr).not.toContain(SLIP);
    }),
  );
});
