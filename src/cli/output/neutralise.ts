import { isWritten } from '../../core/model/invisible.js';

/**
 * What a terminal would obey, hide or reorder text by: control characters, bidirectional overrides, invisible characters,
 * line separators and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text of several lines for people: only line breaks and tabs are left of what a terminal acts upon. Others show as `\x1b`. */
export function neutralise(text: string): string {
  return text.replace(UNSAFE, (letter, at: number) =>
    letter === '\n' || letter === '\t' || isWritten(letter, text, at) ? letter : escaped(letter),
  );
}

/** The colours of our own screens, which set nothing but how letters look. */
const STYLE = new RegExp(`(${String.fromCharCode(27)}\\[(?:1|2|22|31|32|33|36|39)m)`);

/** As `neutralise`, for screens with colours. Values in them have been through `oneLine` already. */
export function neutraliseStyled(text: string): string {
  return text
    .split(STYLE)
    .map((part) => (STYLE.test(part) ? part : neutralise(part)))
    .join('');
}

/** As `neutralise`, for what must stay one line whatever values it holds. */
export function oneLine(text: string): string {
  return neutralise(text).replace(/\n/g, '\\n');
}

/**
 * JSON that means the same and holds nothing that a terminal acts upon.
 * @param indent blanks a level; 0: in one line
 */
export function neutralJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (letter) =>
    letter === '\n' ? letter : [...Array(letter.length).keys()].map((at) => unicode(letter.charCodeAt(at))).join(''),
  );
}

function escaped(letter: string): string {
  const code = letter.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : unicode(code);
}

function unicode(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
