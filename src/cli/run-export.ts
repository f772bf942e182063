import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { startDeadline } from '../core/budget/deadline.js';
import type { Filter } from '../core/contacts/contacts-api.js';
import type { Contact, FieldSchema } from '../core/contacts/types.js';
import { holdScratch, removeScratch, type Scratch } from '../core/disk/scratch.js';
import { isNdjson } from '../core/input/ndjson-export.js';
import type { FormulaMode } from '../core/model/formula-cell.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { logEvent } from './log-events.js';
import { openLog } from './log.js';
import { UsageError } from './settings/command-error.js';
import { didYouMean } from '../core/model/suggest.js';
import { exportContacts, type Exported, type ExportOptions } from '../core/export-contacts.js';
import { stopWith } from '../core/stop-with.js';
import { csvEncoder, ndjsonEncoder, openTarget, writeRecords, type ExportTarget } from './export-target.js';
import { tempDirOf, type Io } from './io.js';
import { openStore, userId } from './open-store.js';
import { startProgress } from './progress.js';
import { plural } from './render-summary.js';
import { noteExport } from '../core/run/latest-export.js';
import { stopOn } from './signals.js';
import { printError } from './terminal.js';
import type { Settings } from './settings/schemas.js';

const SCRATCH = /^contact-sync-[0-9a-f]{12}$/;

/**
 * `export`: all contacts, on standard output or in a file.
 * @returns 3 where others added or deleted contacts meanwhile, so that some may be missing
 * @throws UsageError, before any call, where the file is not to be written
 */
export async function runExport(settings: Settings, key: string, io: Io): Promise<ExitCode> {
  const progress = startProgress(settings.progress, io.stderr);
  const stopTelling = stopOn(io.signal, progress.write);
  const stop = new AbortController();
  const stopListening = stopWith(io.signal, stop);
  startDeadline(settings, stop);
  const runLog = openLog({ level: settings.logLevel, key, write: progress.write });
  const scratchDir = path.join(tempDirOf(io), `contact-sync-${randomBytes(6).toString('hex')}`);
  let scratch: Scratch | undefined;
  let target: ExportTarget | undefined;
  try {
    await removeLeft(tempDirOf(io));
    scratch = await holdScratch(scratchDir);
    target = await openTarget(settings.out, settings.force, io.stdout, stop.signal);
    // A file is noted beside the runs, where no one else may lead a snapshot to another one.
    if (target.isFile) await openStore(settings, io);
    const { filter, formulas, runsDir, baseUrl } = settings;
    const request: Omit<ExportOptions, 'format' | 'write'> = {
      ...{ api: { ...settings, key }, signal: stop.signal, scratchDir, formulas },
      ...(filter.length > 0 ? { filter: (schema: readonly FieldSchema[]) => readFilters(filter, schema) } : {}),
      onEvent(event) {
        progress.onEvent(event);
        logEvent(runLog.log, event);
      },
    };
    const exported = await exportTo(target, request);
    progress.end();
    report(exported, settings.formulas, target, io);
    const { complete } = exported;
    if (target.isFile) await noteExport(runsDir, { file: target.name, filter, complete }, { baseUrl, key });
    return complete ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.end();
    await target?.discard();
    await scratch?.remove();
    await runLog.end();
    stopTelling();
    stopListening();
    stop.abort(new Error('the export is over'));
  }
}

/** Removes what exports that were killed have left: the ids of contacts. */
async function removeLeft(dir: string): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    if (SCRATCH.test(name)) await removeScratch(path.join(dir, name), userId()).catch(() => undefined);
  }
}

/** NDJSON where the file's name says so, else a CSV. */
function exportTo(target: ExportTarget, request: Omit<ExportOptions, 'format' | 'write'>): Promise<Exported> {
  return isNdjson(target.name)
    ? writeRecords<Contact, Exported>(target, ndjsonEncoder(), (write) =>
        exportContacts({ ...request, format: 'ndjson', write }),
      )
    : writeRecords<readonly string[], Exported>(target, csvEncoder(), (write) =>
        exportContacts({ ...request, format: 'csv', write }),
      );
}

function sayFormulas(count: number, mode: FormulaMode): string {
  const values = `${plural(count, 'value')} that a spreadsheet would take for ${count === 1 ? 'a formula' : 'formulas'}`;
  if (mode === 'keep')
    return `warning: ${values} stand in the file as they are; --formulas quote keeps them from being run`;
  if (mode === 'drop') return `${values} left out; sync leaves those alone`;
  return `${values} quoted with ', which sync takes off`;
}

function report(exported: Exported, mode: FormulaMode, { name }: ExportTarget, io: Io): void {
  const { contacts, leftOut, counted, complete, formulas } = exported;
  printError(io, `${plural(contacts, 'contact')} exported to ${name}`);
  if (leftOut > 0) {
    printError(
      io,
      `${plural(leftOut, 'value')} left out, as no cell reads back as them; sync leaves those alone${mode === 'drop' ? '' : ', unless --empty clear is given'}`,
    );
  }
  if (formulas > 0) printError(io, sayFormulas(formulas, mode));
  if (complete) return;
  const { least, most } = counted;
  const count = least === most ? `${most}` : `between ${least} and ${most}`;
  printError(io, `the API counted ${count} from page to page: contacts came or went meanwhile, so some may be missing`);
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
