import { describe, expect, test } from '@jest/globals';
import { csv, id, people, person, requestCount, statuses, world, type Run, type World } from '../../support/world.js';

/** Edits of the titles of contacts 1 to `count`; every other one has that title already. */
const edits = (count: number): string =>
  csv(
    ['contact_id', 'title'],
    Array.from({ length: count }, (_, at) => [id(at + 1), at % 2 ? `Title ${at + 1}` : `New ${at + 1}`]),
  );

const lines = (...contacts: unknown[]): string => contacts.map((contact) => JSON.stringify(contact) + '\n').join('');

/** Plans two edits by a snapshot with these contents. */
async function planBy(given: World, name: string, content: string | Buffer, edited = edits(2)): Promise<Run> {
  await given.write('edits.csv', edited);
  await given.write(name, content);
  return given.cli('plan', 'edits.csv', '--snapshot', name);
}

describe('an NDJSON snapshot is refused, and no contact is read, where', () => {
  const ONE = person(1);
  const TWO = person(2);
  const UNTITLED = Object.fromEntries(Object.entries(TWO).filter(([key]) => key !== 'title'));
  const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

  test.each<[string, string | Buffer, RegExp]>([
    [
      'its bytes are not UTF-8',
      Buffer.from(lines(ONE, { ...TWO, title: 'Zoë' }), 'latin1'),
      /line 2: is not valid UTF-8/,
    ],
    ['it is UTF-16 with a mark', utf16('\ufeff' + lines(ONE, TWO)), /line 1: .*UTF-16.*expected UTF-8/],
    ['it is UTF-16 without a mark', utf16(lines(ONE, TWO)), /line 1: .*UTF-16.*expected UTF-8/],
    ['a line in the middle is not JSON', `${lines(ONE)}\n{"id":\n${lines(TWO)}`, /line 3: is not JSON, expected/],
    ['its last line is torn', lines(ONE, TWO).slice(0, -9), /line 2: is cut off or not JSON, expected/],
    ['a line is a list', lines(ONE, [TWO]), /line 2: got \[.*expected a contact as a JSON object/],
    ['a line is null', lines(ONE, null), /line 2: got null, expected a contact as a JSON object/],
    ['a line has no id', lines(ONE, { title: 'VP' }), /line 2: id: got nothing, expected/],
    ['an id is a number', lines(ONE, { ...TWO, id: 2 }), /line 2: id: got 2, expected/],
    ['an id is not a UUID', lines(ONE, { ...TWO, id: 'con_2' }), /line 2: id: "…" is not a UUID \(use --id-format any/],
    ['a field that is edited is absent', lines(ONE, UNTITLED), /line 2: has no title, which the CSV edits/],
    ['a title is a number', lines(ONE, { ...TWO, title: 5 }), /line 2: title: got 5, expected text or null/],
    [
      'a boolean is text',
      lines(ONE, { ...TWO, do_not_contact: 'no' }),
      /line 2: do_not_contact: got "…", expected true/,
    ],
    ['tags are text', lines(ONE, { ...TWO, tags: 'VIP' }), /line 2: tags: got "…", expected a list of names/],
    ['a time is a number', lines(ONE, { ...TWO, updated_at: 5 }), /line 2: updated_at: got 5, expected/],
    ['it is empty', '', /is empty, expected contacts as/],
    ['it has blank lines alone', '\ufeff\n \n', /is empty, expected contacts as/],
    [
      'a contact is there twice',
      lines(ONE, TWO, { ...ONE, id: ONE.id.toUpperCase() }),
      /line 3: .* is already in line 1/,
    ],
  ])('%s', (_what, content, message) =>
    world({ contacts: people(2) }, async (given) => {
      const run = await planBy(given, 'before.ndjson', content);
      expect([run.code, run.stdout, requestCount(given.sandbox)]).toEqual([2, '', 0]);
      expect(run.stderr).toContain('--snapshot');
      expect(run.stderr).toContain('before.ndjson');
      expect(run.stderr).toMatch(message);
      expect(run.stderr).not.toMatch(/^ +at /m);
    })(),
  );

  test(
    'it is not there, or a folder',
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      for (const name of ['none.ndjson', 'none.csv', 'runs']) {
        const run = await sync(edits(2), '--snapshot', name);
        expect([run.code, requestCount(sandbox)]).toEqual([2, 0]);
        expect(run.stderr).toContain(name);
      }
    }),
  );

  test(
    'a contact is there twice with thousands in between',
    world({ contacts: people(1) }, async (given) => {
      const run = await planBy(given, 'before.ndjson', lines(...people(2500), person(7)));
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(`line 2501: contact ${id(7)} is already in line 7`);
    }),
  );
});

test.each([
  ['a byte order mark', '\ufeff' + lines(person(1), person(2))],
  [
    'blank lines, CRLF and no line break at the end',
    lines(person(1), person(2)).replaceAll('\n', '\r\n\r\n').trimEnd(),
  ],
  ['null for what is edited', lines(person(1, { title: null }), person(2))],
])('an NDJSON snapshot may have %s', (_what, content) =>
  world({ contacts: people(2) }, async (given) => {
    const run = await planBy(given, 'before.ndjson', content);
    expect([run.code, statuses(run)]).toEqual([0, ['planned', 'unchanged']]);
    expect(requestCount(given.sandbox)).toBe(0);
  })(),
);

describe('a CSV snapshot', () => {
  const table = (...numbers: number[]): string =>
    csv(
      ['contact_id', 'title', 'notes'],
      numbers.map((n) => [id(n), `Title ${n}`, 'two\nlines']),
    );

  test.each([
    ['close by', table(1, 2, 1), 6, 2],
    ['with thousands in between', table(...Array.from({ length: 2500 }, (_, at) => at + 1), 7), 5002, 14],
  ])('that has a contact twice is refused with both lines: %s', (_what, content, line, earlier) =>
    world({ contacts: people(2) }, async (given) => {
      const run = await planBy(given, 'before.csv', content);
      expect([run.code, requestCount(given.sandbox)]).toEqual([2, 0]);
      expect(run.stderr).toMatch(new RegExp(`before\\.csv: line ${line}: contact .* is already in line ${earlier}`));
      const based = await given.cli('plan', 'edits.csv', '--base', 'before.csv');
      expect(based.code).toBe(2);
      expect(based.stderr).toMatch(/--base .*before\.csv: line/);
    })(),
  );

  test(
    'that is empty, or has no column for what a guard looks at, is refused',
    world({ contacts: people(2) }, async (given) => {
      const empty = await planBy(given, 'before.csv', '');
      expect(empty.code).toBe(2);
      expect(empty.stderr).toContain('is empty, expected contacts as contact-sync export writes them');
      const guarded = csv(['contact_id', 'title', 'expected:location'], [[id(1), 'New', 'Berlin']]);
      const run = await planBy(given, 'before.csv', table(1), guarded);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain('no column for location');
    }),
  );
});

test.each([
  ['before.csv', csv(['contact_id', 'title'], [[id(1), 'Title 1']])],
  ['before.ndjson', lines(person(1))],
])('a contact that %s lacks is not_found, and it is not said that the API has none', (name, content) =>
  world({ contacts: people(2) }, async (given) => {
    const run = await planBy(given, name, content);
    expect([run.code, statuses(run)]).toEqual([3, ['planned', 'not_found']]);
    const { error } = run.results.find(({ contact_id }) => contact_id === id(2))!;
    expect(error?.code).toBe('not_in_snapshot');
    expect(error?.message).toContain('the snapshot has no such contact');
    expect(requestCount(given.sandbox)).toBe(0);
  })(),
);

test(
  'a snapshot is told with its age, and where runs have written since that it does not show that',
  world({ contacts: people(4) }, async ({ cli, write, sync }) => {
    await write('edits.csv', edits(4));
    await cli('export', '--out', 'all.csv');
    const fresh = await cli('plan', 'edits.csv', '--snapshot', 'latest-export');
    expect(fresh.stdout).toMatch(/by snapshot: no call at all, .*all\.csv of \d{4}-\d\d-\d\d \d\d:\d\d/);
    expect(fresh.stderr).not.toContain('have written since');
    expect((await sync(edits(4))).code).toBe(0);
    const old = await cli('plan', 'edits.csv', '--snapshot', 'latest-export');
    expect(old.stderr).toContain('runs have written since the snapshot: some rows may wrongly appear unchanged runs=1');
  }),
);
