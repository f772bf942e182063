import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Transform } from 'node:stream';
import { startDeadline } from '../core/budget/deadline.js';
import { NO_RESERVE } from '../core/budget/rate.js';
import type { Filter } from '../core/contacts/contacts-api.js';
import type { FieldSchema } from '../core/contacts/types.js';
import { isNdjson } from '../core/input/ndjson-export.js';
import { UsageError } from './settings/command-error.js';
import { openLog } from './log.js';
import { ApiSession } from '../core/run/session.js';
import type { Settings } from './settings/options.js';
import { didYouMean } from '../core/model/suggest.js';
import { exportContacts, type Exported } from '../core/export-contacts.js';
import { csvFormat, ndjsonFormat, type ExportFormat } from '../core/export-formats.js';
import { csvEncoder, ndjsonEncoder, openTarget, writeRecords, type ExportTarget } from './export-target.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { tempDirOf, type Io } from './io.js';
import { startProgress } from './progress.js';
import { plural } from './render-summary.js';
import { noteExport } from '../core/run/latest-export.js';
import { stopOn } from './signals.js';
import { printError } from './terminal.js';

/**
 * `export`: all contacts, on standard output or in a file.
 * @returns 3 where others added or deleted contacts meanwhile, so that some may be missing
 * @throws UsageError, before any call, where the file is not to be written
 */
export async function runExport(settings: Settings, key: string, io: Io): Promise<ExitCode> {
  const progress = startProgress(settings.progress, io.stderr);
  const stop = new AbortController();
  const endSignals = stopOn(io.signal, stop, progress.write);
  const deadline = startDeadline(settings, stop);
  const runLog = openLog({ level: settings.logLevel, key, write: progress.write });
  const scratch = await mkdtemp(path.join(tempDirOf(io), 'contact-sync-'));
  const session = new ApiSession(
    { ...settings, reserve: settings.reserve ?? NO_RESERVE, key, mirror: undefined, deadline },
    { log: runLog.log, stop, onProgress: progress.onProgress },
  );
  let target: ExportTarget | undefined;
  try {
    target = await openTarget(settings.out, settings.force, io.stdout, stop.signal);
    const filters =
      settings.filter.length > 0 ? readFilters(settings.filter, await session.vocabulary.read()) : undefined;
    const exported = await exportTo(target, session, scratch, filters);
    progress.end();
    report(exported, target, io);
    const { complete } = exported;
    const { filter, runsDir, baseUrl } = settings;
    if (target.isFile) await noteExport(runsDir, { file: target.name, filter, complete }, { baseUrl, key });
    return complete ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.end();
    await target?.discard();
    await session.close();
    await rm(scratch, { recursive: true, force: true });
    await runLog.end();
    endSignals();
    stop.abort(new Error('the export is over'));
  }
}

/** NDJSON where the file's name says so, else a CSV. */
async function exportTo(
  target: ExportTarget,
  session: ApiSession,
  scratch: string,
  filters: Filter | undefined,
): Promise<Exported & { leftOut: number }> {
  const { vocabulary } = session;
  const writeAs = async <R>(encoder: Transform, format: ExportFormat<R>) => {
    const exported = await writeRecords<R, Exported>(target, encoder, (write) =>
      exportContacts(session, scratch, filters, format, write),
    );
    return { ...exported, leftOut: format.leftOut };
  };
  return isNdjson(target.name)
    ? writeAs(ndjsonEncoder(), await ndjsonFormat(vocabulary))
    : writeAs(csvEncoder(), await csvFormat(vocabulary));
}

function report(exported: Exported & { leftOut: number }, { name }: ExportTarget, io: Io): void {
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
