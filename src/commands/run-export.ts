import { createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { endAt, findDeadline } from '../budget/deadline.js';
import type { Filter } from '../api/contacts-api.js';
import type { FieldSchema } from '../api/types.js';
import { EXIT, UsageError, type ExitCode } from '../exit.js';
import { openLog } from '../run/log.js';
import { ApiSession } from '../session.js';
import type { Settings } from '../settings/options.js';
import { didYouMean } from '../suggest.js';
import { exportContacts, type Exported } from '../verbs/export-contacts.js';
import { startProgress } from './progress.js';
import { plural } from './render-summary.js';
import { noteExport } from '../run/latest-export.js';
import { onSignals } from './signals.js';
import { tell } from './terminal.js';

/**
 * `export`: all contacts as a CSV, on standard output or in a file.
 * @returns 3 where others added or deleted contacts meanwhile, so that some may be missing
 */
export async function runExport(settings: Settings, key: string): Promise<ExitCode> {
  const progress = startProgress(settings.progress);
  const stop = new AbortController();
  const endSignals = onSignals(stop, progress.write);
  const deadline = findDeadline(settings, Date.now());
  if (deadline) endAt(deadline, stop);
  const runLog = openLog({ level: settings.logLevel, key, write: progress.write });
  const scratch = await mkdtemp(path.join(tmpdir(), 'contact-sync-'));
  const session = new ApiSession(
    { ...settings, key, mirror: undefined, deadline },
    { log: runLog.log, stop, onProgress: progress.onProgress },
  );
  try {
    const filters =
      settings.filter.length > 0 ? readFilters(settings.filter, await session.vocabulary.read()) : undefined;
    const exported = await writeCsv(settings.out, (write) => exportContacts(session, scratch, filters, write));
    progress.end();
    report(exported, settings.out);
    if (settings.out !== undefined) await noteExport(settings.runsDir, settings.out);
    return exported.contacts === exported.total ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.end();
    await session.close();
    await rm(scratch, { recursive: true, force: true });
    await runLog.end();
    endSignals();
  }
}

/** Writes to standard output, or to a file that is there whole or not at all. */
async function writeCsv(
  out: string | undefined,
  fill: (write: (cells: readonly string[]) => Promise<void>) => Promise<Exported>,
): Promise<Exported> {
  const next = out === undefined ? undefined : `${out}.part`;
  const target = next === undefined ? process.stdout : createWriteStream(next, { mode: 0o600 });
  const csv = stringify();
  csv.pipe(target, { end: next !== undefined });
  const ended = next === undefined ? finished(csv) : finished(target);
  const failed = once(target, 'error').then(([error]) => {
    throw new UsageError(`${out ?? 'standard output'}: ${(error as Error).message}`, { cause: error });
  });
  failed.catch(() => undefined);
  try {
    const exported = await fill(async (cells) => {
      if (!csv.write(cells)) await Promise.race([once(csv, 'drain'), failed]);
    });
    csv.end();
    await Promise.race([ended, failed]);
    if (next !== undefined && out !== undefined) await rename(next, out);
    return exported;
  } catch (error) {
    ended.catch(() => undefined);
    if (next !== undefined) await rm(next, { force: true });
    throw error;
  }
}

function report({ contacts, leftOut, total }: Exported, out: string | undefined): void {
  tell(`${plural(contacts, 'contact')} exported${out === undefined ? '' : ` to ${out}`}`);
  if (leftOut > 0) {
    console.error(
      `contact-sync: ${plural(leftOut, 'value')} left out, as no cell reads back as them; sync leaves those alone`,
    );
  }
  if (contacts !== total) {
    tell(`the API now counts ${total}: contacts came or went meanwhile, so some may be missing`);
  }
}

/** The API takes numbers and booleans as such. */
function typedValue(text: string, type: string | undefined): string | number | boolean {
  if (type === 'number' && text !== '' && Number.isFinite(Number(text))) return Number(text);
  return type === 'boolean' && /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
}

/** `title contains VP`: field, condition and value, checked against the schema. All must hold. */
function readFilters(texts: readonly string[], schema: readonly FieldSchema[]): Filter {
  const problems: string[] = [];
  const filters = texts.map((text) => {
    const [name = '', condition = '', ...rest] = text.trim().split(/\s+/);
    const field = schema.find((entry) => entry.key === name || entry.name === name);
    const keys = schema.filter((entry) => entry.filterable === true).map((entry) => entry.key);
    const operators = field?.allowed_operators ?? [];
    if (!field || field.filterable !== true)
      problems.push(`--filter "${text}": "${name}" cannot be filtered${didYouMean(name, keys)}`);
    else if (!operators.includes(condition)) {
      problems.push(
        `--filter "${text}": expected "${name} CONDITION VALUE" with a condition among ${operators.join(', ')}`,
      );
    }
    return { field: field?.key ?? name, condition, value: typedValue(rest.join(' '), field?.type) };
  });
  if (problems.length > 0) throw new UsageError(problems);
  return filters;
}
