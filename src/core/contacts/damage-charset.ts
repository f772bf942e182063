import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { cleanText } from '../model/values.js';
import { cut } from './damage-formula.js';

/** Bytes 0x80 to 0xFF of the code pages that Node does not have: www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/PC/. */
const CP850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0';
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** A charset in which UTF-8 may have been read. */
interface CodePage {
  name: string;
  bytes: ReadonlyMap<string, number>;
  /** Few of its letters follow one another by chance as bytes of UTF-8 do: a single pair of letters is enough. */
  isPlain: boolean;
}

/** Windows-1252 for the bytes 0x80 to 0x9F; the rest is Latin-1. Node 20 decodes it as Latin-1 alone. */
const CP1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const LATIN1 = String.fromCharCode(...Array.from({ length: 96 }, (_, at) => 0xa0 + at));

const DECODED = ['macintosh', 'windows-1250', 'windows-1251', 'koi8-r', 'ibm866'];

let pages: readonly CodePage[] | undefined;

function codePages(): readonly CodePage[] {
  pages ??= [
    pageOf('windows-1252', CP1252 + LATIN1),
    ...DECODED.map((name) =>
      pageOf(name, new TextDecoder(name).decode(Uint8Array.from({ length: 128 }, (_, at) => 128 + at))),
    ),
    pageOf('cp850', CP850),
    pageOf('cp437', CP437),
  ];
  return pages;
}

function pageOf(name: string, upper: string): CodePage {
  const bytes = new Map([...upper].map((letter, at) => [letter, 128 + at]));
  const isPlain = name === 'windows-1252';
  // Latin-1 differs by its control characters alone, and programs mix the two.
  if (isPlain) for (let code = 0x80; code < 0xa0; code++) bytes.set(String.fromCharCode(code), code);
  return { name, bytes, isPlain };
}

/** UTF-8 that was read in another charset, characters that could not be read, and control characters of Latin-1. */
export function wrongCharset(value: string): string | undefined {
  if (value.includes('\ufffd')) return `"${cut(value)}" has characters that could not be read (\ufffd)`;
  if (/[\u0080-\u009f]/.test(value)) return `"${cut(value)}" was read in the wrong charset`;
  for (const { 0: run, index } of value.matchAll(/[^\p{ASCII}]{2,}/gu)) {
    const [before, after] = [
      value.slice(Math.max(0, index - 1), index),
      value.slice(index + run.length, index + run.length + 1),
    ];
    for (const page of codePages()) {
      const found = readAgain(run, page, before, after);
      if (found)
        return `"${cut(value)}" was read in the wrong charset: "${cut(found.misread)}" should be "${cut(found.original)}"`;
    }
  }
  return undefined;
}

/** Text that is the live value, read in another charset. */
export function misreadOf(from: string, to: string): string | undefined {
  if (!/[^\p{ASCII}]/u.test(to) || to.length < from.length) return undefined;
  const isIt = codePages().some(({ bytes }) => {
    const again = encode(to, bytes);
    return again !== undefined && isUtf8(again) && cleanText(again.toString('utf8')) === cleanText(from);
  });
  return isIt ? `"${cut(to)}" is "${cut(from)}" read in the wrong charset` : undefined;
}

function encode(text: string, bytes: CodePage['bytes']): Buffer | undefined {
  const found: number[] = [];
  for (const letter of text) {
    const byte = letter < '\u0080' ? letter.charCodeAt(0) : bytes.get(letter);
    if (byte === undefined) return undefined;
    found.push(byte);
  }
  return Buffer.from(found);
}

/** Quotes, dashes and dots that honestly follow a letter, as in “CAFÉ”. */
const PUNCTUATION = /[…‘’“”–—•]$/;

function readAgain(
  run: string,
  { bytes, isPlain }: CodePage,
  before: string,
  after: string,
): { misread: string; original: string } | undefined {
  const encoded = mayBegin(run.slice(0, 2), bytes) ? encode(run, bytes) : undefined;
  const whole = encoded && isUtf8(encoded) ? encoded.toString('utf8') : undefined;
  if (whole !== undefined && isPlausible(whole, before, after) && isOdd(run, whole, before, isPlain)) {
    if (!isPlain || run.length > 2 || !PUNCTUATION.test(run) || /\p{L}/u.test(after))
      return { misread: run, original: whole };
  }
  // Honest letters may stand beside what was misread, as in the name of a street.
  return isPlain ? firstPiece(run, bytes, after) : undefined;
}

/** Whether two letters are the first bytes of a character in UTF-8. Most honest letters are not, and need no more looking at. */
function mayBegin(pair: string, bytes: CodePage['bytes']): boolean {
  const [first = 0, second = 0] = [...pair].map((letter) => bytes.get(letter));
  return first >= 0xc2 && first <= 0xf4 && second >= 0x80 && second <= 0xbf;
}

/** The first letters of a run that are the bytes of a likely letter. */
function firstPiece(
  run: string,
  bytes: CodePage['bytes'],
  after: string,
): { misread: string; original: string } | undefined {
  const letters = [...run];
  for (let at = 0; at < letters.length - 1; at++) {
    if (!mayBegin(letters[at]! + letters[at + 1]!, bytes)) continue;
    for (let length = Math.min(letters.length - at, 4); length >= 2; length--) {
      const misread = letters.slice(at, at + length).join('');
      const encoded = encode(misread, bytes);
      const original = encoded && isUtf8(encoded) ? encoded.toString('utf8') : '';
      if ([...original].length !== 1) continue;
      // Two bytes make many rare letters by chance; Latin, Greek and Cyrillic ones are what names are made of.
      if (length === 2 && !/[\u00a0-\u017f\u0370-\u04ff]/.test(original)) continue;
      const next = letters[at + length] ?? after;
      if (length === 2 && PUNCTUATION.test(misread) && !/\p{L}/u.test(next)) continue;
      return { misread, original };
    }
  }
  return undefined;
}

/** Letters, punctuation and signs that people write. */
const LIKELY =
  /^(?:[\u0300-\u030c]|[\u0327-\u0328]|[\u0900-\u0dff]|\ufe0f|[\u00a0\u00a1\u00a3\u00a7\u00a9\u00ab\u00ae\u00b0-\u00b4\u00b7\u00bb-\u017f\u0218-\u021b\u0386-\u03ce\u0401-\u045f\u0490\u0491\u0531-\u0587\u05d0-\u05ea\u0621-\u064a\u067e\u0686\u06a9\u06af\u06cc\u0e01-\u0e5b\u10d0-\u10ff\u1e00-\u1eff\u2010-\u2026\u2030\u2039\u203a\u20a0-\u20bf\u2116\u2122\u2190-\u21ff\u2600-\u27bf\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef\u{1f000}-\u{1faff}])+$/u;

/** Whether letters are likely, and stand beside letters of their own script. */
function isPlausible(text: string, before: string, after: string): boolean {
  if (!LIKELY.test(text)) return false;
  const letters = `${before}${text}${after}`;
  return !/\p{Script=Latin}\p{M}*(?=[\p{L}])(?!\p{Script=Latin})|(?=\p{L})(?!\p{Script=Latin})[^]\p{Script=Latin}/u.test(
    letters,
  );
}

/** Whether nobody would write the run as it stands: signs among letters, several pairs, a capital behind a small letter. */
function isOdd(run: string, original: string, before: string, isPlain: boolean): boolean {
  if (isPlain || [...original].length > 1 || /[^\p{L}\p{M}]/u.test(run)) return true;
  return /\p{Ll}/u.test(before) && /^\p{Lu}/u.test(run);
}

/** Letters that a charset did not have, written as `?`: one for each letter, or for each of its bytes. */
export function lostLetters(from: string, to: string): string | undefined {
  if (!to.includes('?') || from === to) return undefined;
  const isLost = [from.normalize('NFC'), from.normalize('NFD')].some((text) => becomes([...text], [...to]));
  return isLost ? `"${cut(to)}" lost the letters of "${cut(from)}"` : undefined;
}

function becomes(from: readonly string[], to: readonly string[]): boolean {
  let at = 0;
  let lost = 0;
  for (let i = 0; i < from.length;) {
    if (from[i] === to[at]) {
      i++;
      at++;
      continue;
    }
    let most = 0;
    while (i < from.length && from[i]! > '\u007f' && from[i] !== to[at + 1]) most += Buffer.byteLength(from[i++]!);
    if (most === 0 && i < from.length && from[i]! > '\u007f') most = Buffer.byteLength(from[i++]!);
    let marks = 0;
    while (to[at + marks] === '?') marks++;
    let own = 0;
    while (from[i + own] === '?') own++;
    const taken = marks - own;
    if (most === 0 || taken < 1 || taken > most) return false;
    at += taken;
    lost += taken;
  }
  return lost > 0 && at === to.length;
}

/** A letter that is gone from within a word, where no live value shows it. */
export function markWithin(cell: string, isName: boolean): string | undefined {
  if (cell.length > 200 || /:\/\/|www\.|[=/]/.test(cell)) return undefined;
  const isLost = /\p{L}\?+\p{Ll}/u.test(cell) || (isName && /^\?+(?: \?+)*$/.test(cell));
  return isLost ? `"${cell}" has ? within words, where letters may be lost` : undefined;
}
