import type { Problem } from '../model/problem.js';
import { findInvisible } from '../model/invisible.js';
import { cleanText, type FieldValue } from '../model/values.js';
import { guardingApostrophe, wrappedAddress, type AddressKind } from './damage-address.js';
import { lostLetters, markWithin, misreadOf, wrongCharset } from './damage-charset.js';
import { formula, formulaError } from './damage-formula.js';
import { lineBreak } from './damage-lines.js';
import { lostDigits, lostThousands, movedDate, numberAlone, thousandsPoint } from './damage-numbers.js';
import { missedToken, wordForNothing } from './damage-words.js';
import type { Field } from './fields.js';

/** What spreadsheets, exporters and copying do to values, as `check` groups it. */
export const DAMAGE_KINDS = {
  formula_error: 'errors of formulas',
  formula: 'formulas',
  swallowed_rows: 'rows that a quote has swallowed',
  line_break: 'line breaks in short fields',
  charset: 'text in the wrong charset',
  lost_letters: 'letters lost to ?',
  invisible: 'invisible characters in values',
  address: 'addresses with something around them',
  apostrophe: 'apostrophes that guard text',
  number: 'numbers that a program changed',
  no_value: 'words for no value',
  clear_token: 'near misses of the text that clears',
} as const;
export type DamageKind = keyof typeof DAMAGE_KINDS;

export interface Damage {
  kind: DamageKind;
  said: string;
  /** Told and sent: someone may be called so. */
  isWarning?: boolean;
}

/** What the cells of a file are judged by. */
export interface CellContext {
  /** The text that clears a field. */
  nullToken: string;
  delimiter: string | undefined;
  /** Where the cell starts. */
  line: number;
  /** It was marked as text: a formula in it is meant. */
  isText: boolean;
}

const ADDRESSES: Readonly<Record<string, AddressKind>> = { email: 'email', phone: 'phone', url: 'url' };
/** Fields of one line. */
const SHORT: readonly string[] = [
  'first_name',
  'last_name',
  'title',
  'phone_number',
  'email',
  'linkedin_url',
  'location',
];
/** Where the names of people and places are. */
const NAMES: readonly string[] = ['first_name', 'last_name', 'location'];
/** Where a question mark within a word is no question. */
const LETTERS: readonly string[] = ['first_name', 'last_name', 'title', 'location'];

/** Looks for damage in a trimmed cell by itself. Pure, and linear in its length. */
export function damageOfCell(cell: string, field: Field, context: CellContext): Damage | undefined {
  const { type, key } = field;
  const error =
    type.name === 'tags' || type.name === 'array' ? firstOf(cell.split(';'), formulaError) : formulaError(cell);
  if (error !== undefined) return { kind: 'formula_error', said: error };
  const isFormula = type.name === 'tags' || context.isText ? undefined : formula(cell);
  if (isFormula !== undefined) return { kind: 'formula', said: isFormula };
  const broken = SHORT.includes(key) ? lineBreak(cell, context.line) : undefined;
  if (broken !== undefined) return { kind: 'line_break', said: broken };
  return ofAddress(cell, type.name) ?? ofWords(cell, field, context) ?? ofText(cell, field, context);
}

function ofAddress(cell: string, type: string): Damage | undefined {
  const apostrophe = guardingApostrophe(cell);
  if (apostrophe !== undefined) return { kind: 'apostrophe', said: apostrophe };
  const kind = ADDRESSES[type];
  const said = kind && wrappedAddress(cell, kind);
  if (said !== undefined) return { kind: findInvisible(cell) === undefined ? 'address' : 'invisible', said };
  const hidden = type === 'enum' || type === 'uuid' ? findInvisible(cell) : undefined;
  return hidden === undefined
    ? undefined
    : { kind: 'invisible', said: `"${cell}" has an invisible character in it (${hidden})` };
}

function ofWords(cell: string, { key, type }: Field, { nullToken }: CellContext): Damage | undefined {
  const mayBeName = NAMES.includes(key);
  const missed = missedToken(cell, nullToken, mayBeName);
  // An option, a tag or a list item may have any name; where it has not, the cell is invalid.
  if (type.name === 'enum' && 'value' in type.parse(cell)) return undefined;
  if (missed !== undefined) return { kind: 'clear_token', said: missed };
  // Where it is no text, it is invalid.
  const isText = type.name === 'text' || type.name in ADDRESSES;
  const word = isText ? wordForNothing(cell, mayBeName) : undefined;
  return word && { kind: 'no_value', said: word.said, ...(word.isName ? { isWarning: true } : {}) };
}

function ofText(cell: string, { key, type }: Field, { delimiter }: CellContext): Damage | undefined {
  const number = type.name === 'number' ? thousandsPoint(cell, delimiter) : numberAlone(cell, type.name === 'phone');
  if (number !== undefined) return { kind: 'number', said: number };
  const charset = wrongCharset(cell);
  if (charset !== undefined) return { kind: 'charset', said: charset };
  const lost = LETTERS.includes(key) ? markWithin(cell, NAMES.includes(key)) : undefined;
  return lost === undefined ? undefined : { kind: 'lost_letters', said: lost };
}

/**
 * Looks for damage that shows beside the live value. Pure.
 * @returns what seems to have happened
 */
export function findDamage(field: Field, from: FieldValue, to: FieldValue): Problem | undefined {
  const said = beside(field, from, to);
  if (said === undefined) return undefined;
  return { code: 'damaged', field: field.key, message: `${field.label}: ${said}` };
}

function beside(field: Field, from: FieldValue, to: FieldValue): string | undefined {
  if (field.type.name === 'date') return movedDate(from, to);
  if (field.type.name === 'datetime') return swapped(from, to);
  if (typeof from === 'number' && typeof to === 'number') return lostThousands(from, to);
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const live = cleanText(from);
  if (/^['’‘`´]/.test(to) && cleanText(to.slice(1)) === live) return `"${to}" gained an apostrophe`;
  return lostDigits(live, to) ?? misreadOf(live, to) ?? lostLetters(live, to);
}

/** Times move by hours honestly; a swapped day keeps its time of day. */
function swapped(from: FieldValue, to: FieldValue): string | undefined {
  const [before, after] = [from, to].map((value) => (value === null ? '' : String(value)));
  const said = before!.slice(10, 16) === after!.slice(10, 16) ? movedDate(from, to) : undefined;
  return said?.includes('swapped') ? said : undefined;
}

function firstOf(items: readonly string[], look: (item: string) => string | undefined): string | undefined {
  for (const item of items) {
    const said = look(cleanText(item));
    if (said !== undefined) return said;
  }
  return undefined;
}

export { formulaError } from './damage-formula.js';
