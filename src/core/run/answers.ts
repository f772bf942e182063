import { appendFileSync, existsSync } from 'node:fs';
import { FORMAT } from '../disk/ndjson.js';
import { isSyncError } from '../model/errors.js';
import type { OnEvent } from '../model/events.js';
import type { RunFolder } from './run-folder.js';

/**
 * Keeps the API's own words about requests that no row is about. They may quote a contact, so that messages, the summary
 * and the log leave them out; without them, nobody could tell why the API refused something.
 */
export function answersKeeper(folder: RunFolder): OnEvent {
  return (event) => {
    if (event.type !== 'api_words') return;
    const { answer, words } = event;
    const file = folder.file('answers');
    const line = { ...(existsSync(file) ? {} : { format: FORMAT }), at: new Date().toISOString(), answer, words };
    try {
      appendFileSync(file, JSON.stringify(line) + '\n', { mode: 0o600 });
    } catch {
      // What the API said is no reason to stop, nor to hide the error that it was said about.
    }
  };
}

/** What the API said in its own words, where that is what ended something. */
export function wordsOf(error: unknown): { answer: string; words: string } | undefined {
  if (!isSyncError(error)) return undefined;
  const { answer, words } = error.facts as { answer?: string; words?: string };
  if (answer === undefined || words === undefined || words === '') return wordsOf(error.cause);
  return { answer, words };
}
