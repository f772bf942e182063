import { writeFileSync } from 'node:fs';
import { id } from '../../support/world.js';

/** What a command said, or is expected to say: every text is in it, and every expression matches it. */
export type Words = readonly (string | RegExp)[];

/** Something that a person does wrong, and how the command answers. */
export interface Mistake {
  /** What was done, as the title of the test. */
  mistake: string;
  /** Makes what the command needs, in its working folder. The folder has `edits.csv`, with two titles to change. */
  arrange?: (place: Place) => void | Promise<void>;
  /** The command line. */
  run: readonly string[] | ((place: Place) => readonly string[]);
  /** Set beside the address and the key of the sandbox; undefined takes one away. */
  env?: Readonly<Record<string, string | undefined>> | ((place: Place) => Readonly<Record<string, string | undefined>>);
  code: number;
  /** On standard error. */
  says?: Words;
  /** On standard output. */
  shows?: Words;
  /** What must not be said, on either. */
  not?: Words;
  /** Looks at what the command has left, in its working folder. */
  after?: () => void;
}

/** Where a mistake is made. */
export interface Place {
  /** The working folder, empty but for `edits.csv`. */
  dir: string;
  /** The sandbox. */
  url: string;
  key: string;
  /** Runs a command that is not the mistake. @returns the id of the newest run */
  cli: (...args: readonly string[]) => Promise<string>;
}

/** Writes files by name, for `arrange`. */
export function files(contents: Readonly<Record<string, string | Buffer>>): () => void {
  return () => {
    for (const [name, content] of Object.entries(contents)) writeFileSync(name, content);
  };
}

/** A file of this text in place of `edits.csv`. */
export function csvOf(...lines: readonly string[]): () => void {
  return files({ 'edits.csv': lines.join('\n') });
}

export const ID = id(1);
