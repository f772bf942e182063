import { canonicalId, isPathStep, isUuid } from './contact-id.js';
import { KEY_COLUMN, type Field } from './fields.js';
import { text } from './field-types.js';
import type { Column, Header } from './header.js';
import { isFieldKey, keyForm, keyProblem, type FieldKey, type RowKey } from './keys.js';
import { formulaError } from './lint.js';
import type { EditOptions } from './row-to-edit.js';
import type { CsvRecord } from '../model/csv-record.js';
import type { Problem } from '../model/problem.js';
import { trimBlank } from '../model/invisible.js';

/**
 * What a record names its contact by: the first of its key cells that is not empty. Pure.
 * @param problems is given what is wrong with it
 * @returns also the key cells behind it, as far as they can be read
 */
export function readKey(
  record: CsvRecord,
  { columns, keys }: Header,
  options: EditOptions,
  problems: Problem[],
): { key: RowKey | undefined; others: FieldKey[] } {
  const cells = keys.map((at) => ({ column: columns[at]!, cell: trimBlank(record.cells[at] ?? '') }));
  const [first, ...rest] = cells.filter(({ cell }) => cell !== '');
  if (!first) {
    problems.push(noKey(cells.map(({ column }) => nameOf(column))));
    return { key: undefined, others: [] };
  }
  const others = rest.flatMap(({ column, cell }) => readKeyCell(column, cell, options, []) ?? []);
  return { key: readKeyCell(first.column, first.cell, options, problems), others: others.filter(isFieldKey) };
}

function noKey(names: readonly string[]): Problem {
  const [field = KEY_COLUMN] = names;
  if (names.length > 1) {
    return { code: 'no_key', field, message: `${names.join(' and ')} are empty, expected one that names a contact` };
  }
  if (field !== KEY_COLUMN) {
    return { code: 'no_key', field, message: `${field} is empty, expected a value that names a contact` };
  }
  return { code: 'no_id', field, message: `${KEY_COLUMN} is empty, expected a contact id` };
}

function nameOf(column: Column): string {
  if (column.kind === 'custom') return column.name;
  return column.kind === 'key' && column.by !== 'id' ? column.by.label : KEY_COLUMN;
}

function readKeyCell(column: Column, cell: string, options: EditOptions, problems: Problem[]): RowKey | undefined {
  if (column.kind === 'key' && column.by === 'id') return { by: 'id', value: readId(cell, options, problems) };
  // Offline a custom field's type is not known, and any text may be a value of it.
  const by: Field = column.kind === 'key' && column.by !== 'id' ? column.by : untyped(nameOf(column));
  const wrong = (expected: string): undefined => {
    const shown = cell.length > 60 ? `${cell.slice(0, 60)}…` : cell;
    problems.push({ code: 'bad_value', field: by.key, message: `${by.label}: got "${shown}", expected ${expected}` });
    return undefined;
  };
  if (cell === options.nullToken || formulaError(cell) !== undefined) return wrong('a value that names a contact');
  const parsed = by.type.parse(cell);
  if ('expected' in parsed) return wrong(parsed.expected);
  const { value } = parsed;
  if (keyForm(by, value) === undefined) return wrong('a value that names a contact');
  const expected = keyProblem(by, value);
  return expected === undefined ? { by, value } : wrong(expected);
}

function untyped(name: string): Field {
  return { key: name, label: name, type: text };
}

function readId(cell: string, options: EditOptions, problems: Problem[]): string {
  if (isPathStep(cell)) {
    problems.push({ code: 'bad_value', field: KEY_COLUMN, message: `${KEY_COLUMN}: "${cell}" cannot be a contact id` });
  } else if (options.idFormat === 'uuid' && !isUuid(cell)) {
    problems.push({ code: 'bad_id', field: KEY_COLUMN, message: `${KEY_COLUMN}: "${cell}" is not a UUID` });
  }
  return canonicalId(cell);
}
