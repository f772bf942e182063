import { UsageError } from './command-error.js';

/**
 * The text of a file of settings: UTF-8 with or without a byte order mark, or UTF-16 with one, as Windows editors save it.
 * Line ends become `\n`.
 * @throws UsageError naming the line that is not text
 */
export function decodeSettings(bytes: Buffer, file: string): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
  } catch (cause) {
    const before = new TextDecoder(encoding).decode(bytes).split('\uFFFD', 1)[0]!;
    const { line } = placeIn(before, before.length);
    throw new UsageError(`${file}: line ${line} is not valid ${encoding.toUpperCase()}; save the file as UTF-8`, {
      cause,
    });
  }
}

function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const mark = bytes.subarray(0, 2).toString('hex');
  // Settings hold no NUL: where one of the first two bytes is one, it is half of a UTF-16 character.
  if (mark === 'fffe' || (bytes[0] !== 0 && bytes[1] === 0)) return 'utf-16le';
  return mark === 'feff' || (bytes[0] === 0 && bytes[1] !== 0 && bytes.length > 1) ? 'utf-16be' : 'utf-8';
}

/** Where a character is, both from 1. */
export function placeIn(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
