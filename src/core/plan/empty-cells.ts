import type { Field } from '../contacts/fields.js';
import { clearing, type Edit, type EditResult, type EmptyMode } from '../contacts/row-to-edit.js';
import { isEmpty } from '../model/values.js';
import type { ExportRow } from '../input/export-file.js';

/**
 * Decides what the empty cells of a row ask for. Those that ask for their field to be cleared become edits; of the
 * others, `empty` keeps those that the file may have meant otherwise. Pure.
 * @param base the contact's row of the base; undefined where there is none
 */
export function settleEmptyCells(edit: Edit, mode: EmptyMode, base?: ExportRow): Edit {
  if (edit.empty.length === 0) return edit;
  const that = (asked: Asked): Field[] => edit.empty.filter((field) => askedOf(field, mode, base) === asked);
  return { ...edit, wanted: [...edit.wanted, ...that('clear').map(clearing)], empty: that('leave') };
}

/** Cells that an export left empty, because no cell could hold their values, ask for nothing. Pure. @param leftOut their keys */
export function withoutLeftOut(result: EditResult, leftOut = ''): EditResult {
  if (leftOut === '' || !('edit' in result)) return result;
  const keys = new Set(leftOut.split(' '));
  const { edit } = result;
  return { edit: { ...edit, empty: edit.empty.filter(({ key }) => !keys.has(key)) } };
}

/** `nothing`: the cell was empty before. */
type Asked = 'clear' | 'leave' | 'nothing';

function askedOf({ key }: Field, mode: EmptyMode, base: ExportRow | undefined): Asked {
  if (mode === 'clear') return 'clear';
  const before = base?.[key];
  // Nobody knows whether a person emptied it.
  if (before === undefined) return 'leave';
  if (isEmpty(before)) return 'nothing';
  return mode ?? 'clear';
}
