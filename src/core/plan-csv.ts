import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { CurrentValues } from './read/current-values.js';
import { readBySnapshot } from './read/read-by-snapshot.js';
import { SyncError } from './model/errors.js';
import type { ExportReading } from './input/export-file.js';
import { hasCustomColumns, hasTagsColumn, matchCustomFields, type Header } from './contacts/header.js';
import type { InputFacts } from './model/events.js';
import { LastRows } from './input/last-rows.js';
import type { CsvSource } from './input/records.js';
import { surveyCsv, type Survey } from './input/survey.js';
import { localMinute } from './model/local-minute.js';
import { Base } from './plan/base.js';
import { makePlan } from './plan/make-plan.js';
import { countSentSince } from './run/run-folder.js';
import type { PlanOptions } from './run/summary.js';
import type { Session } from './run/session.js';

/** A plan that this process has just put on disk. */
export interface FreshPlan {
  /** When its values were read, epoch milliseconds; 0: they must be read again before they are written over. */
  readAt: number;
}

/**
 * A CSV to a plan on disk: survey the file, load the vocabulary, read the contacts, decide.
 * @param sha256 what the file must be, where an earlier process began to plan it
 * @throws SyncError where the file, its header or its base is not such a CSV
 */
export async function planCsv(
  session: Session,
  source: CsvSource,
  options: PlanOptions,
  sha256 = '',
): Promise<FreshPlan> {
  const begunAt = Date.now();
  await session.planBegins();
  const lastRows = options.duplicates === 'allow' ? undefined : await LastRows.open(scratch(session, 'last-rows'));
  try {
    const survey = await surveyCsv(source, options, { lastRows, signal: session.stop.signal });
    if (sha256 !== '' && survey.sha256 !== sha256) {
      throw new SyncError('input_changed', { file: source.name, when: 'since_planned' });
    }
    if (options.duplicates === 'error' && lastRows && lastRows.repeatedCount > 0) throw repeated(source, lastRows);
    session.emit({ type: 'surveyed', input: inputOf(survey), invalid: survey.invalid });
    await session.save();
    const header = await learnHeader(session, survey, options);
    const last = options.duplicates === 'last' ? lastRows : undefined;
    const { readAgain } = await decide(session, survey, header, options, last);
    return { readAt: readAgain ? 0 : begunAt };
  } finally {
    await lastRows?.close();
  }
}

function inputOf({ sha256, bytes, rows, header, delimiter, bom }: Survey): InputFacts {
  return { sha256, bytes, rows, header: header.names, delimiter, bom };
}

function repeated(source: CsvSource, { repeated, repeatedCount }: LastRows): SyncError {
  const more = repeatedCount - repeated.length;
  return new SyncError('contacts_repeated', { file: source.name, repeated, more });
}

/** Fetches the schema and the tags where the file needs them, and finds its custom fields. */
async function learnHeader({ vocabulary }: Session, survey: Survey, options: PlanOptions): Promise<Header> {
  // A base can name tags where the file has emptied their cells.
  const baseUsesTags = options.base !== undefined && hasTagsColumn(survey.header);
  if (survey.usesTags || baseUsesTags) await vocabulary.readTags();
  if (!hasCustomColumns(survey.header)) return survey.header;
  const { header, problems } = matchCustomFields(survey.header, await vocabulary.customFields(), options);
  if (problems.length > 0) throw new SyncError('header_invalid', { file: survey.source.name, problems });
  return header;
}

async function decide(
  session: Session,
  survey: Survey,
  header: Header,
  options: PlanOptions,
  lastRows: LastRows | undefined,
): Promise<{ readAgain: boolean }> {
  const { folder, vocabulary, stop } = session;
  const custom = header.columns.flatMap((column) => (column.kind === 'field' ? [column.field] : []));
  const reading = { options, customFields: custom, directory: vocabulary.directory };
  const base = await loadBase(session, options, reading);
  const { current, readAgain } = await openValues(session, survey, header, options, reading);
  session.emit({ type: 'reads_chosen', choice: current.choice });
  let digest: Awaited<ReturnType<typeof makePlan>>;
  try {
    digest = await makePlan({
      ...{
        survey,
        header,
        current,
        base,
        lastRows,
        edit: options,
        rules: options,
        hints: session.hints,
        signal: stop.signal,
      },
      ...{ directory: vocabulary.directory, planFile: folder.file('plan'), scratchDir: folder.file('scratch') },
      onRow(row) {
        session.emit({ type: 'row_planned', ...row });
        session.progress('planning', row.line.row, survey.rows);
      },
    });
  } finally {
    await current.close();
    await base?.close();
  }
  await session.planReady(current.choice, digest, { readAgain, fields: custom });
  for (const { key, aiFilled } of custom) {
    if (!aiFilled || session.summary.changes[key] === undefined) continue;
    session.emit({ type: 'warning', code: 'ai_field', facts: { field: key } });
  }
  return { readAgain };
}

type Reading = Pick<ExportReading, 'options' | 'directory' | 'customFields'>;

async function loadBase(session: Session, { base }: PlanOptions, reading: Reading): Promise<Base | undefined> {
  if (base === undefined) return undefined;
  return Base.load({ path: base, name: base }, { ...reading, role: 'base', dir: scratch(session, 'base') });
}

/** Where current values come from: a snapshot, or the API and the mirror of it. */
async function openValues(
  session: Session,
  survey: Survey,
  header: Header,
  { snapshot }: PlanOptions,
  reading: Reading,
): Promise<{ current: CurrentValues; readAgain: boolean }> {
  const rows = survey.rows - survey.invalid;
  if (snapshot === undefined) return session.openToPlan(rows, fieldsOf(header));
  // Guards are held against the snapshot as well, so that it must have what they look at.
  const fields = new Map(
    header.columns.flatMap((column) => ('field' in column ? [[column.field.key, column.field]] : [])),
  );
  const from = {
    ...reading,
    customFields: [...fields.values()],
    role: 'snapshot' as const,
    dir: scratch(session, 'snapshot'),
  };
  const reader = await readBySnapshot(snapshot, [...fields.keys()], from);
  const made = await tellAge(session, snapshot);
  const current = session.openSnapshot(reader, rows, `no call at all, ${snapshot} of ${made}`);
  // Values of unknown age are as old as can be.
  return { current, readAgain: true };
}

/** Keys of the fields that a file edits, or guards. */
function fieldsOf({ columns }: Header): string[] {
  return [...new Set(columns.flatMap((column) => ('field' in column ? [column.field.key] : [])))];
}

/** What was written since a snapshot, it does not show: rows may seem unchanged that are not. @returns when it was made */
async function tellAge({ folder, emit }: Session, snapshot: string): Promise<string> {
  const { mtime } = await stat(snapshot);
  const runs = await countSentSince(path.dirname(folder.dir), mtime);
  if (runs > 0) emit({ type: 'warning', code: 'written_since_snapshot', facts: { runs } });
  return localMinute(mtime);
}

function scratch(session: Session, name: string): string {
  return path.join(session.folder.file('scratch'), name);
}
