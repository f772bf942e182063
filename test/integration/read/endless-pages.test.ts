import { expect, test } from '@jest/globals';
import { csv, id, people, withFront, world, type CannedAnswer, type Run, type World } from '../../support/world.js';

const FILLER = { total_count: 500_000_000_000, total_pages: 1_000_000_000 };
const contacts = people(3).map((person) => ({ ...person, updated_at: '2026-03-01T10:00:00Z' }));

/** An API whose list has no end: the first page, then what `later` says, for as long as anyone asks. */
async function endless(
  it: World,
  later: (page: number) => readonly object[],
  use: () => Promise<Run>,
): Promise<{ run: Run; pages: number }> {
  let pages = 0;
  let run: Run | undefined;
  const list = (): CannedAnswer => {
    const data = ++pages === 1 ? contacts : later(pages);
    if (pages > 50) return { status: 400, body: '{"detail":"enough"}' };
    return { status: 200, body: JSON.stringify({ data, pagination: FILLER }) };
  };
  await withFront(
    it,
    ({ path }) => (path.endsWith('/contacts/list') ? list() : undefined),
    async () => void (run = await use()),
  );
  return { run: run!, pages };
}

const EDITS = csv(
  ['contact_id', 'title'],
  [
    [id(1), 'New 1'],
    [id(3), 'New 3'],
  ],
);

test.each<[string, (page: number) => readonly object[]]>([
  ['empty', () => []],
  ['the first one again', () => contacts],
  ['two in turn', (page) => (page % 2 === 0 ? contacts.slice(0, 1) : contacts.slice(1))],
])('pages without end that are %s end an export as incomplete', (_, later) =>
  world({ contacts: people(3) }, async (it) => {
    const { run, pages } = await endless(it, later, () => it.cli('export', '--rate', 'none'));
    expect(pages).toBe(2);
    expect(run.code).toBe(3);
    expect(run.stdout.trim().split('\n')).toHaveLength(4);
    expect(run.stderr).toContain('so some may be missing');
  })(),
);

test.each<[string, (page: number) => readonly object[]]>([
  ['empty', () => []],
  ['the first one again', () => contacts],
])('pages without end that are %s end a scan, and what it did not show is asked for one by one', (_, later) =>
  world({ contacts: people(4) }, async (it) => {
    const edits = EDITS + `${id(4)},New 4\n`;
    await it.write('edits.csv', edits);
    const flags = ['--reads', 'list', '--rate', 'none'];
    const { run, pages } = await endless(it, later, () => it.cli('sync', 'edits.csv', ...flags));
    expect(pages).toBe(2);
    expect([run.code, run.summary.counts.updated, run.summary.calls.get]).toEqual([0, 3, 1]);
  })(),
);

test.each<[string, (page: number) => readonly object[]]>([
  ['empty', () => []],
  ['the first one again', () => contacts],
])('pages without end that are %s end the filling of a mirror', (_, later) =>
  world({ contacts: people(3) }, async (it) => {
    await it.write('edits.csv', EDITS);
    const { run, pages } = await endless(it, later, () =>
      it.cli('plan', 'edits.csv', '--mirror', '--rate', 'none', '--log-level', 'debug'),
    );
    expect(pages).toBeLessThan(10);
    expect([run.code, run.summary.counts.planned]).toEqual([0, 2]);
  })(),
);
