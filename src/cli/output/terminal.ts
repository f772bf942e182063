import { createInterface } from 'node:readline';
import type { Io, Output } from './io.js';
import { neutralise, neutraliseStyled, neutralJson, oneLine } from './neutralise.js';

/*
 * The one place that writes for people. Values of contacts, cells, the API's words and names of files reach a terminal by
 * these functions alone, and none of them can move its cursor, set its title, reorder its text or forge a line.
 */

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

/** A screen with the colours of `colors.ts`, and nothing else that a terminal acts upon. */
export function printScreen(output: Output, text: string): void {
  output.write(`${neutraliseStyled(text)}\n`);
}

/**
 * As `printScreen`, for what is too long to be held: part by part, no faster than it is read. Stops where nobody reads it
 * any more.
 */
export async function printParts(output: Output, parts: AsyncIterable<string>): Promise<void> {
  for await (const part of parts) {
    if (output.destroyed) return;
    if (!output.write(`${neutraliseStyled(part)}\n`)) await drained(output);
  }
}

/** One JSON value a line, on standard output, no faster than it is read. */
export async function printJsonLines({ stdout }: Pick<Io, 'stdout'>, values: AsyncIterable<unknown>): Promise<void> {
  for await (const value of values) {
    if (stdout.destroyed) return;
    if (!stdout.write(`${neutralJson(value, 0)}\n`)) await drained(stdout);
  }
}

/** Waits until an output takes more, or nobody reads it any more. */
function drained(output: Output): Promise<void> {
  const events = ['drain', 'error', 'close'];
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) output.off(event, done);
      resolve();
    };
    for (const event of events) output.on(event, done);
  });
}

/** Takes away the last lines of a terminal. */
export function clearLines(output: Output, lines: number): void {
  if (lines > 0) output.write('\u001b[1A\u001b[2K'.repeat(lines));
}

/** What a terminal has been given already is there within so long, milliseconds. */
const TYPED_AHEAD_MS = 50;

/** Drops what was typed before there was a question: it cannot be the answer. */
async function dropTypedAhead(stdin: Io['stdin']): Promise<void> {
  stdin.resume();
  await new Promise((resolve) => setTimeout(resolve, TYPED_AHEAD_MS));
  stdin.pause();
}

/**
 * Asks a question that takes yes or no; anything but yes, or typed before the question, is no.
 * @param io whose standard input and error are a terminal
 */
export async function confirm({ stdin, stderr, signal }: Io, question: string): Promise<boolean> {
  await dropTypedAhead(stdin);
  // Not as a terminal: Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  const answer = await new Promise<string>((resolve) => {
    lines.once('line', resolve).once('close', () => resolve(''));
    signal?.addEventListener('abort', () => resolve(''), { once: true });
    stderr.write(`${oneLine(question)} [y/N] `);
  });
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
