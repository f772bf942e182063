import { delimiterName } from '../model/delimiters.js';
import { foldName } from '../model/fold-name.js';
import { trimBlank } from '../model/invisible.js';
import type { HeaderProblem, HeaderSeen } from '../model/problem.js';
import { listIds, nearest, suggested } from '../model/suggest.js';
import { CHANGED_AT, CONTACT_FIELDS, KEY_COLUMN, type Field } from './fields.js';
import type { Column, Header } from './header.js';

/** Where a header was found, and how it was read. */
export type HeaderFound = Omit<HeaderSeen, 'columns'>;

/** If nobody says otherwise. */
export const FIRST_LINE: HeaderFound = { line: 1, delimiter: ',' };

/** @param suggestion the name that may be meant */
export function unknownColumn(line: number, at: number, column: string, suggestion: string | undefined): HeaderProblem {
  const near = suggestion === undefined ? '' : suggested(suggestion);
  const message = `line ${line}, column ${at + 1}: unknown column "${column}"${near}; expected a field of the API or a custom field`;
  return { code: 'unknown_column', message, column, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** The name that a column's may be a typo of, or has a part of its words: `Phone`, `Job Title`. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const folded = foldName(name);
  const isPart = (part: string, whole: string): boolean => part.length >= 4 && whole.includes(part);
  return (
    nearest(name, known) ?? known.find((other) => isPart(folded, foldName(other)) || isPart(foldName(other), folded))
  );
}

/** Says once which custom fields there are, where no name is near. */
export function nameFields(problems: HeaderProblem[], customFields: readonly Field[]): void {
  const isLost = ({ code, suggestion }: HeaderProblem): boolean =>
    code === 'unknown_column' && suggestion === undefined;
  const last = problems.findLast(isLost);
  if (!last) return;
  const names = listIds(customFields.map((field) => field.label));
  last.message += names === '' ? ', of which there are none' : `: ${names}`;
}

/** A column that is ignored by its name, and a custom field has the same name. */
export function ambiguousColumn(line: number, at: number, name: string, field: Field): HeaderProblem {
  const why = name.startsWith('_')
    ? 'a column whose name begins with _ is ignored'
    : 'the API has a read-only field of this name';
  const message = `line ${line}, column ${at + 1}: "${name}" may mean a custom field, but ${why}; name the field by its key: ${field.key}`;
  return { code: 'ambiguous_column', message, column: name };
}

/** Columns that are for one purpose. @param isSettled whether a column's purpose is known yet */
export function findClashes(
  { names, columns, line }: Header,
  isSettled: (column: Column) => boolean = () => true,
): HeaderProblem[] {
  const seen = new Map<string, number>();
  return columns.flatMap((column, at): HeaderProblem[] => {
    const purpose = isSettled(column) ? purposeOf(column) : undefined;
    if (purpose === undefined) return [];
    const first = seen.get(purpose);
    if (first === undefined) {
      seen.set(purpose, at);
      return [];
    }
    const message = `line ${line}, column ${at + 1}: "${names[at]}" and column ${first + 1} "${names[first]}" are both ${purpose}`;
    return [{ code: 'repeated_column', message }];
  });
}

/** A header without a column to edit. */
export function findFieldless({ columns, line }: Header): HeaderProblem[] {
  if (columns.some((column) => column.kind === 'field' || (column.kind === 'custom' && column.isKey !== true)))
    return [];
  const keys = new Set(columns.flatMap((column) => (column.kind === 'key' && column.by !== 'id' ? [column.by] : [])));
  const fields = CONTACT_FIELDS.filter((field) => !keys.has(field)).map((field) => field.key);
  const message = `line ${line}: no column to edit; expected at least one of ${fields.join(', ')}`;
  return [{ code: 'no_field_column', message }];
}

/** Column names that a message quotes, and so many characters of each. */
const [SHOWN_COLUMNS, SHOWN_NAME] = [8, 40];

/** The problem that the header has no column for a key, with how it was read and where such a column is. */
export function asRead(problem: HeaderProblem, columns: readonly string[], found: HeaderFound): HeaderProblem {
  const { delimiter, elsewhere } = found;
  const shown = columns.slice(0, SHOWN_COLUMNS).map((name) => {
    const whole = trimBlank(name);
    return `"${whole.length > SHOWN_NAME ? `${whole.slice(0, SHOWN_NAME)}…` : whole}"`;
  });
  const more = columns.length - shown.length;
  const read = `read with ${delimiterName(delimiter)} as the delimiter, it has ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const other = elsewhere ? `; line ${elsewhere.line} has such a column` : '';
  return { ...problem, message: `${problem.message}; ${read}${other}`, seen: { ...found, columns } };
}

function purposeOf(column: Column): string | undefined {
  switch (column.kind) {
    case 'key':
      return column.by === 'id' ? KEY_COLUMN : column.by.key;
    case 'unchanged_since':
      return CHANGED_AT;
    case 'field':
      return column.field.key;
    case 'expected':
      return `expected:${column.field.key}`;
    case 'custom':
      return `${column.expected ? 'expected:' : ''}${foldName(column.name)}`;
    case 'ignored':
      return undefined;
  }
}
