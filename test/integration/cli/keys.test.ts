import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import type { SandboxOptions } from '../../../src/sandbox/options.js';
import {
  bodies,
  csv,
  id,
  inFileOrder,
  people,
  person,
  requestCount,
  statuses,
  withFront,
  world,
} from '../../support/world.js';
import type { AnswerInstead, CannedAnswer, Run } from '../../support/world.js';

/** How each row ended, with its contact. */
function ends(run: Run): [status: string, contact: string | null][] {
  return inFileOrder(run.results).map(({ status, contact_id }) => [status, contact_id]);
}

const contacts: Contact[] = [
  person(1, { email: 'Anna@X.com', linkedin_url: 'https://www.linkedin.com/in/Anna/' }),
  person(2, { email: 'ben@x.com', [CUSTOM_FIELDS.erpNumber]: '007', [CUSTOM_FIELDS.seats]: 5 }),
  person(3, { email: 'twin@x.com', title: 'A' }),
  person(4, { email: 'TWIN@x.com', title: 'B' }),
  person(5, { email: 'hanna@x.com' }),
  ...people(20).slice(5),
];

/** Every way in which contacts are looked for. */
const WAYS: [string, SandboxOptions, string[], string][] = [
  ['a filter that tells capitals apart for equals', {}, [], 'key'],
  ['a filter that does not tell capitals apart', { filterCase: 'none' }, [], 'key'],
  ['the list, where the filter always tells capitals apart', { filterCase: 'all' }, [], 'list'],
  ['the list, where nothing can be filtered', { notFilterable: ['email', 'linkedin_url', 'id'] }, [], 'list'],
  ['the list, as requested', {}, ['--reads', 'list'], 'list'],
  ['the mirror', {}, ['--mirror'], 'mirror'],
  ['a snapshot', {}, ['--snapshot', 'all.ndjson'], 'snapshot'],
  ['a snapshot as CSV', {}, ['--snapshot', 'all.csv'], 'snapshot'],
];

describe.each(WAYS)('by %s', (_, options, flags, way) => {
  const given = { contacts, ...options };

  test(
    'a row finds its contact by e-mail without regard to case, none, or several',
    world(given, async ({ cli, sync, sandbox }) => {
      if (flags.includes('--snapshot')) await cli('export', '--out', flags[1]!);
      const rows = [
        ['anna@x.com', 'New'],
        ['nobody@x.com', 'New'],
        ['Twin@X.com', 'New'],
        ['BEN@x.com', 'Title 2'],
        ['not one', 'New'],
      ];
      const run = await sync(csv(['Email', 'title'], rows), '--key', 'email', ...flags);
      expect([run.code, ends(run), run.summary.reads?.way]).toEqual([
        3,
        [
          ['updated', id(1)],
          ['not_found', null],
          ['conflict', null],
          ['unchanged', id(2)],
          ['invalid', null],
        ],
        way,
      ]);
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { title: 'New' } }]);
      const [, absent, twin] = inFileOrder(run.results);
      expect(absent?.error).toMatchObject({ message: expect.stringContaining('"nobody@x.com"') });
      expect(twin?.error).toMatchObject({ code: 'ambiguous', field: 'email', contacts: [id(3), id(4)] });
      expect(twin?.error?.message).toMatch(/2 contacts have email "Twin@X\.com": .*title "A".*title "B"/);
      expect(run.rejected.slice(1).map(([email]) => email)).toEqual(['nobody@x.com', 'Twin@X.com', 'not one']);
      expect(run.stdout).toContain(`by ${way}:`);
    }),
  );
});

test(
  'a LinkedIn URL is compared by its form, a custom field by its type; the first key that a row has counts',
  world({ contacts }, async ({ sync, write, cli, sandbox }) => {
    const byUrl = await sync(csv(['linkedin_url', 'title'], [['linkedin.com/in/anna', 'L']]), '--key', 'linkedin_url');
    expect(ends(byUrl)).toEqual([['updated', id(1)]]);
    const byNumber = await sync(csv(['Seats', 'title'], [['5.0', 'S']]), '--key', 'seats');
    expect(ends(byNumber)).toEqual([['updated', id(2)]]);
    const key = ['--key', 'contact_id,ERP Number,email', '--map', 'Customer=ERP Number', '--map', 'Mail=email'];
    await write(
      'edits.csv',
      csv(
        ['contact_id', 'Customer', 'Mail', 'title'],
        [
          [id(7), '', 'another@x.com', 'T1'],
          ['', '007', '', 'T2'],
          ['', '', 'ANNA@x.com', 'T3'],
          ['', '', '', 'T4'],
        ],
      ),
    );
    const run = await cli('sync', 'edits.csv', ...key);
    expect(ends(run)).toEqual([
      ['updated', id(7)],
      ['updated', id(2)],
      ['updated', id(1)],
      ['invalid', null],
    ]);
    expect(inFileOrder(run.results)[0]?.warnings).toMatchObject([{ code: 'key_not_written', field: 'email' }]);
    expect(bodies(sandbox).every(({ body }) => Object.keys(body as object).join() === 'title')).toBe(true);
    expect((await cli('plan', 'edits.csv', ...key)).summary.writes_planned).toBe(0);
  }),
);

test(
  'rows that name one contact in two ways are edits of one contact',
  world({ contacts }, async ({ write, cli, sandbox }) => {
    const rows = [
      [id(1), '', 'First'],
      ['', 'anna@x.com', 'Second'],
      ['', 'ANNA@X.COM', 'Third'],
    ];
    await write('edits.csv', csv(['contact_id', 'email', 'title'], rows));
    const sync = (...flags: string[]) => cli('sync', 'edits.csv', '--key', 'contact_id,email', ...flags);
    const error = await sync('--duplicates', 'error');
    expect([error.code, error.stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`row 2: contact ${id(1)} is in row 1`)),
    ]);
    expect(statuses(await sync('--duplicates', 'last'))).toEqual(['unchanged', 'unchanged', 'updated']);
    expect(statuses(await sync())).toEqual(['updated', 'updated', 'updated']);
    expect(sandbox.store.find(id(1))?.title).toBe('Third');
  }),
);

describe('calls, counted at the server', () => {
  const CHANGED = 3;
  const file = (count: number): string => {
    const rows = people(count).map(({ email }, at) => [email!, at < CHANGED ? 'New' : `Title ${at + 1}`]);
    return csv(['email', 'title'], rows);
  };

  test.each([
    ['10,000 rows by a filter that does not tell capitals apart', 10_000, 'none'],
    ['rows by a filter that does so for equals', 1500, 'equals'],
    ['rows by a filter that always does', 1500, 'all'],
  ] as const)('%s take a call for each 500 and no second read', (_, count, filterCase) =>
    world({ contacts: people(count + 100), filterCase }, async ({ sync, sandbox }) => {
      const run = await sync(file(count), '--key', 'email');
      expect([run.code, run.summary.counts]).toMatchObject([0, { updated: CHANGED, unchanged: count - CHANGED }]);
      expect(requestCount(sandbox)).toBeLessThanOrEqual(count / 500 + CHANGED + 4);
    })(),
  );

  test(
    'without a filter the list is read once, or the mirror asks for what changed',
    world({ contacts: people(1500), notFilterable: ['email'] }, async ({ sync, sandbox }) => {
      expect((await sync(file(1000), '--key', 'email')).code).toBe(0);
      expect(requestCount(sandbox)).toBeLessThanOrEqual(3 + CHANGED + 3);
      await sync(file(1000), '--key', 'email', '--mirror');
      const before = requestCount(sandbox);
      const again = await sync(file(1000), '--key', 'email', '--mirror');
      expect([again.summary.writes_planned, again.summary.reads?.way]).toEqual([0, 'mirror']);
      expect(requestCount(sandbox) - before).toBeLessThanOrEqual(4);
    }),
  );
});

describe('an answer of the filter is not believed', () => {
  const page = (data: readonly Contact[], total = data.length): CannedAnswer => ({
    status: 200,
    body: JSON.stringify({ data, pagination: { total_count: total, total_pages: 1 } }),
  });
  const holders = (values: readonly string[]): Contact[] =>
    contacts.filter(({ email }) => values.some((value) => value.toLowerCase() === email?.toLowerCase()));
  const LIES: [string, (values: string[]) => CannedAnswer][] = [
    ['that is always empty', () => page([])],
    ['that knows the first two rules alone', (values) => page(holders(values.slice(0, 2)))],
    ['that counts more than it shows', (values) => page(holders(values).slice(0, 1), 900)],
    ['that is an error', () => ({ status: 422, body: '{"error":{"code":"no","message":"no"}}' })],
  ];

  test.each(LIES)('%s', (_, lie) =>
    world({ contacts: people(600).map((one, at) => contacts[at] ?? one), filterCase: 'none' }, async (given) => {
      const answer: AnswerInstead = ({ path, text }) => {
        if (!path.endsWith('/contacts/list') || !text.includes('"filters"')) return undefined;
        return lie([...text.matchAll(/"value":"([^"]*)"/g)].map(([, value]) => value!));
      };
      await withFront(given, answer, async () => {
        const rows = ['anna@x.com', 'ben@x.com', 'hanna@x.com', 'nobody@x.com'].map((email) => [email, 'New']);
        const run = await given.sync(csv(['email', 'title'], rows), '--key', 'email');
        expect(ends(run)).toEqual([
          ['updated', id(1)],
          ['updated', id(2)],
          ['updated', id(5)],
          ['not_found', null],
        ]);
      });
    })(),
  );

  test(
    'contacts that do not hold the key do not count',
    world({ contacts: [person(1), person(2)] }, async (given) => {
      const answer: AnswerInstead = ({ text }) => (text.includes('"filters"') ? page([person(1)]) : undefined);
      await withFront(given, answer, async () => {
        const run = await given.sync(csv(['email', 'title'], [['nobody@x.com', 'New']]), '--key', 'email');
        expect([ends(run), bodies(given.sandbox)]).toEqual([[['not_found', null]], []]);
      });
    }),
  );
});

test.each([
  [
    'a header without ids names the key that it could have',
    'email,title\na@x.com,T\n',
    [],
    /no column "contact_id" or "id".*--key email/,
  ],
  ['a field that is no key is refused', 'title,notes\nA,B\n', ['--key', 'title'], /--key title: "title" cannot tell/],
  [
    'a key without its column is refused',
    'e_mail,title\na@x.com,T\n',
    ['--key', 'linkedin_url'],
    /no column "linkedin_url"/,
  ],
  [
    'a custom field that the schema does not have is refused',
    'Ref,title\n1,T\n',
    ['--key', 'Ref'],
    /unknown column "Ref"/,
  ],
  ['a list is not a key', 'Interests,title\n1,T\n', ['--key', 'Interests'], /of type array/],
  ['the API key is not shown', 'email,title\na@x.com,T\n', ['--key', 'mks_secret'], /not shown/],
  [
    '--reads ids needs the filter',
    'email,title\na@x.com,T\n',
    ['--key', 'email', '--reads', 'ids'],
    /`email` be filtered/,
  ],
] as const)('%s', (_, text, flags, said) =>
  world({ contacts: people(2), notFilterable: ['email'] }, async ({ sync, sandbox }) => {
    const run = await sync(text, ...flags);
    expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(said)]);
    expect(run.stderr).not.toContain('mks_secret');
    expect(bodies(sandbox)).toEqual([]);
  })(),
);

test(
  'check validates the form of keys offline',
  world({ contacts: 0 }, async ({ write, cli, sandbox }) => {
    await write('edits.csv', 'email,linkedin_url,title\nnope,,T\n,https://linkedin.com/,T\n,,T\n#N/A,,T\nA@x.com,,T\n');
    const run = await cli('check', 'edits.csv', '--key', 'email,linkedin_url');
    expect([run.code, run.stdout.match(/row \d: .*/g)]).toEqual([
      3,
      [
        'row 1: email: got "nope", expected an e-mail address such as ana@example.com',
        'row 2: linkedin_url: got "https://linkedin.com/", expected the LinkedIn URL of a person, such as linkedin.com/in/ana',
        'row 3: email and linkedin_url are empty, expected one that names a contact',
        'row 4: email: got "#N/A", expected a value that names a contact',
      ],
    ]);
    expect(requestCount(sandbox)).toBe(0);
  }),
);

test(
  'retry tries a row again on the contact that the plan found, not on another one that has its key by now',
  world({ contacts: people(3) }, async ({ write, cli, sandbox }) => {
    const rows = [1, 2].map((n) => [`person${n}@example.com`, 'VP']);
    await write('edits.csv', csv(['email', 'title'], rows));
    sandbox.setFaults([{ kind: '422', probability: 1 }]);
    expect(statuses(await cli('sync', 'edits.csv', '--key', 'email'))).toEqual(['failed', 'failed']);
    sandbox.setFaults([]);
    sandbox.store.write(id(1), { email: 'moved@example.com' });
    sandbox.store.write(id(3), { email: 'person1@example.com' });
    const retried = await cli('retry', 'latest');
    expect(ends(retried)).toEqual([
      ['conflict', null],
      ['updated', id(2)],
    ]);
    expect(inFileOrder(retried.results)[0]?.error?.code).toBe('key_changed');
    expect(statuses(await cli('sync', `${retried.runDir!}/rejected.csv`, '--key', 'email'))).toEqual(['updated']);
    expect(sandbox.store.find(id(3))?.title).toBe('VP');
  }),
);

test(
  'an answer to a write that leaves the key out does not cost the next row of the contact',
  world({ contacts: people(2) }, async (given) => {
    const answer: AnswerInstead = ({ method, path, text }) => {
      if (method !== 'PATCH') return undefined;
      const { title } = JSON.parse(text) as { title: string };
      given.sandbox.store.write(id(1), { title });
      return { status: 200, body: JSON.stringify({ data: { id: path.split('/').at(-1), title }, meta: {} }) };
    };
    await given.write(
      'edits.csv',
      csv(
        ['email', 'title'],
        ['A', 'B'].map((title) => ['person1@example.com', title]),
      ),
    );
    await given.cli('plan', 'edits.csv', '--key', 'email');
    await withFront(given, answer, async () => {
      expect(statuses(await given.cli('apply', 'latest'))).toEqual(['updated', 'updated']);
    });
  }),
);

test(
  'a contact is also forgotten where it is one of several that a row could have meant',
  world({ contacts }, async ({ sync, cli }) => {
    await sync(csv(['email', 'title'], [['twin@x.com', 'T']]), '--key', 'email');
    const forgotten = await cli('runs', 'forget', id(4));
    const { results, plan } = await cli('runs');
    expect([forgotten.code, JSON.stringify([results, plan])]).toEqual([0, expect.not.stringContaining(id(4))]);
  }),
);
