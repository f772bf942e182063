import { describe, expect, test } from '@jest/globals';
import { CUSTOM_FIELDS, sandboxTagId } from '../../../src/sandbox/defaults.js';
import type { Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { bodies, csv, id, people, person, statuses, world } from '../../support/world.js';

const ALL_TYPES = {
  [CUSTOM_FIELDS.accountTier]: 'tier_1',
  [CUSTOM_FIELDS.renewalDate]: '2026-01-31',
  [CUSTOM_FIELDS.seats]: 5,
  [CUSTOM_FIELDS.newsletter]: false,
  [CUSTOM_FIELDS.interests]: ['Data', 'Sales'],
  [CUSTOM_FIELDS.lastDemo]: '2026-01-01T10:00:00.000Z',
  [CUSTOM_FIELDS.erpNumber]: '00012345',
  [CUSTOM_FIELDS.aiSummary]: 'Likes data.',
};

describe('a PATCH is exactly the difference', () => {
  test(
    'for every text field and do_not_contact, and nothing is sent for a row that changes nothing',
    world(
      {
        contacts: [
          person(1, { phone_number: '+4930123456', linkedin_url: 'https://www.linkedin.com/in/one', notes: 'Old' }),
          person(2),
          person(3),
        ],
      },
      async ({ sync, sandbox }) => {
        const fields = [
          'first_name',
          'last_name',
          'email',
          'title',
          'phone_number',
          'linkedin_url',
          'location',
          'notes',
          'do_not_contact',
        ];
        const run = await sync(
          csv(
            ['contact_id', ...fields],
            [
              [
                id(1),
                'Änne',
                'O’Neil',
                'new@example.com',
                'SVP, Sales',
                '+4930999999',
                'https://www.linkedin.com/in/two',
                'Köln',
                'Line 1\nLine "2"',
                'yes',
              ],
              [id(2), 'First2', 'Last2', 'person2@example.com', 'Title 2', '', '', 'Berlin', '', 'no'],
              [id(3), 'First3', '', '', 'Chief', '', '', '', '', ''],
            ],
          ),
        );
        expect(run.code).toBe(0);
        expect(statuses(run)).toEqual(['updated', 'unchanged', 'updated']);
        expect(bodies(sandbox)).toHaveLength(2);
        expect(bodies(sandbox)).toEqual(
          expect.arrayContaining([
            {
              id: id(1),
              body: {
                first_name: 'Änne',
                last_name: 'O’Neil',
                email: 'new@example.com',
                title: 'SVP, Sales',
                phone_number: '+4930999999',
                linkedin_url: 'https://www.linkedin.com/in/two',
                location: 'Köln',
                notes: 'Line 1\nLine "2"',
                do_not_contact: true,
              },
            },
            { id: id(3), body: { title: 'Chief' } },
          ]),
        );
        expect(run.results.find(({ row }) => row === 3)?.changes).toEqual({ title: { from: 'Title 3', to: 'Chief' } });
      },
    ),
  );

  test(
    'so a second sync of the same file sends none',
    world({ contacts: [person(1, ALL_TYPES), ...people(5).slice(1)] }, async ({ sync, cli, sandbox }) => {
      const text = csv(
        ['id', 'Title', 'Tags', 'notes', 'Account Tier', 'Seats', 'Last Demo', 'Interests'],
        [
          [id(1), 'A', 'VIP;Partner', ' spaced ', 'Growth', '7.50', '2026-02-02T12:00:00+02:00', 'Sales;Data'],
          [id(2), 'B', '+VIP', '<clear>', 'tier_3', '1e2', '2026-02-02T10:00Z', 'One'],
          [id(3), '<clear>', '+VIP;-Partner', 'cafe\u0301', '', '', '', ''],
        ],
      );
      expect(await sync(text)).toMatchObject({ code: 0, summary: { counts: { updated: 3 } } });
      const sent = sandbox.log.counts.patch;
      expect(sent).toBe(3);
      expect(await cli('sync', 'edits.csv')).toMatchObject({
        code: 0,
        summary: { counts: { unchanged: 3, updated: 0 } },
      });
      expect(sandbox.log.counts.patch).toBe(sent);
    }),
  );

  test(
    'where text that differs only in white space at its ends or in Unicode form is no difference',
    world(
      { contacts: [person(1, { notes: 'caf\u00e9' }), person(2, { notes: ' padded ' })] },
      async ({ sync, sandbox }) => {
        const run = await sync(
          csv(
            ['contact_id', 'notes'],
            [
              [id(1), ' cafe\u0301\t'],
              [id(2), 'padded'],
            ],
          ),
        );
        expect(statuses(run)).toEqual(['unchanged', 'unchanged']);
        expect(sandbox.log.counts.patch).toBe(0);
      },
    ),
  );

  test(
    'where other letter case is one',
    world({ contacts: people(1) }, async ({ sync, sandbox }) => {
      await sync(csv(['contact_id', 'title', 'email'], [[id(1), 'TITLE 1', 'Person1@example.com']]));
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { title: 'TITLE 1', email: 'Person1@example.com' } }]);
    }),
  );
});

describe('tags', () => {
  const [VIP, PARTNER, CUSTOMER] = [sandboxTagId('VIP'), sandboxTagId('Partner'), sandboxTagId('Customer')];
  const contact = (n: number) => person(n, { tags: ['VIP', 'Newsletter'] });

  test.each<[string, string, string[] | undefined]>([
    ['by name replace the list', 'Partner;Customer', [PARTNER, CUSTOMER]],
    ['by id replace it too', `${PARTNER}; ${CUSTOMER.toUpperCase()}`, [PARTNER, CUSTOMER]],
    ['with + and - change the list as it is', '+Partner;-Newsletter', [VIP, PARTNER]],
    ['with + and an id add it', `+${PARTNER}`, [VIP, sandboxTagId('Newsletter'), PARTNER]],
    ['that are there already in another order are no change', 'Newsletter;VIP', undefined],
    ['with + that are there and - that are not are no change', '+VIP;-Partner', undefined],
    ['may be cleared', '<clear>', []],
  ])('%s: %s', (_, cell, sent) =>
    world({ contacts: [contact(1)] }, async ({ sync, sandbox }) => {
      const run = await sync(csv(['contact_id', 'tags'], [[id(1), cell]]));
      expect(run.code).toBe(0);
      const [first] = bodies(sandbox) as { body: { tags: string[] } }[];
      expect(first?.body.tags.toSorted()).toEqual(sent?.toSorted());
      expect(statuses(run)).toEqual([sent === undefined ? 'unchanged' : 'updated']);
    })(),
  );

  test(
    'that do not exist, and + mixed with plain names, make the row invalid, and it is not sent at all',
    world({ contacts: [contact(1), contact(2), contact(3)] }, async ({ sync, sandbox }) => {
      const run = await sync(
        csv(
          ['contact_id', 'title', 'tags'],
          [
            [id(1), 'A', 'VPI'],
            [id(2), 'B', '+Partner;Customer'],
            [id(3), 'C', '00000000-0000-4000-8000-00000000dead'],
          ],
        ),
      );
      expect(run.code).toBe(3);
      expect(statuses(run)).toEqual(['invalid', 'invalid', 'invalid']);
      expect(run.results[0]?.error).toMatchObject({ field: 'tags', message: expect.stringContaining('"VIP"') });
      expect(sandbox.log.counts.patch).toBe(0);
    }),
  );

  test(
    'cost a call only where a cell names one',
    world({ contacts: people(1) }, async ({ sync, sandbox }) => {
      await sync(csv(['contact_id', 'title', 'tags'], [[id(1), 'New', '']]));
      expect(sandbox.log.counts.tags).toBe(0);
    }),
  );
});

describe('custom fields', () => {
  const NAMES = [
    'Account Tier',
    'Renewal Date',
    'Seats',
    'Newsletter',
    'Interests',
    'Last Demo',
    'ERP Number',
    'AI Summary',
  ];
  const KEYS = Object.values(CUSTOM_FIELDS);
  const cells = ['Growth', '2027-02-28', '7', 'yes', 'Sales; Ops', '2026-11-23T15:30:00+01:00', '00054321', 'Text'];
  const values = ['tier_2', '2027-02-28', 7, true, ['Sales', 'Ops'], '2026-11-23T14:30:00.000Z', '00054321', 'Text'];
  const sent = Object.fromEntries(KEYS.map((key, at) => [key, values[at]]));

  test.each([
    ['display name', NAMES],
    ['display name written otherwise', NAMES.map((name) => name.toUpperCase().replace(' ', '_'))],
    ['key', KEYS],
  ])('of every type are matched by %s and sent as their type', (_, header) =>
    world({ contacts: [person(1, ALL_TYPES), person(2, sent)] }, async ({ sync, sandbox }) => {
      const run = await sync(
        csv(
          ['contact_id', ...header],
          [
            [id(1), ...cells],
            [id(2), ...cells],
          ],
        ),
      );
      expect(statuses(run)).toEqual(['updated', 'unchanged']);
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: sent }]);
    })(),
  );

  test(
    'of every type can be cleared',
    world({ contacts: [person(1, ALL_TYPES)] }, async ({ sync, sandbox }) => {
      await sync(csv(['contact_id', ...NAMES], [[id(1), ...NAMES.map(() => '<clear>')]]));
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: Object.fromEntries(KEYS.map((key) => [key, null])) }]);
    }),
  );

  test.each(NAMES.slice(0, 6).filter((name) => name !== 'Interests'))(
    '%s with a value of another type makes the row invalid',
    (name) =>
      world({ contacts: [person(1, ALL_TYPES)] }, async ({ sync, sandbox }) => {
        const run = await sync(csv(['contact_id', 'title', name], [[id(1), 'New', 'thirty-first of June']]));
        expect(run).toMatchObject({ code: 3, results: [{ row: 1, line: 2, status: 'invalid' }] });
        expect(run.results[0]?.error?.message).toContain(name);
        expect(sandbox.log.counts.patch).toBe(0);
      })(),
  );
});

describe('an empty cell', () => {
  const contacts = [person(1, { notes: 'Old' })];
  const text = csv(['contact_id', 'title', 'notes', 'location'], [[id(1), '', '  ', 'Berlin']]);

  test(
    'leaves the field alone',
    world({ contacts }, async ({ sync, sandbox }) => {
      expect(statuses(await sync(text))).toEqual(['unchanged']);
      expect(bodies(sandbox)).toEqual([]);
    }),
  );

  test(
    'clears it with --empty clear',
    world({ contacts }, async ({ sync, sandbox }) => {
      await sync(text, '--empty', 'clear');
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { title: null, notes: null } }]);
    }),
  );
});

test(
  '--null-token sets another token, and then <clear> is a text like any other',
  world({ contacts: people(1) }, async ({ sync, sandbox }) => {
    await sync(csv(['contact_id', 'title', 'notes'], [[id(1), 'NIL', '<clear>']]), '--null-token', 'NIL');
    expect(bodies(sandbox)).toEqual([{ id: id(1), body: { title: null, notes: '<clear>' } }]);
  }),
);

test(
  'columns are named with --map, matched loosely, and those of an export or with an underscore pass unread',
  world({ contacts: people(1) }, async ({ sync, sandbox }) => {
    const header = [
      'ID',
      'Job Title',
      'FIRST-NAME',
      'Stufe',
      'created_at',
      'Source',
      '_status',
      '_error',
      'account_id',
    ];
    const row = [id(1).toUpperCase(), 'Chief', 'Anna', 'Growth', 'x', 'y', 'failed', 'z', 'w'];
    const run = await sync(csv(header, [row]), '--map', 'Job Title=title', '--map', 'stufe=Account Tier');
    expect(run).toMatchObject({ code: 0, results: [{ contact_id: id(1), status: 'updated' }] });
    expect(bodies(sandbox)).toEqual([
      { id: id(1), body: { title: 'Chief', first_name: 'Anna', [CUSTOM_FIELDS.accountTier]: 'tier_2' } },
    ]);
  }),
);

describe('a file is read alike', () => {
  const comma = `contact_id,title,notes\n${id(1)},"Gärtner; Süd","a, b"\n${id(2)},Title 2,"two\nlines"\n`;
  const crlf = comma.replaceAll('\n', '\r\n');
  const semicolon = `contact_id;title;notes\n${id(1)};"Gärtner; Süd";a, b\n${id(2)};Title 2;"two\nlines"\n`;
  const bigEndian = Buffer.from(`\uFEFF${comma}`, 'utf16le').swap16();
  test.each<[string, string | Buffer, string[]]>([
    ['plain', comma, []],
    ['with a byte order mark', `\uFEFF${comma}`, []],
    ['with CRLF', crlf, []],
    ['without an end to its last line', comma.trimEnd(), []],
    ['with semicolons', semicolon, []],
    ['with tabs', semicolon.replace(/;(?! )/g, '\t'), []],
    ['with semicolons, told so', semicolon, ['--delimiter', 'semicolon']],
    ['in UTF-16, little endian', Buffer.from(`\uFEFF${crlf}`, 'utf16le'), []],
    ['in UTF-16, big endian', bigEndian, []],
    ['with blank lines', comma.replace(`\n${id(2)}`, `\n\n\n${id(2)}`), []],
  ])('%s', (_, content, flags) =>
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      expect(await sync(content, ...flags)).toMatchObject({ code: 0 });
      expectBodies(sandbox, content === crlf || isUtf16Le(content) ? 'two\r\nlines' : 'two\nlines');
    })(),
  );

  test.each<[string, string | Buffer]>([
    ['UTF-8', semicolon],
    ['UTF-16', Buffer.from(`\uFEFF${comma}`, 'utf16le')],
  ])('from standard input, in %s', (_, content) =>
    world({ contacts: people(2) }, async ({ pipe, sandbox }) => {
      const run = await pipe(content, 'sync', '-');
      expect(run.stderr).not.toContain('contact-sync:');
      expect(run).toMatchObject({ code: 0, summary: { counts: { updated: 2 } } });
      expectBodies(sandbox, 'two\nlines');
    })(),
  );

  function isUtf16Le(content: string | Buffer): boolean {
    return typeof content !== 'string' && content[0] === 0xff;
  }

  function expectBodies(sandbox: Sandbox, notes: string): void {
    expect(bodies(sandbox)).toHaveLength(2);
    expect(bodies(sandbox)).toEqual(
      expect.arrayContaining([
        { id: id(1), body: { title: 'Gärtner; Süd', notes: 'a, b' } },
        { id: id(2), body: { notes } },
      ]),
    );
  }
});
