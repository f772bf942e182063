import type { Problem } from '../model/problem.js';
import type { Field } from './fields.js';
import { cleanText, type FieldValue } from '../model/values.js';

/** What spreadsheets write where a formula failed; `#N/A` is a failed look-up. */
const FORMULA_ERROR =
  /^#(N\/A|REF!|NAME\?|VALUE!|DIV\/0!|NULL!|NUM!|SPILL!|CALC!|ERROR!|GETTING_DATA|BLOCKED!|CONNECT!)$/i;

/** How spreadsheets show a long number: `1.23E+17`, always with a sign and two digits. */
const SCIENTIFIC = /^[+-]?\d([.,]\d+)?E\+\d{2,3}$/;

/** A cell that is a formula's error, whatever its column is. */
export function formulaError(cell: string): string | undefined {
  return FORMULA_ERROR.test(cell) ? `${cell} is the error of a formula, not a value` : undefined;
}

/**
 * Looks for what spreadsheets do to values, in the new value and beside the live one. Pure.
 * @returns what seems to have happened
 */
export function findDamage(field: Field, from: FieldValue, to: FieldValue): Problem | undefined {
  const said = describeDamage(field, from, to);
  if (said === undefined) return undefined;
  return { code: 'damaged', field: field.key, message: `${field.label}: ${said}` };
}

function describeDamage(field: Field, from: FieldValue, to: FieldValue): string | undefined {
  if (field.type.name === 'date') return offByOneDay(from, to);
  const values = (Array.isArray(to) ? to : [to]).filter((value) => typeof value === 'string');
  for (const value of values) {
    const alone = wrongCharset(value) ?? scientific(field, value);
    if (alone !== undefined) return alone;
  }
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  return lostDigits(cleanText(from), to) ?? lostLetters(cleanText(from), to);
}

function scientific(field: Field, value: string): string | undefined {
  if (field.type.name === 'number' || !SCIENTIFIC.test(value)) return undefined;
  return `"${value}" is a long number as a spreadsheet shortens it`;
}

/** What turning text into a number takes away: zeros and a plus at the front, digits after the fifteenth. */
function lostDigits(from: string, to: string): string | undefined {
  if (/^0+\d+$/.test(from) && /^\d+$/.test(to) && stripZeros(from) === to) {
    return `"${to}" lost the leading zeros of "${from}"`;
  }
  const fromDigits = from.replace(/\D/g, '');
  if (from.startsWith('+') && /^\d[\d\s().-]*$/.test(to) && fromDigits !== '' && to.replace(/\D/g, '') === fromDigits) {
    return `"${to}" lost the + of "${from}"`;
  }
  if (/^\d{16,}$/.test(from) && from.length === to.length && from !== to) {
    const rounded = from.slice(0, 15) === to.slice(0, 15) && /^0+$/.test(to.slice(15));
    if (rounded) return `"${to}" lost the last digits of "${from}"`;
  }
  return /^\d+$/.test(from) && to === `${from}.0` ? `"${to}" gained a decimal: it was "${from}"` : undefined;
}

function stripZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

/** Letters that a charset did not have, written as `?`. */
function lostLetters(from: string, to: string): string | undefined {
  const [a, b] = [[...from], [...to]];
  if (a.length !== b.length || from === to) return undefined;
  const lost = a.every((letter, at) => letter === b[at] || (letter > '\u007f' && b[at] === '?'));
  return lost ? `"${to}" lost the letters of "${from}"` : undefined;
}

/** Windows-1252 for the bytes 0x80–0x9F; the rest is Latin-1. */
const CP1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Quotes, dashes and dots that honestly follow a letter, as in “CAFÉ”. */
const PUNCTUATION = /[…‘’“”–—•]$/;

/** UTF-8 that was read as Windows-1252 (`JosÃ©`), replacement characters, and control characters of Latin-1. */
function wrongCharset(value: string): string | undefined {
  if (value.includes('\ufffd')) return `"${value}" has characters that could not be read (\ufffd)`;
  if (/[\u0080-\u009f]/.test(value)) return `"${value}" was read in the wrong charset`;
  for (const { 0: run, index } of value.matchAll(/[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]+/g)) {
    const found = decodeAgain(run);
    if (!found) continue;
    const { misread, original } = found;
    const next = value.charAt(index + misread.length);
    if (misread.length === 2 && PUNCTUATION.test(misread) && !/\p{L}/u.test(next)) continue;
    return `"${value}" was read in the wrong charset: "${misread}" should be "${original}"`;
  }
  return undefined;
}

/** What was misread at the front of these characters, if their Windows-1252 bytes are the UTF-8 of a likely letter. */
function decodeAgain(run: string): { misread: string; original: string } | undefined {
  const bytes = [...run].map((letter) => {
    const special = CP1252.indexOf(letter);
    return special === -1 ? letter.charCodeAt(0) : 0x80 + special;
  });
  for (let length = Math.min(bytes.length, 4); length >= 2; length--) {
    const piece = bytes.slice(0, length);
    const original = piece.some((byte) => byte > 0xff) ? '' : Buffer.from(piece).toString('utf8');
    const isOne = [...original].length === 1 && original !== '\ufffd';
    // Two bytes make many rare letters by chance; Latin, Greek and Cyrillic ones are what names are made of.
    if (isOne && (length > 2 || /[\u00a0-\u017f\u0370-\u04ff]/.test(original))) {
      return { misread: run.slice(0, length), original };
    }
  }
  return undefined;
}

function offByOneDay(from: FieldValue, to: FieldValue): string | undefined {
  const [before, after] = [Date.parse(String(from)), Date.parse(String(to))];
  const days = (after - before) / 86_400_000;
  return Math.abs(days) === 1 ? `${String(to)} is a day off ${String(from)}, as time zones make it` : undefined;
}
