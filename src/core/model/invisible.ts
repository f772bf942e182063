/*
 * Characters that show nothing: what copying from web pages, chats and phone books leaves in text, and what some scripts
 * and emoji are written with. At the ends of a value they are trimmed as white space is.
 */

/** Zero-width and format characters, fillers and variation selectors. Arabic and other signs that show are not among them. */
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]$/u;
const ALL_INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** A Braille cell without dots is a blank as well. */
const WHITE_SPACE = /^[\s\u2800]$/u;

/** Scripts that are written with joiners inside words. */
const JOINED_SCRIPT =
  /(?=[\p{L}\p{M}])[\p{scx=Arab}\p{scx=Syrc}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Mong}]$/u;
/** Signs that take the vowel from a letter: a joiner behind one chooses the form of the letter, at the end of a word as well. */
const VIRAMA = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]$/u;

/** An emoji, with a skin tone or a variation selector where it has one. */
const EMOJI_BEFORE = /\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u;
/** A black flag and the letters of its region. */
const FLAG_BEFORE = /(?:\u{1f3f4}|[\u{e0020}-\u{e007e}])$/u;

const LONGEST_CHARACTER = 2;

/** Invisible characters that belong to writing: of emoji and flags, of variants of ideographs, of joined scripts. */
export function isWritten(letter: string, text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 3 * LONGEST_CHARACTER), at);
  if (letter === '\ufe0f' || letter === '\ufe0e') return /\p{Emoji}$/u.test(before);
  if (/^[\u{e0100}-\u{e01ef}\ufe00-\ufe02]$/u.test(letter)) return /\p{Script=Han}$/u.test(before);
  if (/^[\u180b-\u180f]$/.test(letter)) return /\p{Script=Mongolian}$/u.test(before);
  if (letter !== '\u200d' && letter !== '\u200c') return false;
  const after = text.slice(at + letter.length, at + letter.length + LONGEST_CHARACTER);
  if (letter === '\u200d' && EMOJI_BEFORE.test(before) && EMOJI_AFTER.test(after)) return true;
  return after === '' ? VIRAMA.test(before) : JOINED_SCRIPT.test(before);
}

/** As `isWritten`, with the letters of a flag's region. A screen shows those: text can be hidden in them. */
function belongs(letter: string, text: string, at: number): boolean {
  const isTag = /^[\u{e0020}-\u{e007f}]$/u.test(letter);
  return isTag ? FLAG_BEFORE.test(text.slice(Math.max(0, at - LONGEST_CHARACTER), at)) : isWritten(letter, text, at);
}

/** The first invisible character that no writing needs, as `U+200B`; undefined where there is none. */
export function findInvisible(text: string): string | undefined {
  for (const { 0: letter, index } of text.matchAll(ALL_INVISIBLE)) {
    if (!belongs(letter, text, index)) return codePoint(letter);
  }
  return undefined;
}

/** `U+200B`. */
export function codePoint(letter: string): string {
  return `U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Text without white space and invisible characters at both ends; those that belong to writing stay. Linear in its length. */
export function trimBlank(text: string): string {
  if (isPlain(text.charCodeAt(0)) && isPlain(text.charCodeAt(text.length - 1))) return text;
  let start = 0;
  while (start < text.length) {
    const letter = String.fromCodePoint(text.codePointAt(start)!);
    if (!WHITE_SPACE.test(letter) && !INVISIBLE.test(letter)) break;
    start += letter.length;
  }
  let end = text.length;
  while (end > start) {
    const letter = lastCharacter(text, end);
    const at = end - letter.length;
    const goes = WHITE_SPACE.test(letter) || (INVISIBLE.test(letter) && !belongs(letter, text.slice(0, end), at));
    if (!goes) break;
    end = at;
  }
  return text.slice(start, end);
}

/** Text without any invisible character. */
export function stripInvisible(text: string): string {
  return text.replace(ALL_INVISIBLE, '');
}

/** Most values begin and end with one of these. */
function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

function lastCharacter(text: string, end: number): string {
  const pair = text.slice(Math.max(0, end - 2), end);
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(pair) ? pair : text.slice(end - 1, end);
}
