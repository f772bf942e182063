import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../model/errors.js';
import { findRun, isRunId, RUN_FILES, type RunFolder } from './run-folder.js';
import { readSummary } from './summary-file.js';
import type { Summary } from './summary.js';

/** A run that is kept: its summary, or why that cannot be read. */
export type KeptRun = { folder: RunFolder } & ({ summary: Summary } | { error: unknown });

/** The runs in a folder, newest first, each summary read once. A copy of a run under another name is not a run. */
export async function readRuns(runsDir: string): Promise<KeptRun[]> {
  const names = existsSync(runsDir) ? (await readdir(runsDir)).filter(isRunId).sort().reverse() : [];
  const runs: KeptRun[] = [];
  for (const name of names) {
    const dir = path.join(runsDir, name);
    if (!existsSync(path.join(dir, RUN_FILES.summary))) continue;
    const folder = await findRun(runsDir, dir);
    try {
      runs.push({ folder, summary: await readSummary(folder) });
    } catch (error) {
      if (!hasCode(error, 'not_a_run')) runs.push({ folder, error });
    }
  }
  return runs;
}
