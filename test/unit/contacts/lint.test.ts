import { describe, expect, test } from '@jest/globals';
import { damageOfCell, findDamage, formulaError } from '../../../src/core/contacts/lint.js';
import type { FieldValue } from '../../../src/core/model/values.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { editOf, fieldOf } from '../../support/build.js';
import { HONEST_VALUES } from '../../support/honest-values.js';

function damage(key: string, from: FieldValue, to: FieldValue): string | undefined {
  const field = fieldOf(key);
  const cell = [to].flat().join(';');
  const context = { nullToken: '<clear>', delimiter: ',', line: 2, isText: false };
  const alone = to === null || typeof to === 'number' ? undefined : damageOfCell(cell, field, context);
  return alone && !alone.isWarning ? `${field.label}: ${alone.said}` : findDamage(field, from, to)?.message;
}

describe('the errors of formulas', () => {
  test.each(['#N/A', '#REF!', '#NAME?', '#VALUE!', '#DIV/0!', '#NULL!', '#NUM!', '#n/a', '#SPILL!'])(
    '%s is no value, whatever the column',
    (cell) => {
      expect(formulaError(cell)).toContain(cell);
      for (const key of ['title', 'email', 'tags', CUSTOM_FIELDS.seats]) {
        expect(editOf({ [key]: cell })).toMatchObject({
          wanted: [],
          damage: [{ kind: 'formula_error', field: key, problem: { code: 'damaged' } }],
        });
      }
    },
  );

  test.each(['#1 in sales', 'N/A', 'n/a', '#N/A?', '# REF', '#hashtag', 'REF!', '#', '#NAME', 'VALUE'])(
    '"%s" is ordinary text',
    (cell) => expect(formulaError(cell)).toBeUndefined(),
  );
});

describe('damage is found', () => {
  test.each<[string, string, FieldValue, FieldValue]>([
    ['a lost leading zero', 'notes', '00123', '123'],
    ['a lost leading zero of a phone number', 'phone_number', '030123456', '30123456'],
    ['lost zeros that are all there was', 'notes', '000', '0'],
    ['a phone number without its +', 'phone_number', '+491701234567', '491701234567'],
    ['a phone number without its +, with spaces left', 'phone_number', '+49 170 1234567', '49 170 1234567'],
    ['a long number in short, over the long one', 'notes', '123456789012345678', '1.23E+17'],
    ['a long number in short, alone', CUSTOM_FIELDS.erpNumber, null, '1.23E+17'],
    ['a long number in short with a comma', CUSTOM_FIELDS.erpNumber, null, '1,23456E+17'],
    ['a phone number in short', 'phone_number', null, '4.91702E+11'],
    ['a long number rounded to 15 digits', CUSTOM_FIELDS.erpNumber, '12345678901234567', '12345678901234500'],
    ['a number with a decimal gained', CUSTOM_FIELDS.erpNumber, '4711', '4711.0'],
    ['UTF-8 read as Windows-1252 over the true name', 'first_name', 'José', 'JosÃ©'],
    ['UTF-8 read as Windows-1252, alone', 'first_name', null, 'JosÃ©'],
    ['a German name', 'last_name', null, 'MÃ¼ller'],
    ['a sharp s', 'location', null, 'GroÃŸe StraÃŸe'],
    ['a Polish name', 'last_name', null, 'WaÅ‚Ä™sa'],
    ['curly quotes', 'notes', null, 'She said â€œyesâ€\u009d'],
    ['an apostrophe', 'last_name', null, 'Oâ€™Brien'],
    ['a dash', 'title', null, 'VP â€“ Sales'],
    ['a euro sign', 'notes', null, '100 â‚¬'],
    ['an emoji', 'notes', null, 'thanks ðŸ˜€'],
    ['a non-breaking space', 'notes', null, 'AÂ\u00a0B'],
    ['Cyrillic', 'first_name', null, 'ÐžÐ»ÐµÐ³'],
    ['a replacement character', 'first_name', null, 'Jos\ufffd'],
    ['a control character of Latin-1', 'notes', null, 'it\u0092s'],
    ['letters that a charset did not have', 'first_name', 'Žofia', '?ofia'],
    ['a name of which no letter is left', 'first_name', '田中', '??'],
    ['a list item', CUSTOM_FIELDS.interests, null, ['fine', 'CafÃ©']],
    ['a date a day early', CUSTOM_FIELDS.renewalDate, '2026-03-01', '2026-02-28'],
    ['a date a day late', CUSTOM_FIELDS.renewalDate, '2026-12-31', '2027-01-01'],
  ])('%s', (_, key, from, to) => {
    expect(damage(key, from, to)).toMatch(`${fieldOf(key).label}: `);
  });
});

/** Values that people mean, and that no lint may hold back. */
const HONEST = [
  ...['José', 'JOSÉ', 'Müller', 'MÜLLER', 'Ångström', 'Łukasz', 'Žižek', 'Đặng Văn', 'İstanbul', 'Ñandú', 'Ægir'],
  ...['O’Brien', "O'Brien", 'D’Angelo', 'Jean-François', 'SØREN', 'Þór', 'Œuvre', 'SÃO PAULO', 'São Paulo', 'JOÃO'],
  ...[
    '“CAFÉ”',
    '«À»',
    '„ÄÖÜ“',
    'À…',
    'CAFÉ…',
    'CAFÉ–BAR',
    'É',
    'Â',
    'Ã',
    'VOILÀ!',
    'L’ÉTÉ',
    '‘Ü’',
    'CAFÉ®',
    'TÊTE-À-TÊTE',
  ],
  ...['田中太郎', '김철수', 'Иван Петров', 'Ελένη', 'محمد', 'דוד', 'สมชาย', 'नरेन्द्र', 'Հայկ', 'გიორგი', 'Nguyễn Thị'],
  ...[
    '+49 170 1234567',
    '+491701234567',
    '0170 1234567',
    '(555) 123-4567',
    '555.123.4567',
    '030/1234567',
    '+1-555-0100',
  ],
  ...[
    '0',
    '00123',
    '123',
    '12345678901234567',
    '1E5',
    '3E',
    '12E3',
    '1E+5',
    'E+17',
    'B1.2E+10X',
    '1.2.3',
    'v2.10.0-rc.1',
  ],
  ...[
    '4711.0',
    '100.0',
    'AB-0012-X',
    '0012-34',
    'PN 5E-11',
    'A4',
    '10%',
    '$1,000.00',
    '€ 5',
    '5 €',
    '£20',
    '½ day',
    '20 °C',
  ],
  ...['ana@example.com', 'josé@exämple.de', 'https://www.linkedin.com/in/ana', 'https://x.example/?q=a%20b&c=%C3%A9'],
  ...['2026-03-01', '01.03.2026', '3/1/2026', '1 March 2026', 'March 2026', 'Q3 2026', '12:30', '2026-11-23T02:00:00Z'],
  ...[
    '😀',
    '👩‍💻 dev',
    '🇩🇪',
    'a → b',
    'naïve',
    'façade',
    '½',
    '™',
    'Acme®',
    '§ 5',
    '¿Qué?',
    '¡Olé!',
    '¿?',
    'why?',
    '???',
  ],
  ...['-', '+', '@ana', '#1', 'C#', 'C++', 'R&D', 'true', 'a\tb'],
];

describe('no false alarm', () => {
  test('is given about any honest value, alone or over other honest values', () => {
    expect(new Set(HONEST).size).toBeGreaterThan(100);
    const alarms = HONEST.flatMap((value) => {
      const over = [null, '', 'something else', value];
      return over.flatMap((from) => damage('title', from, value) ?? []);
    });
    expect(alarms).toEqual([]);
    expect(HONEST.flatMap((value) => formulaError(value) ?? [])).toEqual([]);
  });

  test('is given about names, titles, places and notes of many languages, not even a warning', () => {
    const all = Object.entries(HONEST_VALUES).flatMap(([key, values]) => values.map((value) => ({ key, value })));
    expect(new Set(all.map(({ key, value }) => key + value)).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(500);
    const alarms = all.flatMap(({ key, value }) => {
      const field = fieldOf(key);
      const alone = damageOfCell(value, field, { nullToken: '<clear>', delimiter: ',', line: 2, isText: false });
      const beside = [null, 'something else', value].flatMap((from) => findDamage(field, from, value)?.message ?? []);
      return alone || beside.length > 0 ? [{ key, value, said: [alone?.said, ...beside] }] : [];
    });
    expect(alarms).toEqual([]);
  });

  test.each<[string, string, FieldValue, FieldValue]>([
    ['a number that is another one', 'notes', '00123', '124'],
    ['a zero that is added', 'notes', '123', '0123'],
    ['a phone number that gains its +', 'phone_number', '491701234567', '+491701234567'],
    ['a phone number that changes its form', 'phone_number', '+491701234567', '+49 170 1234567'],
    ['another phone number', 'phone_number', '+491701234567', '491701234568'],
    ['a national form', 'phone_number', '+491701234567', '0170 1234567'],
    ['a question where there was a statement', 'title', 'Ready!', 'Ready?'],
    ['a long number with other last digits', 'notes', '12345678901234567', '12345678901234568'],
    ['a number field', CUSTOM_FIELDS.seats, 5, 6],
    ['a number field of an exponent', CUSTOM_FIELDS.seats, null, 1e21],
    ['a date two days off', CUSTOM_FIELDS.renewalDate, '2026-03-01', '2026-03-03'],
    ['a date where there was none', CUSTOM_FIELDS.renewalDate, null, '2026-03-03'],
    ['a date that is cleared', CUSTOM_FIELDS.renewalDate, '2026-03-01', null],
    ['text that is cleared', 'notes', '00123', null],
    ['a name mended', 'first_name', 'JosÃ©', 'José'],
    ['a name translated', 'first_name', 'Zofia', 'Žofia'],
    ['honest tags', 'tags', ['A'], ['Großkunde', '“CAFÉ”']],
  ])('%s', (_, key, from, to) => {
    expect(damage(key, from, to)).toBeUndefined();
  });
});
