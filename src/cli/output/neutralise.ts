/**
 * What a terminal would obey, hide or reorder text by: control characters, bidirectional overrides, invisible characters,
 * line separators and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Scripts that are written with joiners inside words. */
const JOINED_SCRIPT =
  /(?=[\p{L}\p{M}])[\p{scx=Arab}\p{scx=Syrc}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Mong}]$/u;

/** An emoji, with a skin tone or a variation selector where it has one. */
const EMOJI_BEFORE = /\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{fe0f}]*$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u;

const LONGEST_CHARACTER = 2;

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

/** Invisible characters that belong to writing: joined emoji, their variants and those of ideographs, and joined scripts. */
function isWritten(letter: string, text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 3 * LONGEST_CHARACTER), at);
  const after = text.slice(at + letter.length, at + letter.length + LONGEST_CHARACTER);
  if (letter === '\u{fe0f}') return /\p{Emoji}$/u.test(before);
  if (/^[\u{e0100}-\u{e01ef}]$/u.test(letter)) return /\p{Script=Han}$/u.test(before);
  if (letter !== '\u{200d}' && letter !== '\u{200c}') return false;
  if (letter === '\u{200d}' && EMOJI_BEFORE.test(before) && EMOJI_AFTER.test(after)) return true;
  return JOINED_SCRIPT.test(before);
}

function escaped(letter: string): string {
  const code = letter.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : unicode(code);
}

function unicode(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
