import { expect, test } from '@jest/globals';
import { csv, id, people, world, type World } from '../../support/world.js';

/** What cells and contacts hold here, in any case; ids count as values as well. */
const VALUES = /secret|ada|example\.com|\+4420|0{8}-0{4}-4|not-an-id/i;

const EDITS = csv(
  ['contact_id', 'title', 'notes', 'do_not_contact', 'expected:title'],
  [
    [id(1), 'Secret title', 'Secret notes', '', ''],
    [id(2), '<clear>', '', '', ''],
    [id(3), 'Secret title', '', '', 'Secret before'],
    [id(4), '', '', 'secretly', ''],
    ['not-an-id ada@example.com', 'Secret title', '', '', ''],
    ['3c90c3cc-0d44-4b50-8888-8dd25736052a', 'Secret title', '', '', ''],
  ],
);

const contacts = people(4).map((person) => ({ ...person, title: 'Secret live title', notes: null }));

async function run(it: World, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  await it.write('edits.csv', EDITS);
  return it.cli(...args);
}

test.each([
  ['plan', ['plan', 'edits.csv']],
  ['sync --dry-run', ['sync', 'edits.csv', '--dry-run']],
  ['sync', ['sync', 'edits.csv']],
])('%s --no-values prints counts, rows, codes and field names, and no value', (_, args) =>
  world({ contacts }, async (it) => {
    const shown = await run(it, ...args);
    expect(shown.stdout).toMatch(VALUES);
    const hidden = await run(it, ...args, '--no-values', '--log-level', 'debug');
    expect(hidden.stdout).not.toMatch(VALUES);
    expect(hidden.stderr.replaceAll(/contact_id=\S+|contacts\/[0-9a-f-]{36}/g, '')).not.toMatch(VALUES);
    expect(hidden.code).toBe(shown.code);
    expect(hidden.stdout).toMatch(/1 {2}conflict +title: not_expected \(row 4\)\n/);
    expect(hidden.stdout).toMatch(/1 {2}invalid +do_not_contact: bad_value \(row 5\)\n/);
    expect(hidden.stdout).toMatch(/1 {2}invalid +contact_id: bad_id \(row 6\)\n/);
  })(),
);

test(
  'a plan without values says what would happen to each field',
  world({ contacts }, async (it) => {
    const { stdout } = await run(it, 'plan', 'edits.csv', '--no-values');
    expect(stdout).toMatch(/filled {2}replaced {2}cleared\n {2}title +1 +1\n {2}notes +1\n/);
  }),
);

test(
  'a variable or a job file hides values as the flag does',
  world({ contacts }, async (it) => {
    it.env['CONTACT_SYNC_VALUES'] = 'false';
    expect((await run(it, 'plan', 'edits.csv')).stdout).not.toMatch(VALUES);
    it.env['CONTACT_SYNC_VALUES'] = undefined;
    await it.write('job.json', JSON.stringify({ csv: 'edits.csv', values: false }));
    expect((await run(it, 'plan', '--job', 'job.json')).stdout).not.toMatch(VALUES);
  }),
);

test.each([[], ['--json']])('check --no-values quotes no cell %s', (...flags) =>
  world({ contacts }, async (it) => {
    const shown = await run(it, 'check', 'edits.csv', ...flags);
    expect(shown.stdout).toMatch(VALUES);
    const hidden = await run(it, 'check', 'edits.csv', '--no-values', ...flags);
    expect([hidden.code, hidden.stderr]).toEqual([3, '']);
    expect(hidden.stdout).not.toMatch(VALUES);
    for (const word of ['bad_value', 'do_not_contact', 'bad_id']) expect(hidden.stdout).toContain(word);
  })(),
);
