import { readNdjson } from '../disk/ndjson.js';
import { parsePlanLine, parseResultLine } from '../run/lines.js';
import type { RunFolder } from '../run/run-folder.js';
import { Digest, type DigestedLine } from './digest.js';

/** Most rows of most runs change nothing. Inside of values, quotes have a backslash before them. */
const UNCHANGED = Buffer.from('"status":"unchanged"');

/**
 * Digests what a run has on disk.
 * @param of the plan, which says what is to be sent, or the results, which say what became of it
 * @throws SyncError where a line is damaged
 */
export async function digestRun(folder: RunFolder, of: 'plan' | 'results'): Promise<Digest> {
  const digest = new Digest();
  const lines = readNdjson<DigestedLine>(
    folder.file(of),
    of === 'plan' ? parsePlanLine : parseResultLine,
    'empty',
    (bytes) => bytes.includes(UNCHANGED),
  );
  for await (const line of lines) digest.add(line);
  return digest;
}
