import { rm } from 'node:fs/promises';
import { EXIT, ExitError, type ExitCode } from '../exit.js';
import { openSource } from '../input/standard-input.js';
import { openLog, redact } from '../run/log.js';
import { createRun, type RunFolder } from '../run/run-folder.js';
import { newSummary } from '../run/summary.js';
import { exitCodeOf, Tally } from '../run/tally.js';
import type { Settings } from '../settings/options.js';
import { sync } from '../sync.js';
import { startProgress } from './progress.js';
import { renderChanges } from './render-changes.js';
import { renderSummary } from './render-summary.js';

/**
 * `sync` and `plan`: one run from a CSV, with its folder, log, progress and summary.
 * @param csv a path, or `-` for standard input
 * @returns the exit code
 */
export async function runSync(
  command: 'sync' | 'plan',
  csv: string,
  settings: Settings,
  key: string,
): Promise<ExitCode> {
  const started = new Date();
  const folder = await createRun(settings.runsDir, started);
  const summary = newSummary(folder.id, command, started);
  const tally = new Tally(summary, folder.file('summary'));
  const runLog = openLog({ file: folder.file('log'), level: settings.logLevel, key });
  const { log } = runLog;
  const progress = startProgress(settings.progress && !settings.json);
  const dryRun = settings.dryRun || command === 'plan';
  log.info('run begins', { run: folder.id, command, dry_run: dryRun });
  try {
    await tally.save('planning');
    const source = await openSource(csv, folder.file('input'));
    await sync(source, { ...settings, dryRun, key }, { folder, tally, log, onProgress: progress.onProgress });
    progress.end();
    await tally.end(dryRun ? 'planned' : 'done', exitCodeOf(summary));
    await print(tally, folder, settings, dryRun);
    log.info('run ends', { run: folder.id, exit_code: summary.exit_code, ...summary.counts });
    return codeOf(summary.exit_code ?? EXIT.fault, summary.writes_planned, settings);
  } catch (error) {
    progress.end();
    const code = error instanceof ExitError ? error.exitCode : EXIT.fault;
    const message = redact(error instanceof Error ? error.message : String(error), key);
    await tally.end(code === EXIT.stopped ? 'stopped' : 'failed', code, message).catch(() => undefined);
    if (settings.json) console.log(JSON.stringify(summary, null, 2));
    log.info('run ends', { run: folder.id, exit_code: code });
    throw error;
  } finally {
    await rm(folder.file('scratch'), { recursive: true, force: true });
    await runLog.end();
  }
}

async function print(tally: Tally, folder: RunFolder, settings: Settings, dryRun: boolean): Promise<void> {
  const { summary } = tally;
  if (settings.json) {
    console.log(JSON.stringify(summary, null, 2));
    return;
  }
  if (dryRun && summary.counts.planned > 0) {
    console.log((await renderChanges(folder.file('plan'), summary.counts.planned)) + '\n');
  }
  const rejected = summary.exit_code === EXIT.incomplete ? { rejected: folder.file('rejected') } : {};
  const files = { plan: folder.file('plan'), results: folder.file('results'), ...rejected, log: folder.file('log') };
  console.log(renderSummary(summary, files));
}

function codeOf(code: ExitCode, planned: number, settings: Settings): ExitCode {
  return settings.exitCode && code === EXIT.ok && planned > 0 ? EXIT.changes : code;
}
