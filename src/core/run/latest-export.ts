import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { SyncError } from '../model/errors.js';
import { digestOf } from '../model/redact.js';
import { FORMAT } from '../disk/ndjson.js';
import { replaceFile } from '../disk/replace-file.js';
import { makeRunsDir } from './run-folder.js';
import { canonicalUrl } from './target.js';

/** Stands for the newest export to a file, where a snapshot is named. */
export const LATEST_EXPORT = 'latest-export';

const exportNote = z.object({
  format: z.literal(FORMAT),
  file: z.string(),
  at: z.string(),
  base_url: z.string(),
  key_sha256: z.string(),
  filter: z.array(z.string()),
  complete: z.boolean(),
});

/** Whose contacts an export holds. */
export interface Organisation {
  baseUrl: string;
  key: string;
}

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

function keyHash(of: Organisation): string {
  return digestOf({ ...of, baseUrl: canonicalUrl(of.baseUrl) }).slice(0, 16);
}

/** Remembers where the newest export is, and whose contacts it holds. */
export async function noteExport(runsDir: string, made: ExportNote, of: Organisation): Promise<void> {
  const note: z.input<typeof exportNote> = {
    format: FORMAT,
    file: path.resolve(made.file),
    at: new Date().toISOString(),
    base_url: canonicalUrl(of.baseUrl),
    key_sha256: keyHash(of),
    filter: [...made.filter],
    complete: made.complete,
  };
  const file = noteFile(runsDir);
  await makeRunsDir(path.dirname(file));
  await replaceFile(file, JSON.stringify(note) + '\n');
}

/**
 * The newest export to a file.
 * @throws SyncError where none was made yet, or where it is not known to be of this organisation
 */
export async function findLatestExport(runsDir: string, of: Organisation): Promise<ExportNote> {
  const note = exportNote.safeParse(await readNote(runsDir));
  if (!note.success) {
    throw refusal('the note of the newest export does not say which organisation it is of');
  }
  const { file, filter, complete, base_url, key_sha256 } = note.data;
  if (base_url !== canonicalUrl(of.baseUrl))
    throw refusal(`${file} was exported from ${base_url}, and this run is for ${of.baseUrl}`);
  if (key_sha256 !== keyHash(of)) {
    throw refusal(`${file} was exported with another API key, so that it may be another organisation's`);
  }
  return { file, filter, complete };
}

/** @returns undefined where it is not JSON */
async function readNote(runsDir: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(noteFile(runsDir), 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const detail = code === 'ENOENT' ? 'no export was made yet' : `${noteFile(runsDir)} cannot be read: ${code}`;
    throw new SyncError('latest_export_missing', { detail }, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refusal(detail: string): SyncError {
  return new SyncError('latest_export_refused', { detail });
}
