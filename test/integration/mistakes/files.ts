import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { expect } from '@jest/globals';
import { id } from '../../support/world.js';
import { csvOf, files, ID, type Mistake } from './mistake.js';

const USAGE = { code: 2 } as const;
const PLAN = ['plan', 'edits.csv'] as const;

/** The first entries of a ZIP archive, as their names are in it. */
function zip(entry: string): Buffer {
  return Buffer.from(`PK\u0003\u0004\u0014\u0000\u0006\u0000${entry}`, 'latin1');
}

const FILE_MISTAKES: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'a misspelt file',
    run: ['sync', 'edtis.csv'],
    says: ['edtis.csv: no such file (did you mean "edits.csv"?)'],
  },
  {
    ...USAGE,
    mistake: 'a file in a folder that does not exist',
    run: ['sync', 'nodir/edits.csv'],
    says: [/nodir\/edits\.csv: no such file: there is no folder \/.*\/nodir\n/],
  },
  {
    ...USAGE,
    mistake: 'a Windows path without quotes',
    run: ['sync', 'C:Usersmeedits.csv'],
    says: ['C:Usersmeedits.csv: no such file. If this was a Windows path', 'quote it, or use /'],
  },
  {
    ...USAGE,
    mistake: 'a workbook of Excel, whatever its name',
    arrange: files({ 'edits.csv': zip('[Content_Types].xml') }),
    run: PLAN,
    says: ['edits.csv: this is an Excel workbook; save it as "CSV UTF-8"'],
    not: [/NUL/],
  },
  {
    ...USAGE,
    mistake: 'a workbook of an old Excel',
    arrange: files({ 'book.xls': Buffer.from('d0cf11e0a1b11ae1', 'hex') }),
    run: ['check', 'book.xls'],
    says: ['book.xls: this is an Excel workbook; save it as "CSV UTF-8"'],
  },
  {
    ...USAGE,
    mistake: 'a workbook of LibreOffice',
    arrange: files({ 'book.ods': zip('mimetypeapplication/vnd.oasis.opendocument.spreadsheet') }),
    run: ['check', 'book.ods'],
    says: ['book.ods: this is an OpenDocument spreadsheet; save it as "Text CSV" in UTF-8'],
  },
  {
    ...USAGE,
    mistake: 'a CSV in an archive',
    arrange: files({ 'edits.zip': zip('edits.csv') }),
    run: ['check', 'edits.zip'],
    says: ['edits.zip: this is a ZIP archive; extract the CSV from it'],
  },
  {
    ...USAGE,
    mistake: 'a folder',
    arrange: () => mkdirSync('adir'),
    run: ['sync', 'adir'],
    says: ['adir: is a folder'],
  },
  {
    ...USAGE,
    mistake: 'an empty file',
    arrange: csvOf(''),
    run: PLAN,
    says: ['edits.csv: line 1: the file is empty, expected a header'],
  },
  {
    code: 0,
    mistake: 'a header without rows, as an export that failed leaves it',
    arrange: csvOf('contact_id,title'),
    run: ['sync', 'edits.csv'],
    says: ['warn 0 rows: the file has a header only, so there is nothing to do'],
    shows: ['edits.csv  no rows'],
  },
  {
    code: 5,
    mistake: 'a header without rows, with --strict',
    arrange: csvOf('contact_id,title'),
    run: ['sync', 'edits.csv', '--strict'],
    says: ['guard: the plan has 0 rows; a strict plan requires at least one\n', 'nothing was sent'],
    not: [/anyway/, /without --strict/],
  },
  {
    ...USAGE,
    mistake: 'a file in Latin-1',
    arrange: files({ 'edits.csv': Buffer.from(`contact_id,title\n${ID},Käse\n`, 'latin1') }),
    run: PLAN,
    says: ['edits.csv: line 2 is not valid UTF-8. Save the file as "CSV UTF-8" and try again.'],
  },
  {
    ...USAGE,
    mistake: 'a quote that is never closed',
    arrange: csvOf('contact_id,title', `${ID},"Boss`, `${id(2)},Two`),
    run: PLAN,
    says: ['edits.csv: line 2, column 2: a quote is opened and never closed'],
  },
  {
    code: 0,
    mistake: 'a file that is deleted before its run is resumed',
    async arrange({ cli }) {
      await cli('plan', 'edits.csv');
      rmSync('edits.csv');
    },
    run: ['apply', 'latest'],
    shows: ['2  updated'],
  },
];

const HEADER_MISTAKES: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'ids alone',
    arrange: csvOf('contact_id', ID),
    run: PLAN,
    says: ['line 1: no column to edit; expected at least one of first_name, last_name'],
  },
  {
    ...USAGE,
    mistake: 'e-mail addresses in place of ids',
    arrange: csvOf('email,title', 'a@b.example,Boss'),
    run: PLAN,
    says: [
      'no column "contact_id" or "id"; read with comma as the delimiter, it has "email", "title"; to find contacts by another column, use --key email',
    ],
  },
  { code: 0, mistake: 'another spelling of the id column', arrange: csvOf(' Contact Id ,title', `${ID},A`), run: PLAN },
  { code: 0, mistake: 'the id column in one word', arrange: csvOf('ContactID,title', `${ID},B`), run: PLAN },
  {
    ...USAGE,
    mistake: 'half of the name of the id column, told in one line',
    arrange: csvOf('Contact,title', `${ID},Boss`),
    run: PLAN,
    says: ['unknown column "Contact" (did you mean "contact_id"?)', '--map "Contact=contact_id"'],
    not: [/did you mean "contact"/, /no column "contact_id"/],
  },
  {
    ...USAGE,
    mistake: 'a misspelt column, told in one line',
    arrange: csvOf('contact_id,titel', `${ID},Boss`),
    run: PLAN,
    says: ['unknown column "titel" (did you mean "title"?)', 'Map it with --map "titel=title"'],
    not: [/no column to edit/],
  },
  {
    ...USAGE,
    mistake: 'the columns of another program',
    arrange: csvOf('contact_id,Phone,Job Title', `${ID},1,Boss`),
    run: PLAN,
    says: ['--map "Phone=phone_number"', '--map "Job Title=title"'],
  },
  {
    ...USAGE,
    mistake: 'a column twice',
    arrange: csvOf('contact_id,title,Title', `${ID},A,B`),
    run: PLAN,
    says: ['line 1, column 3: "Title" and column 2 "title" are both title'],
  },
  {
    ...USAGE,
    mistake: 'columns that are no fields, after which those that exist are named once',
    arrange: csvOf('contact_id,Wibble,Wobble', `${ID},A,B`),
    run: PLAN,
    says: [
      /"Wibble"; expected a field of the API or a custom field\. .*\n.*"Wobble".* a custom field: Account Tier, .*/,
    ],
  },
  {
    ...USAGE,
    mistake: 'a misspelt custom field',
    arrange: csvOf('contact_id,Acount Tier', `${ID},Gold`),
    run: PLAN,
    says: ['unknown column "Acount Tier" (did you mean "Account Tier"?)', '--map "Acount Tier=Account Tier"'],
  },
  {
    code: 0,
    mistake: 'pipes between cells',
    arrange: csvOf('contact_id|title', `${ID}|Piped`),
    run: PLAN,
    shows: ['1  planned'],
  },
  {
    ...USAGE,
    mistake: 'another delimiter than the file has',
    arrange: csvOf('contact_id;title', `${ID};Boss`),
    run: [...PLAN, '--delimiter', ','],
    says: ['read with comma as the delimiter, it has "contact_id;title"', 'Use --delimiter semicolon'],
  },
  {
    code: 0,
    mistake: 'the line sep=; of Excel',
    arrange: csvOf('sep=;', 'contact_id;title', `${ID};Sep`),
    run: PLAN,
    shows: ['1  planned'],
  },
  {
    ...USAGE,
    mistake: 'a title above the header',
    arrange: csvOf('My contacts', '', 'contact_id;title', `${ID};Boss`),
    run: PLAN,
    says: ['it has "My contacts"; line 3 has such a column. Use --skip-lines 2 --delimiter semicolon'],
  },
  {
    ...USAGE,
    mistake: 'a mapping with its sides swapped',
    arrange: csvOf('contact_id,job', `${ID},Boss`),
    run: [...PLAN, '--map', 'title=job'],
    says: [
      '--map "title=job": the file has no column "title", but a column "job": write the column first, "job=title"',
    ],
    not: [/unknown column/],
  },
  {
    ...USAGE,
    mistake: 'a mapping to a misspelt field',
    arrange: csvOf('contact_id,job', `${ID},Boss`),
    run: [...PLAN, '--map', 'job=titel'],
    says: ['--map "job=titel": there is no field "titel" (did you mean "title"?)'],
    not: [/unknown column/],
  },
  {
    ...USAGE,
    mistake: 'the same where unknown columns are skipped, as one that is mapped is meant',
    arrange: csvOf('contact_id,title,job', `${ID},Boss,x`),
    run: [...PLAN, '--map', 'job=wibble', '--ignore-unknown-columns'],
    says: ['--map "job=wibble": there is no field "wibble"'],
  },
  {
    ...USAGE,
    mistake: 'a mapping of a misspelt column',
    arrange: csvOf('contact_id,job', `${ID},Boss`),
    run: [...PLAN, '--map', 'jbo=title'],
    says: ['--map "jbo=title": the file has no column "jbo" (did you mean "job"?)'],
  },
];

const ROW_MISTAKES: readonly Mistake[] = [
  {
    code: 3,
    mistake: 'a tag that does not exist, told on the screen',
    arrange: csvOf('contact_id,tags', `${ID},Nope`),
    run: PLAN,
    shows: ['1  invalid  tags: got "Nope", expected a tag that exists; "Nope" does not (row 2)'],
    after: () => expect(existsSync('runs')).toBe(true),
  },
  {
    code: 3,
    mistake: 'too few cells',
    arrange: csvOf('contact_id,title,notes', `${ID},Boss`),
    run: PLAN,
    shows: ['the row has 2 cells, expected 3 as in the header'],
  },
  {
    code: 3,
    mistake: 'too many cells',
    arrange: csvOf('contact_id,title', `${ID},Boss,of,all`),
    run: PLAN,
    shows: ['the row has 4 cells, expected 2 as in the header'],
  },
  {
    code: 0,
    mistake: 'blank rows at the end, as Excel writes them',
    arrange: csvOf('contact_id,title', `${ID},Blank`, ',', ','),
    run: PLAN,
    shows: ['edits.csv  1 row\n'],
  },
  {
    code: 3,
    mistake: 'a German date and a German number',
    arrange: csvOf('contact_id,Renewal Date,Seats', `${ID},24.12.2026,"1.234,5"`),
    run: PLAN,
    shows: [
      'Renewal Date: got "24.12.2026", expected a date as YYYY-MM-DD',
      'Seats: got "1.234,5", expected a number such as 1234.5',
    ],
  },
  {
    ...USAGE,
    mistake: 'an export over the file with an hour of edits, which stay',
    arrange: csvOf('contact_id,title', `${ID},An hour`),
    run: ['export', '--out', 'edits.csv'],
    says: ['edits.csv: already exists; use --force to overwrite it'],
    after: () => expect(readFileSync('edits.csv', 'utf8')).toContain('An hour'),
  },
];

/** The CSV: the file, its header and its rows. */
export const FILES: readonly Mistake[] = [...FILE_MISTAKES, ...HEADER_MISTAKES, ...ROW_MISTAKES];
