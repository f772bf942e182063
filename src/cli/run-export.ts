import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { startDeadlines } from '../core/budget/deadline.js';
import type { Filter } from '../core/contacts/contacts-api.js';
import type { Contact, FieldSchema } from '../core/contacts/types.js';
import { isNdjson } from '../core/input/ndjson-export.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { logEvent } from './log-events.js';
import { openLog } from './log.js';
import { UsageError } from './settings/command-error.js';
import { didYouMean } from '../core/model/suggest.js';
import { exportContacts, type Exported, type ExportOptions } from '../core/export-contacts.js';
import { stopWith } from '../core/stop-with.js';
import { csvEncoder, ndjsonEncoder, openTarget, writeRecords, type ExportTarget } from './export-target.js';
import { tempDirOf, type Io } from './io.js';
import { startProgress } from './progress.js';
import { plural } from './render-summary.js';
import { noteExport } from '../core/run/latest-export.js';
import { stopOn } from './signals.js';
import { printError } from './terminal.js';
import type { Settings } from './settings/schemas.js';

/**
 * `export`: all contacts, on standard output or in a file.
 * @returns 3 where others added or deleted contacts meanwhile, so that some may be missing
 * @throws UsageError, before any call, where the file is not to be written
 */
export async function runExport(settings: Settings, key: string, io: Io): Promise<ExitCode> {
  const scratchDir = await mkdtemp(path.join(tempDirOf(io), 'contact-sync-'));
  const progress = startProgress(settings.progress, io.stderr);
  const stopTelling = stopOn(io.signal, progress.write);
  const stop = new AbortController();
  const stopListening = stopWith(io.signal, stop);
  startDeadlines(settings, stop);
  const runLog = openLog({ level: settings.logLevel, key, write: progress.write });
  let target: ExportTarget | undefined;
  try {
    target = await openTarget(settings.out, settings.force, io.stdout, stop.signal);
    const { filter, runsDir, baseUrl } = settings;
    const request: Omit<ExportOptions, 'format' | 'write'> = {
      ...{ api: { ...settings, key }, signal: stop.signal, scratchDir },
      ...(filter.length > 0 ? { filter: (schema: readonly FieldSchema[]) => readFilters(filter, schema) } : {}),
      onEvent(event) {
        progress.onEvent(event);
        logEvent(runLog.log, event);
      },
    };
    const exported = await exportTo(target, request);
    progress.end();
    report(exported, target, io);
    const { complete } = exported;
    if (target.isFile) await noteExport(runsDir, { file: target.name, filter, complete }, { baseUrl, key });
    return complete ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.end();
    await target?.discard();
    await rm(scratchDir, { recursive: true, force: true });
    await runLog.end();
    stopTelling();
    stopListening();
    stop.abort(new Error('the export is over'));
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

function report(exported: Exported, { name }: ExportTarget, io: Io): void {
  const { contacts, leftOut, counted, complete } = exported;
  printError(io, `${plural(contacts, 'contact')} exported to ${name}`);
  if (leftOut > 0) {
    printError(
      io,
      `${plural(leftOut, 'value')} left out, as no cell reads back as them; sync leaves those alone, unless --empty clear is given`,
    );
  }
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
