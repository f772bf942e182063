import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { assertFormat } from '../disk/ndjson.js';
import { replaceFile } from '../disk/replace-file.js';
import { SyncError } from '../model/errors.js';
import type { RunFolder } from './run-folder.js';
import { type Summary } from './summary.js';
import { STATES } from './state.js';
import { targetShape } from './target.js';
import { WRITE_GUARDS, writeGuardsShape } from './write-guards.js';

const count = z.int().min(0);

/** What the verbs rest on. The rest is for people and scripts. */
const stored = z.looseObject({
  run_id: z.string(),
  command: z.string(),
  dry_run: z.boolean(),
  parent: z.string().nullable(),
  state: z.enum(STATES),
  pid: z.number().nullable(),
  target: targetShape.nullable(),
  undone_by: z.string().nullable(),
  plan: z.object({ rows: count, planned: count, sha256: z.string(), next: z.string().optional() }),
  forgotten: count.optional(),
  purged_at: z.iso.datetime().optional(),
  began_at: z.string().nullable(),
  input: z.looseObject({
    path: z.string(),
    sha256: z.string(),
    rows: count,
    header: z.array(z.string()),
    delimiter: z.string(),
    bom: z.boolean(),
  }),
  options: z.looseObject({}).nullable(),
  // Runs of an earlier version have none.
  planned_guards: writeGuardsShape.optional(),
  write_guards: writeGuardsShape.default(WRITE_GUARDS),
  counts: z.record(z.string(), count),
  changes: z.record(z.string(), count),
  kinds: z.record(z.string(), count),
  labels: z.record(z.string(), z.string()),
  calls: z.record(z.string(), count),
  writes_planned: count,
  clears_planned: count,
  rejected_planned: count,
  started_at: z.iso.datetime(),
});

/** @throws SyncError where the run has no summary that can be read, or one of another run or format */
export async function readSummary(folder: RunFolder): Promise<Summary> {
  const file = folder.file('summary');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code: errno = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new SyncError('file_unreadable', { file, errno }, { cause });
  }
  const summary = parseSummary(text, file);
  if (summary.run_id === folder.id) return summary;
  throw new SyncError('not_a_run', { dir: folder.dir, run: summary.run_id });
}

/** @throws SyncError where the text is not a summary of this format */
export function parseSummary(text: string, file: string): Summary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyncError('file_damaged', { file, damage: { kind: 'not_json' } }, { cause });
  }
  assertFormat(value, file);
  const parsed = stored.safeParse(value);
  if (parsed.success) return parsed.data as unknown as Summary;
  const { path, message } = parsed.error.issues[0]!;
  throw new SyncError('file_damaged', {
    file,
    damage: { kind: 'unexpected', detail: `${path.join('.')}: ${message}` },
  });
}

export function writeSummary(path: string, summary: Summary): Promise<void> {
  return replaceFile(path, JSON.stringify(summary, null, 2) + '\n');
}
