import path from 'node:path';
import { SyncError } from './model/errors.js';
import { findContacts, type Contacts } from './find-contacts.js';
import { namesOnlyIds } from './contacts/key-columns.js';
import { isFieldKey } from './contacts/keys.js';
import { matchRows } from './match/match-rows.js';
import type { ExportReading } from './input/export-file.js';
import { hasTagsColumn, matchCustomFields, needsSchema, type Header } from './contacts/header.js';
import type { InputFacts } from './model/events.js';
import { LastRows } from './input/last-rows.js';
import type { CsvSource } from './input/records.js';
import { surveyCsv, type Survey } from './input/survey.js';
import { Base } from './plan/base.js';
import { makePlan } from './plan/make-plan.js';
import { batchRows, type RowReading } from './plan/row-batches.js';
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
    const inSurvey = namesOnlyIds(options.key) ? lastRows : undefined;
    const survey = await surveyCsv(source, options, { lastRows: inSurvey, signal: session.stop.signal });
    if (sha256 !== '' && survey.sha256 !== sha256) {
      throw new SyncError('input_changed', { file: source.name, when: 'since_planned' });
    }
    if (options.duplicates === 'error' && lastRows && lastRows.repeatedCount > 0) throw repeated(source, lastRows);
    session.emit({ type: 'surveyed', input: inputOf(survey), invalid: survey.invalid, blank: survey.blankRows });
    if (survey.rows === 0) session.emit({ type: 'warning', code: 'no_rows', facts: { rows: 0 } });
    await session.save();
    const header = await learnHeader(session, survey, options);
    const { readAgain } = await decide(session, survey, header, options, lastRows);
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
  if (!needsSchema(survey.header, options)) return survey.header;
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
  const { directory } = vocabulary;
  const about = header.columns.flatMap((column) => ('field' in column ? [column.field.key] : []));
  session.planIsAbout([...new Set(about)]);
  const rows: RowReading = { survey, header, edit: options, directory };
  const contacts = await findContacts(
    session,
    rows,
    options.snapshot === undefined ? undefined : { path: options.snapshot, reading },
  );
  const { current, readAgain, matches } = contacts;
  session.emit({ type: 'reads_chosen', choice: current.choice });
  let digest: Awaited<ReturnType<typeof makePlan>>;
  try {
    if (lastRows && matches) await noteLastRows(rows, contacts, lastRows, stop.signal);
    if (options.duplicates === 'error' && lastRows && lastRows.repeatedCount > 0)
      throw repeated(survey.source, lastRows);
    digest = await makePlan({
      ...rows,
      ...{ current, matches, base, rules: options, hints: session.hints, signal: stop.signal },
      lastRows: options.duplicates === 'last' ? lastRows : undefined,
      ...{ planFile: folder.file('plan'), scratchDir: folder.file('scratch') },
      onRow(row) {
        session.emit({ type: 'row_planned', ...row });
        session.progress('planning', row.line.row, survey.rows);
      },
    });
  } finally {
    await current.close();
    await matches?.index.close();
    await base?.close();
  }
  await session.planReady(current.choice, digest, { readAgain, fields: custom });
  for (const { key, aiFilled } of custom) {
    if (!aiFilled || session.summary.changes[key] === undefined) continue;
    session.emit({ type: 'warning', code: 'ai_field', facts: { field: key } });
  }
  return { readAgain };
}

/** Which row is the last about each contact, where only looking for the contacts tells. */
async function noteLastRows(
  rows: RowReading,
  { current, matches }: Contacts,
  lastRows: LastRows,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of batchRows(rows)) {
    signal.throwIfAborted();
    const edits = batch.flatMap((item) => ('edit' in item ? [item.edit] : []));
    const matched = await matchRows(
      edits.filter(({ key }) => isFieldKey(key)),
      current,
      matches,
    );
    for (const edit of edits) {
      const match = matched.get(edit);
      if (!isFieldKey(edit.key)) await lastRows.add(edit.key.value, edit.row);
      else if (match && 'edit' in match) await lastRows.add(match.edit.contactId, edit.row);
    }
  }
  await lastRows.flush();
}

type Reading = Pick<ExportReading, 'options' | 'directory' | 'customFields'>;

async function loadBase(session: Session, { base }: PlanOptions, reading: Reading): Promise<Base | undefined> {
  if (base === undefined) return undefined;
  return Base.load({ path: base, name: base }, { ...reading, role: 'base', dir: scratch(session, 'base') });
}

function scratch(session: Session, name: string): string {
  return path.join(session.folder.file('scratch'), name);
}
