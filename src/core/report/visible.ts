/** Characters that change how the text around them reads, or that do not show: bidi marks, controls, zero-width blanks. */
const HIDDEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|[^\P{Cc}\n\t]/gu;

/**
 * Text as it is shown: what would hide or reorder it is named, as `[U+202E]`. Joiners stay, since scripts and emoji need
 * them.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, (letter) => `[U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`);
}
