import { cleanText } from '../model/values.js';
import { cut } from './damage-formula.js';

/** Longer text is no number. */
const LONGEST = 60;

/** `1.23E+17`, in any spelling. */
const SCIENTIFIC = /^[+-]?\d{1,20}([.,]\d{1,20})? ?(?:e|[×x*] ?10\^?) ?([+-]?)\d{1,3}$/i;
/** `4520400100.0`. */
const FLOAT = /^[+-]?(\d[\d ]*)[.,](0{1,3})$/;
/** Digits with what people write between them. */
const NUMBER_LIKE = /^[+(]?\d[\d\s().,/'’-]*$/;

/** A number as a program wrote it that took it for a quantity, told by itself. */
export function numberAlone(cell: string, isPhone: boolean): string | undefined {
  if (cell.length > LONGEST) return undefined;
  const [, decimals, sign] = SCIENTIFIC.exec(cell) ?? [];
  if (sign !== undefined && (isPhone || decimals !== undefined || /e\+\d{2,3}$/i.test(cell))) {
    return `"${cell}" is a long number as a spreadsheet shortens it`;
  }
  const [, whole = '', zeros = ''] = FLOAT.exec(cell) ?? [];
  const isLong = digitsOf(whole).length >= 7 && zeros.length === 1;
  return whole !== '' && (isPhone || isLong) ? `"${cell}" gained a decimal: it is no quantity` : undefined;
}

/** What turning text into a number takes away: zeros and a plus at the front, digits after the fifteenth. */
export function lostDigits(before: string, to: string): string | undefined {
  if (before.length > LONGEST || to.length > LONGEST) return undefined;
  const from = cleanText(before);
  if (/^0\d+$/.test(from) && /^\d+$/.test(to) && stripZeros(from) === to) {
    return `"${to}" lost the leading zeros of "${from}"`;
  }
  const fromDigits = digitsOf(from);
  if (from.startsWith('+') && /^\d[\d\s().-]*$/.test(to) && fromDigits !== '' && digitsOf(to) === fromDigits) {
    return `"${to}" lost the + of "${from}"`;
  }
  if (/^\d{16,}$/.test(from) && from.length === to.length && from !== to) {
    const rounded = from.slice(0, 15) === to.slice(0, 15) && /^0+$/.test(to.slice(15));
    if (rounded) return `"${to}" lost the last digits of "${from}"`;
  }
  if (!NUMBER_LIKE.test(from)) return undefined;
  if (SCIENTIFIC.test(to) && fromDigits.length >= 5) return `"${to}" is a long number as a spreadsheet shortens it`;
  const [, whole] = FLOAT.exec(to) ?? [];
  const isSame = whole !== undefined && stripZeros(digitsOf(whole)) === stripZeros(fromDigits);
  return isSame ? `"${to}" gained a decimal: it was "${from}"` : undefined;
}

/** `1.250` where a comma is the decimal sign: that many thousands, or a little more than one. */
export function thousandsPoint(cell: string, delimiter: string | undefined): string | undefined {
  if (delimiter !== ';' || cell.length > LONGEST || !/^[+-]?\d{1,3}(?:\.\d{3})+$/.test(cell)) return undefined;
  return `"${cell}" may be ${cell.replaceAll('.', '')}: files with semicolons write thousands with a point`;
}

/** A thousandth of what was there. */
export function lostThousands(from: number, to: number): string | undefined {
  const isThousandth = from !== 0 && Math.abs(to * 1000 - from) < Math.abs(from) * 1e-12;
  return isThousandth ? `${to} is a thousandth of ${from}, as a point for thousands makes it` : undefined;
}

/** Days between the two calendars of Excel. */
const CALENDARS = 1462;

/** A date that a time zone, the order of day and month, or another calendar moved. */
export function movedDate(from: unknown, to: unknown): string | undefined {
  const [before, after] = [from, to].map(String) as [string, string];
  const days = (Date.parse(after.slice(0, 10)) - Date.parse(before.slice(0, 10))) / 86_400_000;
  if (Number.isNaN(days) || days === 0) return undefined;
  const [year, month, day] = before.slice(0, 10).split('-');
  if (after.slice(0, 10) === `${year}-${day}-${month}`) return `${cut(after)} is ${before} with day and month swapped`;
  if (Math.abs(days) === 1) return `${cut(after)} is a day off ${before}, as time zones make it`;
  return Math.abs(days) === CALENDARS ? `${cut(after)} is ${before} in the other calendar of Excel` : undefined;
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

function stripZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}
