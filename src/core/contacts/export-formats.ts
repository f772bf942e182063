import type { Contact } from './types.js';
import type { Vocabulary } from './vocabulary.js';
import { CHANGED_AT, CONTACT_FIELDS, CREATED_AT, KEY_COLUMN, type Field } from './fields.js';
import { formatCell } from './format-cell.js';
import { typoOf } from './header.js';
import { foldName } from '../model/fold-name.js';
import { isFormula, LEFT_OUT_COLUMN, quoteFormula, type FormulaMode } from '../model/formula-cell.js';

/** How contacts become the records of a file. */
export interface ExportFormat<R> {
  /** What stands before the first contact. */
  head: readonly R[];
  /** Values so far that no record reads back as; they are left out, which leaves them alone. */
  leftOut: number;
  /** Values so far that a spreadsheet would take for formulas. */
  formulas: number;
  record(contact: Contact): R;
}

/**
 * Rows of a CSV that `sync` takes back unchanged.
 * @param formulas what becomes of cells that a spreadsheet would run
 */
export async function csvFormat(
  vocabulary: Vocabulary,
  formulas: FormulaMode = 'quote',
): Promise<ExportFormat<readonly string[]>> {
  const directory = await vocabulary.readTags();
  const fields = [...CONTACT_FIELDS, ...(await vocabulary.customFields())];
  const drops = formulas === 'drop';
  const format: ExportFormat<readonly string[]> = {
    head: [
      [KEY_COLUMN, ...columnNames(fields), LEFT_OUT_COLUMN, CHANGED_AT, CREATED_AT, 'source'].map((name) =>
        writeCell(name, formulas),
      ),
    ],
    leftOut: 0,
    formulas: 0,
    record(contact) {
      const leftOut: string[] = [];
      const cells = fields.map((field) => {
        const text = formatCell(field, field.type.read(contact[field.key]), directory);
        if (text === undefined) format.leftOut++;
        const isRun = text !== undefined && isFormula(text);
        if (isRun) format.formulas++;
        if (text !== undefined && !(isRun && drops)) return text;
        leftOut.push(field.key);
        return '';
      });
      const { updated_at, created_at, source } = contact;
      return [contact.id, ...cells, leftOut.join(' '), updated_at ?? '', created_at ?? '', source ?? ''].map((cell) =>
        writeCell(cell, formulas),
      );
    },
  };
  return format;
}

/** A cell that begins with the quote of a formula is quoted in each mode: it would be read as another value. */
function writeCell(cell: string, formulas: FormulaMode): string {
  return formulas === 'keep' && isFormula(cell) ? cell : quoteFormula(cell);
}

/** Contacts as the API gives them. */
export async function ndjsonFormat(vocabulary: Vocabulary): Promise<ExportFormat<Contact>> {
  const keys = [...CONTACT_FIELDS, ...(await vocabulary.customFields())].map(({ key }) => key);
  return {
    head: [],
    leftOut: 0,
    formulas: 0,
    record(contact) {
      // An API may leave out what is empty. In a file that says nothing of why, an absent field is a mistake.
      const absent = keys.filter((key) => !Object.hasOwn(contact, key));
      return { ...contact, ...Object.fromEntries(absent.map((key) => [key, null])) };
    },
  };
}

/** Display names for custom fields, and keys where a name is taken or means something else. */
function columnNames(fields: readonly Field[]): string[] {
  const reserved = new Set([
    'id',
    'contactid',
    'updatedat',
    'createdat',
    'accountid',
    'source',
    'scoring',
    'heatscore',
    'object',
    '',
  ]);
  const counts = new Map<string, number>();
  for (const { label } of fields) counts.set(foldName(label), (counts.get(foldName(label)) ?? 0) + 1);
  return fields.map(({ key, label }) => {
    const folded = foldName(label);
    const standard = CONTACT_FIELDS.some((field) => field.key === key);
    const unclear = reserved.has(folded) || counts.get(folded)! > 1 || /^(_|expected:)/i.test(label);
    return standard || !(unclear || typoOf(label) !== undefined) ? label : key;
  });
}
