import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { SyncError } from '../model/errors.js';
import { FORMAT } from '../disk/ndjson.js';
import { replaceFile } from '../disk/replace-file.js';
import { makeRunsDir } from './run-folder.js';
import { isSameOrganisation, targetShape, type Target } from './target.js';

/** Stands for the newest export to a file, where a snapshot is named. */
export const LATEST_EXPORT = 'latest-export';

const exportNote = z.object({
  format: z.literal(FORMAT),
  file: z.string(),
  at: z.string(),
  target: targetShape,
  filter: z.array(z.string()),
  complete: z.boolean(),
});

/** An export to a file. */
export interface ExportNote {
  file: string;
  /** Texts of the filters: the file holds some contacts only. */
  filter: readonly string[];
  /** False where contacts came or went while it was made. */
  complete: boolean;
}

function noteFile(runsDir: string): string {
  return path.resolve(runsDir, 'latest-export.json');
}

/** Remembers where the newest export is, and whose contacts it holds. @param target as `knownTarget` gives */
export async function noteExport(runsDir: string, made: ExportNote, target: Target): Promise<void> {
  const note: z.input<typeof exportNote> = {
    format: FORMAT,
    file: path.resolve(made.file),
    at: new Date().toISOString(),
    target,
    filter: [...made.filter],
    complete: made.complete,
  };
  const file = noteFile(runsDir);
  await makeRunsDir(path.dirname(file));
  await replaceFile(file, JSON.stringify(note) + '\n');
}

/**
 * The newest export to a file.
 * @param now whose contacts it must hold, as `knownTarget` gives
 * @throws SyncError where none was made yet, or where it is not known to be of this organisation
 */
export async function findLatestExport(runsDir: string, now: Target, key: string): Promise<ExportNote> {
  const note = exportNote.safeParse(await readNote(runsDir));
  if (!note.success) throw new SyncError('latest_export_refused', { reason: 'target_unknown' });
  const { file, filter, complete, target } = note.data;
  if (target.base_url !== now.base_url) {
    const [made, wanted] = [target.base_url, now.base_url];
    throw new SyncError('latest_export_refused', { reason: 'other_api', file, made, now: wanted });
  }
  if (!isSameOrganisation(target, now, key)) {
    throw new SyncError('latest_export_refused', { reason: 'other_organisation', file });
  }
  return { file, filter, complete };
}

/** @returns undefined where it is not JSON */
async function readNote(runsDir: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(noteFile(runsDir), 'utf8');
  } catch (cause) {
    const { code: errno = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new SyncError('latest_export_missing', { note: noteFile(runsDir), errno }, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
