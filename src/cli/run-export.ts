import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { secretsOf } from '../core/api/proxy.js';
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
import { withExport, type Export, type ExportContext, type Exported } from '../core/export-contacts.js';
import { csvEncoder, ndjsonEncoder, openTarget, writeRecords, type ExportTarget } from './export-target.js';
import { isTold } from './settings/is-told.js';
import { machineDirOf } from './settings/machine-dir.js';
import { tempDirOf, type Io } from './output/io.js';
import { openStore, userId } from './open-store.js';
import { startProgress } from './progress/progress.js';
import type { Given } from './run-verb.js';
import { plural } from '../core/report/format.js';
import { rememberOnceAccepted } from './settings/known-addresses.js';
import { noteExport } from '../core/run/latest-export.js';
import { knownTarget } from '../core/run/target.js';
import { stopOn } from './signals.js';
import { printError } from './output/terminal.js';
import { logWhere, tellWhere } from './tell-where.js';

const SCRATCH = /^contact-sync-[0-9a-f]{12}$/;

/**
 * `export`: all contacts, on standard output or in a file.
 * @returns 3 where others added or deleted contacts meanwhile, so that some may be missing
 * @throws UsageError, before any call, where the file is not to be written
 */
export async function runExport({ settings, key, proxy, io }: Given): Promise<ExitCode> {
  const progress = startProgress(isTold(settings), io.stderr, io.env);
  const where = tellWhere(settings, isTold(settings) ? progress.write : () => undefined);
  const stopTelling = stopOn(io.signal, progress.write);
  const memory = rememberOnceAccepted(machineDirOf(settings, io), { ...settings, key });
  const runLog = openLog({ level: settings.logLevel, secrets: [key, ...secretsOf(proxy)], write: progress.write });
  const scratchDir = path.join(tempDirOf(io), `contact-sync-${randomBytes(6).toString('hex')}`);
  let scratch: Scratch | undefined;
  try {
    await removeLeft(tempDirOf(io));
    scratch = await holdScratch(scratchDir);
    const { filter, formulas, organisation, runsDir } = settings;
    const context: ExportContext = {
      ...{ api: { ...settings, key, proxy }, scratchDir, formulas, organisation },
      ...(io.signal ? { signal: io.signal } : {}),
      ...(filter.length > 0 ? { filter: (schema: readonly FieldSchema[]) => readFilters(filter, schema) } : {}),
      onEvent(event) {
        where(event);
        memory.onEvent(event);
        progress.onEvent(event);
        logEvent(runLog.log, event);
      },
    };
    logWhere(settings, runLog.log);
    const exported = await withExport(context, async (begun) => {
      const target = await openTarget(settings.out, settings.force, io.stdout, begun.signal);
      try {
        // A file is noted beside the runs, where no one else may lead a snapshot to another one.
        if (target.isFile) await openStore(settings, io);
        return { ...(await exportTo(target, begun)), target };
      } finally {
        await target.discard();
      }
    });
    progress.end();
    const { complete, target } = exported;
    if (isTold(settings)) report(exported, settings.formulas, target, io);
    if (!complete) printError(io, sayIncomplete(exported));
    if (target.isFile) {
      const whose = await knownTarget({ ...settings, key }, machineDirOf(settings, io));
      await noteExport(runsDir, { file: target.name, filter, complete }, whose);
    }
    return complete ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.end();
    await scratch?.remove();
    await runLog.end();
    await memory.settled();
    stopTelling();
  }
}

/** Removes what exports that were killed have left: the ids of contacts. */
async function removeLeft(dir: string): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    if (SCRATCH.test(name)) await removeScratch(path.join(dir, name), userId()).catch(() => undefined);
  }
}

/** NDJSON where the file's name says so, else a CSV. */
function exportTo(target: ExportTarget, { run }: Export): Promise<Exported> {
  return isNdjson(target.name)
    ? writeRecords<Contact, Exported>(target, ndjsonEncoder(), (write) => run({ format: 'ndjson', write }))
    : writeRecords<readonly string[], Exported>(target, csvEncoder(), (write) => run({ format: 'csv', write }));
}

function sayFormulas(count: number, mode: FormulaMode): string {
  const values = `${plural(count, 'value')} that a spreadsheet would take for ${count === 1 ? 'a formula' : 'formulas'}`;
  if (mode === 'keep')
    return `warning: ${values} stand in the file as they are; --formulas quote keeps them from being run`;
  if (mode === 'drop') return `${values} left out; sync leaves those alone`;
  return `${values} quoted with ', which sync takes off`;
}

function report(exported: Exported, mode: FormulaMode, { name }: ExportTarget, io: Io): void {
  const { contacts, leftOut, formulas } = exported;
  printError(io, `${plural(contacts, 'contact')} exported to ${name}`);
  if (leftOut > 0) {
    printError(
      io,
      `${plural(leftOut, 'value')} left out, as no cell reads back as them; sync leaves those alone${mode === 'drop' ? '' : ', unless --empty clear is given'}`,
    );
  }
  if (formulas > 0) printError(io, sayFormulas(formulas, mode));
}

function sayIncomplete({ counted: { least, most } }: Exported): string {
  const count = least === most ? `${most}` : `between ${least} and ${most}`;
  return `the API counted ${count} from page to page: contacts came or went meanwhile, so some may be missing`;
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
