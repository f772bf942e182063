import type { Io, Output } from './io.js';
import { neutralise, neutralJson, oneLine } from './neutralise.js';

/*
 * The one place that writes for people. Values of contacts, cells, the API's words and names of files reach a terminal by
 * these functions alone, and none of them can move its cursor, set its title, reorder its text or forge a line.
 */

const SHOW_CURSOR = '\u001b[?25h';

/** The result, on standard output. */
export function printResult({ stdout }: Pick<Io, 'stdout'>, text: string): void {
  stdout.write(`${neutralise(text)}\n`);
}

/** The result as JSON, on standard output. */
export function printJson({ stdout }: Pick<Io, 'stdout'>, value: unknown): void {
  stdout.write(`${neutralJson(value)}\n`);
}

/** Anything else that a person should know, on standard error. @param lines each stays one line */
export function printError({ stderr }: Pick<Io, 'stderr'>, ...lines: readonly string[]): void {
  for (const line of lines) printLine(stderr, `contact-sync: ${line}`);
}

/** One line on standard error. */
export function printLine(stderr: Output, line: string): void {
  stderr.write(`${oneLine(line)}\n`);
}

/** Gives a terminal its cursor back, which a progress bar hides. */
export function showCursor(stderr: Output): void {
  if (stderr.isTTY === true) stderr.write(`${SHOW_CURSOR}\n`);
}
