import { expect, test } from '@jest/globals';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { csv, id, person, world } from '../../support/world.js';

const ERP = CUSTOM_FIELDS.erpNumber;
const RENEWAL = CUSTOM_FIELDS.renewalDate;
const DEMO = CUSTOM_FIELDS.lastDemo;
const SEATS = CUSTOM_FIELDS.seats;

type Outcome = 'held' | 'planned' | 'unchanged' | 'invalid' | 'warned';
/** Field, live value, cell, outcome. */
type Case = readonly [field: string, live: unknown, cell: string, outcome: Outcome];

/** Cells of one field that end alike. */
function each(field: string, live: unknown, outcome: Outcome, cells: readonly string[]): Case[] {
  return cells.map((cell) => [field, live, cell, outcome]);
}

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  'the errors of formulas': each('title', 'VP', 'held', [
    ...[
      '#N/A',
      '#NV',
      '#BEZUG!',
      '#N/D',
      '#¿NOMBRE?',
      '#¡VALOR!',
      'Err:502',
      '########',
      '#VALOR!',
      '#NOM?',
      '#VALEUR!',
    ],
    ...['#WERT!', '#ССЫЛКА!', '#Н/Д', '#ИМЯ?', '#DĚLENÍ_NULOU!', '#HIÁNYZIK', '#ÉRTÉK!', '#YOK', '#DEĞER!', '#BAŞV!'],
    ...[
      '#VERW!',
      '#WAARDE!',
      '#N/B',
      '#SAKNAS!',
      '#VÄRDEFEL!',
      '#I/T',
      '#VÆRDI!',
      '#ARVO!',
      '#PUUTTUU!',
      '#DZIEL/0!',
      '#ADR!',
    ],
    ...[
      '#RIF!',
      '#ÜBERLAUF!',
      'Err:508',
      'Ошибка:502',
      'Err :522',
      '###',
      '#ERROR!',
      '#GETTING_DATA',
      '#n/a',
      '#名前?',
    ],
  ]),
  'formulas and wrapped text': [
    ['phone_number', '+4520400100', '="+4520400100"', 'unchanged'],
    ['phone_number', '+4520400100', '="+4520400199"', 'planned'],
    ['title', 'VP', '="a ""quoted"" word"', 'planned'],
    ['title', '=SUM(A1)', "'=SUM(A1)", 'unchanged'],
    ['title', 'VP', "'=SUM(A1)", 'planned'],
    ...each('title', 'VP', 'held', [
      '=VLOOKUP(A3,Team!A:C,3,FALSE)',
      '=A1',
      '=1+2',
      '="a"&B1',
      '=-A1',
      "='My Sheet'!B2",
    ]),
    ...each('title', 'VP', 'held', ['=SI.ERREUR(A1;"")', '=WENN(A1;1)', '+SUM(A1:A2)', '@SUM(A1)', '=$B$2', '={1;2}']),
    ...each('linkedin_url', null, 'held', ['=HYPERLINK("https://www.linkedin.com/in/x","profile")']),
    ...each('title', 'VP', 'planned', ['=> see notes', '== VIP ==', '=)', '= Head of Sales']),
  ],
  'guarding apostrophes': [
    ...each('phone_number', '+4520400100', 'held', [
      "'+4520400100",
      "'0031619615430",
      '’+45 20 40 01 00',
      "'(555) 123-4567",
      '`4520400100',
    ]),
    ...each(ERP, '00123', 'held', ["'00123", "'12345678901234567", "'2026-03-01", "'1,250.00"]),
    ...each('email', 'x@example.com', 'held', ["'ana@example.com"]),
    ...each('linkedin_url', null, 'held', ["'https://www.linkedin.com/in/ana"]),
    ...each('title', 'VP', 'held', ["'VP"]),
    ...each('title', 'VP', 'planned', ["'-- on leave --", "'Head' of Sales", "'68"]),
    ...each('last_name', 'X', 'planned', ["'t Hooft", "'s-Gravesande", '‘Abd al-Rahman']),
  ],
  'numbers as floats': [
    ...each('phone_number', '+4520400100', 'held', [
      '4520400100.0',
      '4.5204001e+9',
      '4.52E+09',
      '4,52E+09',
      '1.2025550167E+10',
      '4.8123e10',
      '45204001e2',
      '4.52 × 10^9',
      '4520400100,0',
    ]),
    ...each(ERP, '4520400100', 'held', [
      '4520400100.0',
      '4520400100,00',
      '4.5E9',
      '4.5204001e+09',
      '45E8',
      '4 520 400 100.0',
    ]),
    ...each(ERP, null, 'held', ['3.161961543e+10', '1.23E+17', '7654321.0']),
    ...each(ERP, '0012-345', 'held', ['12345.0']),
    ...each(ERP, null, 'planned', ['1E5', 'PN 5E-11', '4711.0', 'v2.10.0', '1.2.3']),
    ...each(SEATS, 1250, 'held', ['1.25']),
    ...each(SEATS, 5, 'planned', ['6', '1e3', '1.25']),
  ],
  'words for nothing': [
    ...each('title', 'VP', 'held', [
      'NULL',
      'null',
      '\\N',
      'nan',
      'NaN',
      'None',
      'N/A',
      'n/a',
      'undefined',
      '[object Object]',
      '(null)',
      '<null>',
      '<NA>',
      'NaT',
      '#NULL#',
      'nil',
      '(blank)',
      'n.a.',
      '[]',
      '{}',
    ]),
    ...each('location', 'Berlin', 'held', ['undefined', '\\N', '[object Object]']),
    ...each('first_name', 'X', 'warned', ['Null', 'None', 'Nan', 'NA']),
    ...each('location', 'Berlin', 'warned', ['Nan']),
    ...each('first_name', 'X', 'held', ['\\N', 'undefined', '[object Object]', 'N/A']),
    ...each('title', 'VP', 'planned', ['Nonexecutive', 'Nullarbor Lead', 'No', 'Undefined roles']),
  ],
  'near misses of the text that clears': [
    ...each('title', 'VP', 'held', [
      '<Clear>',
      '< clear >',
      '<CLEAR>',
      '<clear',
      'clear>',
      '[clear]',
      '(clear)',
      '{clear}',
      '＜clear＞',
      '&lt;clear&gt;',
      '<claer>',
      '<cleared>',
      '"<clear>"',
      '<cl\u200bear>',
      '<clear/>',
      'CLEAR',
    ]),
    ['title', 'VP', '<clear>\u200b', 'planned'],
    ['title', 'VP', '\u2060<clear>', 'planned'],
    ...each('title', 'VP', 'planned', ['Clear Channel', 'Cleaner', '<3', '(cleaning)', 'clearing']),
    ['last_name', 'X', 'Clear', 'planned'],
  ],
  'invisible characters': [
    ['phone_number', '+45 20 40 01 00', '\u202a+45 20 40 01 00\u202c', 'unchanged'],
    ['email', 'zoe@example.com', 'zoe@example.com\u200b', 'unchanged'],
    ['title', 'VP', '\u200b', 'unchanged'],
    ['title', 'VP', '\u2067VP\u2069', 'unchanged'],
    ['title', 'VP', '\u00adVP\ufe0e', 'unchanged'],
    ...each('email', 'zoe@example.com', 'held', [
      'zoe\u200b@example.com',
      'zo\u00ade@example.com',
      'zoe@exa\u2060mple.com',
      'zoe@\ufeffexample.com',
    ]),
    ...each('phone_number', '+4520400100', 'held', ['+45\u202c20400100', '+45\u200e 20 40 01 00', '+45\u200d20400100']),
    ...each('linkedin_url', null, 'held', [
      'https://www.linkedin.com/in/an\u200ba',
      'https://\u2066www.linkedin.com/in/ana',
    ]),
    [CUSTOM_FIELDS.accountTier, 'tier_2', 'tier\u200b_1', 'held'],
    ...each('title', 'VP', 'planned', ['👩‍💻 dev', 'می‌خواهم', 'ക്‍ഷ', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', '葛󠄀城']),
    ['first_name', '\u795e', '\ufa19', 'unchanged'],
  ],
  'text in the wrong charset': [
    ...each('first_name', 'Zoë', 'held', ['ZoÃ«', 'Zo√´', 'Zo├½', 'Zoц╚', 'ZoĂ«', 'Zo\u00c3\u00ab', 'Zo\u00ab\u0080']),
    ...each('last_name', 'Müller', 'held', ['MÃ¼ller', 'M√ºller', 'M├╝ller', 'MГјller', 'MĂĽller']),
    ...each('last_name', 'Петров', 'held', [
      'ÐŸÐµÑ‚Ñ€Ð¾Ð²',
      'РџРµС‚СЂРѕРІ',
      '╨Я╨╡╤В╤А╨╛╨▓',
      '–ü–µ—Ç—Ä–æ–≤',
      'п÷п╣я┌я─п╬п╡',
    ]),
    ...each('last_name', null, 'held', ['Garc├¡a', 'Garc√≠a', 'GarcÃ­a', 'JosÃƒÂ©', 'WaÅ‚Ä™sa', 'OвЂ™Brien']),
    ...each('first_name', 'Žofia', 'held', ['?ofia']),
    ...each('first_name', '田中', 'held', ['??', '??????']),
    ...each('first_name', 'François', 'held', ['Fran?ois', 'Fran??ois']),
    ...each('location', null, 'held', ['M?nchen', 'K??ln']),
    ...each('title', 'Ready!', 'planned', ['Ready?', 'Who? What?']),
  ],
  'what stands around addresses': [
    ...each('email', 'x@example.com', 'held', [
      'mailto:ana@example.com',
      'MAILTO: ana@example.com',
      '<ana@example.com>',
      'Ana <ana@example.com>',
      '"ana@example.com"',
      'ana@example.com,',
      'ana@example.com;',
      '“ana@example.com”',
      '(ana@example.com)',
      '[ana@example.com](mailto:ana@example.com)',
    ]),
    ...each('phone_number', '+4520400100', 'held', [
      'tel:+4520400100',
      'callto:+4520400100',
      '"+4520400100"',
      '<+4520400100>',
      '+4520400100,',
      'sms:+4520400100',
    ]),
    ...each('linkedin_url', null, 'held', [
      '<https://www.linkedin.com/in/ana>',
      '"https://www.linkedin.com/in/ana"',
      'https://www.linkedin.com/in/ana,',
      '[Ana](https://www.linkedin.com/in/ana)',
    ]),
    ...each('email', 'x@example.com', 'planned', ["o'brien@example.com", 'ana+tag@example.com']),
    ...each('phone_number', '+4520400100', 'planned', ['(555) 123-4567', '+44 (0)20 7946 0000']),
  ],
  'dates that moved': [
    ...each(RENEWAL, '2026-03-01', 'held', ['2026-02-28', '2026-03-02', '2026-01-03', '2022-02-28', '2030-03-02']),
    ...each(RENEWAL, '2026-12-31', 'held', ['2027-01-01', '2026-12-30']),
    ...each(RENEWAL, '2026-05-11', 'held', ['2026-11-05', '2026-05-10', '2026-05-12']),
    ...each(DEMO, '2026-03-01T10:00:00.000Z', 'held', ['2026-01-03T10:00:00Z']),
    ...each(RENEWAL, '2026-03-01', 'planned', ['2026-03-03', '2027-03-01']),
    ...each(DEMO, '2026-03-01T10:00:00.000Z', 'planned', ['2026-03-02T10:00:00Z']),
    ...each(DEMO, null, 'invalid', [
      '2026-03-01T10:00:00+99:99',
      '2026-03-01T10:00:00+15:00',
      '2026T00:00Z',
      '2026-01T00:00Z',
      '9999-12-31T23:30:00-01:00',
    ]),
  ],
  'values that no field can have': [
    ...each(SEATS, 5, 'invalid', [
      '4503599627370497.5',
      '123456789012.123456',
      '1e-400',
      '12345678901234567',
      '9007199254740993',
      '1e999',
    ]),
    ...each('email', 'x@example.com', 'invalid', ['a\u0001@example.com', 'a\u0007@example.com', 'a\u007f@example.com']),
    ...each(SEATS, 5, 'planned', ['0.1', '-12.50', '1e-7', '123456789012.125', '+7', '.5']),
    ...each(SEATS, 1234.5, 'unchanged', ['1234.50', '1.2345e3']),
  ],
  'line breaks in short fields': [
    ...['title', 'first_name', 'last_name', 'location'].flatMap((field) =>
      each(field, 'X', 'held', ['two\nlines', 'two\r\nlines', 'two\rlines']),
    ),
    ...each('phone_number', null, 'held', ['+45\n20400100']),
    ...each('email', 'x@example.com', 'held', ['ana@\nexample.com']),
    ...each('linkedin_url', null, 'held', ['https://www.linkedin.com/in/\nana']),
    ['notes', null, 'two\nlines', 'planned'],
    ['notes', null, `two\n${id(1)},CEO Americas,`, 'held'],
    ['title', 'two\nlines', 'two\nlines', 'unchanged'],
  ],
};

function expected(outcome: Outcome): { status: string; warns: boolean } {
  return { status: outcome === 'warned' ? 'planned' : outcome, warns: outcome === 'warned' };
}

test.each(Object.entries(KINDS))('%s end as they should, in one file', (_kind, cases) => {
  expect(cases.length).toBeGreaterThanOrEqual(12);
  const fields = [...new Set(cases.map(([field]) => field))];
  const contacts = cases.map(([field, live], at) => person(at + 1, { [field]: live }));
  const rows = cases.map(([field, , cell], at) => [id(at + 1), ...fields.map((name) => (name === field ? cell : ''))]);
  return world({ contacts }, async ({ cli, write }) => {
    await write('edits.csv', csv(['contact_id', ...fields], rows));
    const { plan } = await cli('plan', 'edits.csv', '--skip-equivalent');
    const ends = cases.map(([field, live, cell], at) => {
      const { status, warnings = [], error } = plan[at]!;
      return {
        field,
        live,
        cell,
        status,
        warns: warnings.some(({ code }) => code === 'damaged'),
        said: error?.message,
      };
    });
    const wrong = ends.filter(({ status, warns }, at) => {
      const meant = expected(cases[at]![3]);
      return status !== meant.status || warns !== meant.warns;
    });
    expect(wrong.map((end) => ({ ...end, meant: cases[ends.indexOf(end)]![3] }))).toEqual([]);
  })();
});

test(
  'a point for thousands is held in a file of semicolons',
  world({ contacts: [person(1, { [SEATS]: 5 }), person(2, { [SEATS]: 5 })] }, async ({ cli, write }) => {
    await write('edits.csv', `contact_id;${SEATS}\n${id(1)};1.250\n${id(2)};1.25\n`);
    expect((await cli('plan', 'edits.csv')).plan.map(({ status }) => status)).toEqual(['held', 'planned']);
    await write('edits.csv', `contact_id,${SEATS}\n${id(1)},1.250\n${id(2)},1.25\n`);
    expect((await cli('plan', 'edits.csv')).plan.map(({ status }) => status)).toEqual(['planned', 'planned']);
  }),
);

test(
  'check finds rows that a quote has swallowed, groups what it finds, and ends with what to do',
  world({ contacts: [] }, async ({ cli, write }) => {
    const file = `contact_id,title,notes\n${id(1)},Office Manager,\n${id(2)},"Head of Office,\n${id(3)},CEO,\n${id(4)},Chair",\n${id(5)},#NV,\nx,VP,\n,,\n`;
    await write('edits.csv', file);
    const { code, stdout } = await cli('check', 'edits.csv');
    expect(code).toBe(3);
    expect(stdout).toContain('a quote on line 3 has swallowed the rows behind it');
    expect(stdout).toContain('edits.csv: rows that a quote has swallowed: 1 row, line 3\n');
    expect(stdout).toContain('edits.csv: errors of formulas: 1 row, line 6\n');
    expect(stdout).toContain('edits.csv: 4 rows, 3 valid, 2 of them damaged, 1 invalid\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('correct the invalid rows');
    expect(JSON.parse((await cli('check', 'edits.csv', '--json')).stdout)).toMatchObject({
      ...{ damaged: 2, input: { blank_rows: 1 } },
      findings: expect.arrayContaining([{ kind: 'formula_error', rows: 1, lines: [6] }]),
    });
  }),
);

test(
  'blanks around a live value are no difference, until --exact makes them one that is kept and undone',
  world({ contacts: [person(1, { title: 'SVP  ' })] }, async ({ cli, sync, sandbox }) => {
    const file = csv(['contact_id', 'title'], [[id(1), 'SVP']]);
    expect((await sync(file)).results[0]!.status).toBe('unchanged');
    const exact = await sync(file, '--exact');
    expect(exact).toMatchObject({
      code: 0,
      results: [{ status: 'updated', changes: { title: { from: 'SVP  ', to: 'SVP' } } }],
    });
    expect((await sync(file, '--exact')).results[0]!.status).toBe('unchanged');
    expect((await cli('undo', exact.runDir!)).code).toBe(0);
    expect(sandbox.store.find(id(1))?.title).toBe('SVP  ');
  }),
);

test(
  'an option whose key is the name of another one is written, exported and undone by its key',
  world({ contacts: [person(1, { [CUSTOM_FIELDS.accountTier]: 'A' })] }, async ({ cli, sync, sandbox }) => {
    const field = sandbox.store.schema.find(({ key }) => key === CUSTOM_FIELDS.accountTier)!;
    const options = { A: 'B', B: 'A' };
    const allowed_values = Object.entries(options).map(([key, display_value]) => ({ key, display_value }));
    field.enum_field_settings = { allowed_values };
    const live = (): unknown => sandbox.store.contacts.get(id(1))![CUSTOM_FIELDS.accountTier];
    await sync(`contact_id,${CUSTOM_FIELDS.accountTier}\n${id(1)},B\n`, '--yes');
    expect(live()).toBe('B');
    expect((await cli('export', '--out', 'out.csv')).code).toBe(0);
    expect((await cli('plan', 'out.csv')).plan.map(({ status }) => status)).toEqual(['unchanged']);
    expect((await cli('undo', 'latest', '--yes')).code).toBe(0);
    expect(live()).toBe('A');
  }),
);
