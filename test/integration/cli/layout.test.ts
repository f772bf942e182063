import { describe, expect, test } from '@jest/globals';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { bodies, id, people, statuses, world } from '../../support/world.js';

const [A, B] = [id(1), id(2)];
const BOM = '\ufeff';

/** Ways to write two edits, each with the flags that it needs. */
const LAYOUTS: readonly [what: string, file: string, flags?: readonly string[]][] = [
  ['commas', `contact_id,title\n${A},One\n${B},Two\n`],
  ['semicolons', `contact_id;title\n${A};One\n${B};Two\n`],
  ['tabs', `contact_id\ttitle\n${A}\tOne\n${B}\tTwo\n`],
  ['pipes', `contact_id|title\n${A}|One\n${B}|Two\n`],
  ['semicolons, and more commas in a name', `contact_id;_a,b,c,d,e;title\n${A};;One\n${B};;Two\n`],
  ['a sep= line', `sep=;\r\ncontact_id;title\r\n${A};One\r\n${B};Two\r\n`],
  ['a sep= line behind a byte order mark', `${BOM}sep=|\ncontact_id|title\n${A}|One\n${B}|Two\n`],
  ['a sep= line in quotes', `"sep=;"\ncontact_id;title\n${A};One\n${B};Two\n`],
  ['a sep= line that a spreadsheet saved again', `SEP=,,\ncontact_id,title\n${A},One\n${B},Two\n`],
  ['a sep= line with a delimiter of its own', `sep=^\ncontact_id^title\n${A}^One\n${B}^Two\n`],
  ['a sep= line without one', `sep=\ncontact_id\ttitle\n${A}\tOne\n${B}\tTwo\n`],
  ['titles', `Contacts\n\n"As of, today\ncontact_id,title\n${A},One\n${B},Two\n`, ['--skip-lines', '3']],
  ['titles behind a sep= line', `sep=;\nT\ncontact_id;title\n${A};One\n${B};Two\n`, ['--skip-lines', '2']],
  ['titles in lines of CR', `T\rU\rcontact_id,title\r${A},One\r${B},Two\r`, ['--skip-lines', '2']],
  ['two byte order marks', `${BOM}${BOM}"contact_id","title"\n${A},One\n${B},Two\n`],
  ['a byte order mark within', `${BOM}"contact_id","title"\n"${A}","One"\n${BOM}"${B}","Two"\n`],
  ['marks before ids without quotes', `contact_id,title\n${BOM}${A},One\n${BOM}${B},Two\n`],
  ['UTF-16 with a mark within', `${BOM}contact_id\ttitle\n${A}\tOne\n${BOM}"${B}"\tTwo\n`],
  ['invisible characters in the header', `con\u200btact_id\u00ad,\u202atitle\u202c\n${A},One\n${B},Two\n`],
  ['a header of no-break spaces', `Contact\u00a0ID,\u2060Title\u3000\n${A},One\n${B},Two\n`],
  ['rows of commas', `contact_id,title,notes\n,,\n${A},One,\n , ,\u200b\n${B},Two,\n,,\n"",,\n`],
  ['a row of commas above the header', `,,\ncontact_id,title,notes\n${A},One,\n${B},Two,\n`],
  ['short rows', `contact_id,title,notes\n${A},One\n${B},Two\n`, ['--short-rows', 'empty']],
  ['a column to ignore', `contact_id,title,Order\n${A},One,1\n${B},Two,2\n`, ['--ignore-column', 'order']],
  ['a field to ignore', `contact_id,title,email\n${A},One,x\n${B},Two,y\n`, ['--ignore-column', 'E-Mail']],
  ['two columns of a name to ignore', `contact_id,No,title,No\n${A},1,One,2\n${B},,Two,\n`, ['--ignore-column', 'No']],
  ['two unknown columns of a name', `id,No,title,no\n${A},1,One,2\n${B},,Two,\n`, ['--ignore-unknown-columns']],
  [
    'a key that is mapped',
    `Key;a,b;Job\n${A};;One\n${B};;Two\n`,
    ['--map', 'Key=id', '--map', 'Job=title', '--ignore-column', 'a,b'],
  ],
];

test(
  'a file is read however it is laid out',
  world({ contacts: people(2) }, async ({ cli, write, sandbox }) => {
    for (const [what, file, flags = []] of LAYOUTS) {
      const bytes = what.startsWith('UTF-16') ? Buffer.from(file, 'utf16le') : file;
      await write('edits.csv', bytes);
      const { code, plan, stderr } = await cli('plan', 'edits.csv', ...flags);
      const made = plan.map(({ status, changes }) => [status, Object.keys(changes ?? {}), changes?.['title']?.to]);
      expect({ what, code, made, stderr }).toMatchObject({
        ...{ what, code: 0 },
        made: [
          ['planned', ['title'], 'One'],
          ['planned', ['title'], 'Two'],
        ],
      });
    }
    expect(bodies(sandbox)).toEqual([]);
  }),
);

/** Files that are refused, and what is said of them. */
const REFUSED: readonly [file: string, said: string, flags?: readonly string[]][] = [
  [
    `Contacts\nof today\n\ncontact_id,title\n${A},One\n`,
    'line 1: no column "contact_id" or "id"; read with comma as the delimiter, it has "Contacts"; line 4 has such a column. Use --skip-lines 3',
  ],
  [
    `contact_id|title\n${A}|One\n`,
    'read with comma as the delimiter, it has "contact_id|title"; line 1 has such a column. Use --delimiter pipe',
    ['--delimiter', 'comma'],
  ],
  [
    `T;U\nid|title\n${A}|One\n`,
    'it has "T;U"; line 2 has such a column. Use --skip-lines 1 --delimiter pipe',
    ['--delimiter', 'comma'],
  ],
  [`Person:Job\n${A}:One\n`, 'Set another delimiter with --delimiter (comma, semicolon, tab, pipe)'],
  [`Person;title\n${A};One\n`, 'read with semicolon as the delimiter, it has "Person", "title". Name the column'],
  [
    `id,title,Oder\n${A},One,1\n`,
    '--ignore-column "Order": the file has no column "Order" (did you mean "Oder"?)',
    ['--ignore-column', 'Order'],
  ],
  [
    `id,Job\n${A},One\n`,
    '--ignore-column "job": the column "job" is mapped to a field as well',
    ['--ignore-column', 'job', '--map', 'Job=title'],
  ],
  [`id,title,No,No\n${A},One,1,2\n`, 'are both no'],
  [`T\n\nid,title,titel\n${A},One,x\n`, 'line 3, column 3: unknown column "titel"', ['--skip-lines', '2']],
  [`id,title\n${A},"One\n`, 'line 2, column 2: a quote is opened and never closed'],
  [`sep=;\nT\nid;title\n${A};"One\n`, 'line 4, column 2: a quote is opened', ['--skip-lines', '2']],
  [`${BOM}${BOM}`, 'the file is empty'],
];

test(
  'a file that is refused says how it was read and what helps',
  world({ contacts: [] }, async ({ cli, write }) => {
    for (const [file, said, flags = []] of REFUSED) {
      await write('edits.csv', file);
      expect(await cli('check', 'edits.csv', ...flags)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(said),
      });
    }
  }),
);

test(
  'rows keep their physical lines below titles, and short rows are told of the flag that reads them',
  world({ contacts: people(2) }, async ({ cli, write }) => {
    await write('edits.csv', `sep=,\nTitle\nid,title,notes\n,,\n${A},One\n\n${B},Two,\n`);
    const { code, plan, rejectedText } = await cli('plan', 'edits.csv', '--skip-lines', '2');
    expect([code, plan.map(({ row, line, status }) => [row, line, status])]).toEqual([
      3,
      [
        [1, 5, 'invalid'],
        [2, 7, 'planned'],
      ],
    ]);
    expect(rejectedText).toContain('the row has 2 cells, expected 3 as in the header (use --short-rows empty');
  }),
);

test(
  'rejected.csv of a file with titles and a delimiter of its own is fed back as it is',
  world({ contacts: people(1) }, async ({ cli, sync, write }) => {
    const first = await sync(`sep=^\nTitles\nid^title\n${A}^One\nx^Two\n`, '--skip-lines', '2');
    expect(statuses(first)).toEqual(['updated', 'invalid']);
    const again = await cli('retry', 'latest');
    expect(again).toMatchObject({
      code: 3,
      rejected: [
        ['id', 'title', '_status', '_error'],
        ['x', 'Two', 'invalid', expect.anything()],
      ],
    });
    await write('fixed.csv', again.rejectedText.replace('x,Two', `${A},Two`));
    expect(statuses(await cli('sync', 'fixed.csv', '--yes'))).toEqual(['updated']);
  }),
);

test(
  'a header and nothing else is a warning, and a strict plan refuses it',
  world({ contacts: [] }, async ({ cli, write }) => {
    await write('edits.csv', 'contact_id,title\n,\n');
    expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0, stderr: expect.stringContaining('warn 0 rows') });
    expect(await cli('plan', 'edits.csv', '--strict')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('0 rows'),
    });
  }),
);

describe('a column that is ignored by its name, where a custom field is called so', () => {
  const FIELD = CUSTOM_FIELDS.erpNumber;
  test.each(['Source', 'Heat Score', 'OBJECT', '_score'])('"%s" is refused until it is named by its key', (name) =>
    world({ contacts: people(1) }, async ({ cli, write, sandbox }) => {
      sandbox.store.schema.find(({ key }) => key === FIELD)!.name = name;
      await write('edits.csv', `contact_id,title,${name}\n${A},One,x\n`);
      expect(await cli('plan', 'edits.csv')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          `name the field by its key: ${FIELD}, or skip the column with --ignore-column "${name}"`,
        ),
      });
      expect((await cli('plan', 'edits.csv', '--ignore-column', name)).plan[0]!.changes).not.toHaveProperty([FIELD]);
      await write('edits.csv', `contact_id,title,${FIELD},${name}\n${A},One,x,y\n`);
      expect((await cli('plan', 'edits.csv')).plan[0]!.changes).toMatchObject({ [FIELD]: { to: 'x' } });
    })(),
  );
});
