import type { Io } from './io.js';

/** The result, on standard output. */
export function printResult({ stdout }: Pick<Io, 'stdout'>, text: string): void {
  stdout.write(`${printable(text)}\n`);
}

/** Anything else that a person should know, on standard error. */
export function printError({ stderr }: Pick<Io, 'stderr'>, text: string): void {
  stderr.write(`${printable(text).replace(/^/gm, 'contact-sync: ')}\n`);
}

/** Control characters of a file's cells must not reach the terminal: they are shown instead. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
