import path from 'node:path';
import { applyPlan } from '../core/apply-run.js';
import { resumeRun } from '../core/resume-run.js';
import { retryRun } from '../core/retry-run.js';
import { findLatestExport, LATEST_EXPORT } from '../core/run/latest-export.js';
import type { PlanOptions } from '../core/run/summary.js';
import { knownTarget } from '../core/run/target.js';
import { planSync, syncCsv } from '../core/sync.js';
import { undoRun } from '../core/undo-run.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { isTold } from './settings/is-told.js';
import { machineDirOf } from './settings/machine-dir.js';
import type { Io } from './output/io.js';
import { openStore } from './open-store.js';
import { runVerb, type CodeOf, type Given } from './run-verb.js';
import { UsageError } from './settings/command-error.js';
import { printError } from './output/terminal.js';
import type { Settings } from './settings/schemas.js';

/** `sync` and `plan`: a new run from a CSV, `-` being standard input. */
export async function runSync(command: 'sync' | 'plan', csv: string, given: Given): Promise<ExitCode> {
  const { settings, key, io } = given;
  refuseTwoWays(settings, settings.snapshot);
  const options = { ...planOptionsOf(settings), snapshot: await snapshotOf(settings, key, io) };
  // A snapshot speaks for the plan alone: what is read again before a write is read as is cheapest.
  const reads = options.snapshot === undefined ? settings.reads : 'auto';
  const verb = settings.dryRun || command === 'plan' ? planSync : syncCsv;
  const codeOf: CodeOf = ({ writes_planned }, code) =>
    command === 'plan' && settings.exitCode && code === EXIT.ok && writes_planned > 0 ? EXIT.changes : code;
  return runVerb(
    { ...given, settings: { ...settings, reads } },
    (context) => verb({ ...context, csv, stdin: () => io.stdin, options, command }),
    { codeOf, asks: true },
  );
}

/** `apply <run>`: the guards are those of now, or else those the plan was made with. */
export function runApply(run: string, given: Given): Promise<ExitCode> {
  const { maxChanges, maxClears, strict } = given.settings;
  return runVerb(given, (context) => applyPlan({ ...context, run, guards: { maxChanges, maxClears, strict } }), {
    asks: true,
    named: { run },
  });
}

export async function runResume(run: string, given: Given): Promise<ExitCode> {
  refuseTwoWays(given.settings);
  return runVerb(given, (context) => resumeRun({ ...context, run }), { named: { run } });
}

/** `retry <run>`: the rows that failed, planned again in a new run. */
export async function runRetry(run: string, given: Given): Promise<ExitCode> {
  refuseTwoWays(given.settings);
  return runVerb(given, (context) => retryRun({ ...context, run, options: planOptionsOf(given.settings) }), {
    asks: true,
    named: { run },
  });
}

/** `undo <run>`: a new run that puts back what a run wrote. */
export function runUndo(run: string, given: Given): Promise<ExitCode> {
  const { dryRun } = given.settings;
  return runVerb(given, (context) => undoRun({ ...context, run, options: planOptionsOf(given.settings), dryRun }), {
    asks: true,
    named: { run, wrote: true },
  });
}

function planOptionsOf(settings: Settings): PlanOptions {
  const { key, map, ignoreUnknownColumns, ignoreColumn, delimiter, skipLines, shortRows } = settings;
  const { empty, nullToken, idFormat, lint, rule } = settings;
  const { skipEquivalent, exact, allowOptIn, duplicates, maxChanges, maxClears, strict } = settings;
  return {
    ...{ key, map, ignoreUnknownColumns, ignoreColumn, delimiter, skipLines, shortRows },
    ...{ empty, nullToken, idFormat, lint, rule },
    ...{ skipEquivalent, exact, allowOptIn, duplicates, maxChanges, maxClears },
    strict: strict ?? false,
    base: settings.base === undefined ? undefined : path.resolve(settings.base),
    snapshot: undefined,
  };
}

/**
 * Current values are read in one way: where two are named, which one is meant cannot be guessed.
 * @param snapshot for the verbs that take one
 * @throws UsageError naming both flags
 */
function refuseTwoWays({ reads, mirror }: Settings, snapshot?: string): void {
  const named = [
    ...(snapshot === undefined ? [] : ['--snapshot']),
    ...(mirror ? ['--mirror'] : []),
    ...(reads === 'auto' || (reads === 'snapshot' && snapshot !== undefined) ? [] : [`--reads ${reads}`]),
  ];
  if (named.length < 2) return;
  throw new UsageError(`${named.join(' and ')} contradict each other: each says how current values are read; name one`);
}

async function snapshotOf(settings: Settings, key: string, io: Io): Promise<string | undefined> {
  const { snapshot, reads, runsDir, baseUrl, apiPrefix } = settings;
  if (snapshot !== LATEST_EXPORT && (snapshot !== undefined || reads !== 'snapshot')) {
    return snapshot === undefined ? undefined : path.resolve(snapshot);
  }
  await openStore(settings, io);
  const whose = await knownTarget({ baseUrl, apiPrefix, key }, machineDirOf(settings, io));
  const { file, filter, complete } = await findLatestExport(runsDir, whose, key);
  const lacks = 'rows about contacts that it lacks end as not_found';
  if (!isTold(settings)) return file;
  if (filter.length > 0) {
    const filters = filter.map((text) => `--filter "${text}"`).join(' ');
    printError(io, `warning: the latest export, ${file}, holds only what ${filters} let through; ${lacks}`);
  }
  if (!complete)
    printError(io, `warning: the latest export, ${file}, may lack contacts, as its own message said; ${lacks}`);
  return file;
}
