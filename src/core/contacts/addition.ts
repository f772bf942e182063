import type { Change } from '../model/plan-line.js';
import { cleanText, isEmpty, type FieldType, type FieldValue } from '../model/values.js';

/** The line ends that a text may have, each kept where the text is split at it. */
const LINE_END = /(\r\n|[\r\n])/;

/** The value with a text on a new line, or with items at its end; what it holds already is not added. Pure. */
export function withAddition(type: FieldType, value: FieldValue, added: FieldValue): FieldValue {
  if (isEmpty(added)) return value;
  if (type.grows === 'items') {
    return [...itemsOf(value), ...new Set(itemsOf(added).filter((item) => !holds(type, value, item)))];
  }
  if (holds(type, value, String(added))) return value;
  if (isBlank(value)) return added;
  const text = String(value);
  return `${text}${/[\r\n]$/.test(text) ? '' : '\n'}${String(added)}`;
}

/** What `withAddition` added: one text, or items. Pure. */
export function additionOf({ from, to }: Change): string[] {
  if (Array.isArray(to)) return to.slice(itemsOf(from).length);
  const text = String(to ?? '');
  return [isBlank(from) ? text : text.slice(String(from).length).replace(/^\n/, '')];
}

/** Whether a value has all of an addition. */
export function holdsAll(type: FieldType, value: FieldValue, addition: readonly string[]): boolean {
  return addition.every((part) => holds(type, value, part));
}

/** Whether a value has nothing of an addition. */
export function holdsNone(type: FieldType, value: FieldValue, addition: readonly string[]): boolean {
  return !addition.some((part) => holds(type, value, part));
}

/**
 * The value without an addition; null where nothing is left. Pure.
 * @returns undefined where a text of it is not there any more as it was added
 */
export function withoutAddition(
  type: FieldType,
  value: FieldValue,
  addition: readonly string[],
): FieldValue | undefined {
  if (type.grows === 'items') {
    const items = itemsOf(value).filter((item) => !holds(type, [...addition], item));
    return items.length === 0 ? null : items;
  }
  let text = String(value ?? '');
  // The one that was added last is at the end.
  for (const part of [...addition].reverse()) {
    const left = withoutLines(text, part);
    if (left === undefined) return undefined;
    text = left;
  }
  return isBlank(text) ? null : text;
}

/** A part of an addition is there as an item of a list, or as whole lines of a text. */
function holds(type: FieldType, value: FieldValue, part: string): boolean {
  if (type.grows === 'items') return itemsOf(value).some((item) => type.same([item], [part]));
  return !isBlank(value) && findLines(piecesOf(String(value)), part) !== -1;
}

function withoutLines(text: string, part: string): string | undefined {
  const pieces = piecesOf(text);
  const at = findLines(pieces, part);
  if (at === -1) return undefined;
  // With the line end before them, or that behind them where they come first.
  pieces.splice(Math.max(0, at - 1), piecesOf(part).length + 1);
  return pieces.join('');
}

/** Where the lines of `part` stand last among the pieces of a text; -1 where they do not. */
function findLines(pieces: readonly string[], part: string): number {
  const lines = piecesOf(part).filter((_, at) => at % 2 === 0);
  const isAt = (start: number): boolean =>
    lines.every((line, nth) => {
      const piece = pieces[start + 2 * nth];
      return piece !== undefined && cleanText(piece) === cleanText(line);
    });
  for (let start = pieces.length - 1; start >= 0; start -= 2) if (isAt(start)) return start;
  return -1;
}

/** Lines, with the line ends between them. */
function piecesOf(text: string): string[] {
  return text.split(LINE_END);
}

function itemsOf(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function isBlank(value: FieldValue): boolean {
  return isEmpty(value) || (typeof value === 'string' && cleanText(value) === '');
}
