import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { CurrentValues } from './read/current-values.js';
import { readBySnapshot } from './read/read-by-snapshot.js';
import { SyncError } from './model/errors.js';
import type { ExportReading } from './input/export-file.js';
import { hasCustomColumns, hasTagsColumn, matchCustomFields, type Header } from './input/header.js';
import { LastRows } from './input/last-rows.js';
import type { CsvSource } from './input/records.js';
import { surveyCsv, type Survey } from './input/survey.js';
import { localMinute } from './model/local-minute.js';
import { Base } from './plan/base.js';
import { makePlan } from './plan/make-plan.js';
import { countSentSince } from './run/run-folder.js';
import type { PlanOptions } from './run/summary.js';
import type { Session } from './run/session.js';

/**
 * A CSV to a plan on disk: survey the file, load the organisation's vocabulary, read the contacts, decide.
 * @param sha256 what the file must be, where an earlier process began to plan it
 * @throws SyncError where the file, its header or its base cannot be used
 */
export async function planCsv(session: Session, source: CsvSource, options: PlanOptions, sha256 = ''): Promise<void> {
  const { tally, log } = session;
  tally.planBegins();
  const lastRows = options.duplicates === 'allow' ? undefined : await LastRows.open(scratch(session, 'last-rows'));
  try {
    const survey = await surveyCsv(source, options, { lastRows, signal: session.stop.signal });
    if (sha256 !== '' && survey.sha256 !== sha256) {
      throw new SyncError('input_changed', { file: source.name, when: 'since_planned' });
    }
    if (options.duplicates === 'error' && lastRows && lastRows.repeatedCount > 0) throw repeated(source, lastRows);
    tally.surveyed(survey);
    log.info('input surveyed', { rows: survey.rows, invalid: survey.invalid, sha256: survey.sha256 });
    await tally.save('planning');
    const header = await learnHeader(session, survey, options);
    await decide(session, survey, header, options, options.duplicates === 'last' ? lastRows : undefined);
  } finally {
    await lastRows?.close();
  }
  log.info('plan is on disk', { rows: tally.summary.input.rows, writes: tally.summary.writes_planned });
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
): Promise<void> {
  const { folder, tally, vocabulary, hints, onProgress, stop } = session;
  const custom = header.columns.flatMap((column) => (column.kind === 'field' ? [column.field] : []));
  const reading = { options, customFields: custom, directory: vocabulary.directory };
  const base =
    options.base === undefined
      ? undefined
      : await Base.load(
          { path: options.base, name: options.base },
          { ...reading, role: 'base', dir: scratch(session, 'base') },
        );
  const current = await openValues(session, survey, header, options, reading);
  tally.readingBegins(current.choice);
  let digest: Awaited<ReturnType<typeof makePlan>>;
  try {
    digest = await makePlan({
      ...{ survey, header, current, base, lastRows, edit: options, rules: options, hints },
      signal: stop.signal,
      ...{ directory: vocabulary.directory, planFile: folder.file('plan'), scratchDir: folder.file('scratch') },
      onRow(row) {
        tally.planned(row);
        onProgress('planning', row.line.row, survey.rows);
      },
    });
  } finally {
    await current.close();
    await base?.close();
  }
  tally.name(custom);
  tally.planEnds(current.choice, digest);
  await tally.save('planning');
  for (const field of custom) {
    if (!field.aiFilled || tally.summary.changes[field.key] === undefined) continue;
    session.log.warn('an AI fills this field and may overwrite it later', { field: field.key, name: field.label });
  }
}

/** Where current values come from: a snapshot, or the API and the mirror of it. */
async function openValues(
  session: Session,
  survey: Survey,
  header: Header,
  { snapshot }: PlanOptions,
  reading: Pick<ExportReading, 'options' | 'directory'>,
): Promise<CurrentValues> {
  const rows = survey.rows - survey.invalid;
  if (snapshot === undefined) return session.openCurrentValues(rows, 'open');
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
  // Values of unknown age are as old as can be: they are read again before they are written over.
  session.tally.summary.planned_at = null;
  return session.openSnapshot(reader, rows, `no call at all, ${snapshot} of ${made}`);
}

/** What was written since a snapshot, it does not show: rows may seem unchanged that are not. @returns when it was made */
async function tellAge({ folder, log }: Session, snapshot: string): Promise<string> {
  const { mtime } = await stat(snapshot);
  const runs = await countSentSince(path.dirname(folder.dir), mtime);
  if (runs > 0) log.warn('runs have written since the snapshot: rows may seem unchanged that are not', { runs });
  return localMinute(mtime);
}

function scratch(session: Session, name: string): string {
  return path.join(session.folder.file('scratch'), name);
}
