import type { Logger } from 'winston';
import { applyPlan, recordPlan } from './apply/apply-plan.js';
import { ApiClient } from './api/client.js';
import { ContactsApi } from './api/contacts-api.js';
import { Vocabulary } from './api/vocabulary.js';
import { CurrentValues } from './current/current-values.js';
import { UsageError } from './exit.js';
import { hasCustomColumns, matchCustomFields, type Header } from './input/header.js';
import { surveyCsv, type CsvOptions, type Survey } from './input/survey.js';
import type { CsvSource } from './input/records.js';
import { makePlan } from './plan/make-plan.js';
import { Recorder } from './run/recorder.js';
import type { RunFolder } from './run/run-folder.js';
import type { Tally } from './run/tally.js';

/** What a sync needs to know, checked and with defaults applied. Durations are milliseconds. */
export interface SyncOptions extends CsvOptions {
  baseUrl: string;
  apiPrefix: string;
  key: string;
  concurrency: number;
  retries: number;
  timeout: number;
  reads: 'auto' | 'ids' | 'list' | 'get';
  skipEquivalent: ReadonlySet<string>;
  /** Stop after the plan. */
  dryRun: boolean;
}

/** How far the job is; `total` is 0 where it is not known. */
export type OnProgress = (phase: 'reading contacts' | 'planning' | 'applying', done: number, total: number) => void;

export interface SyncDeps {
  folder: RunFolder;
  tally: Tally;
  log: Logger;
  onProgress: OnProgress;
}

/**
 * The main job: survey the file, learn the organisation's words, plan on disk, apply.
 * @throws ExitError where the job as a whole cannot go on; rows' own failures are in the results
 */
export async function sync(source: CsvSource, options: SyncOptions, deps: SyncDeps): Promise<void> {
  const { folder, tally, log } = deps;
  const survey = await surveyCsv(source, options);
  tally.surveyed(survey);
  log.info('input surveyed', { rows: survey.rows, invalid: survey.invalid, sha256: survey.sha256 });

  const stop = new AbortController();
  const client = new ApiClient({ ...options, timeoutMs: options.timeout, signal: stop.signal, log });
  tally.watch(client);
  try {
    const api = new ContactsApi(client, options.apiPrefix);
    const vocabulary = new Vocabulary(api);
    const header = await learnHeader(survey, vocabulary, options, log);
    await plan(survey, header, api, vocabulary, options, deps);
    await tally.save(options.dryRun ? 'planned' : 'applying');

    const recorder = await openRecorder(survey, deps);
    try {
      const { concurrency } = options;
      if (options.dryRun) await recordPlan(folder, recorder);
      else await applyPlan({ folder, recorder, concurrency, log, api, vocabulary, stop });
    } finally {
      await recorder.close();
    }
  } finally {
    client.close();
  }
}

/** Fetches the schema and the tags where the file needs them, and finds its custom fields. */
async function learnHeader(survey: Survey, vocabulary: Vocabulary, options: CsvOptions, log: Logger): Promise<Header> {
  if (survey.usesTags) await vocabulary.readTags();
  if (!hasCustomColumns(survey.header)) return survey.header;
  const { header, problems } = matchCustomFields(survey.header, await vocabulary.customFields(), options);
  if (problems.length > 0) throw new UsageError(problems.map((problem) => `${survey.source.name}: ${problem}`));
  for (const column of header.columns) {
    if (column.kind !== 'field' || column.field.aiFilled !== true) continue;
    log.warn('an AI fills this field and may overwrite it later', { field: column.field.key });
  }
  return header;
}

async function plan(
  survey: Survey,
  header: Header,
  api: ContactsApi,
  vocabulary: Vocabulary,
  options: SyncOptions,
  { folder, tally, log, onProgress }: SyncDeps,
): Promise<void> {
  const scratchDir = folder.file('scratch');
  const current = await CurrentValues.open(api, vocabulary, {
    reads: options.reads,
    rows: survey.rows - survey.invalid,
    concurrency: options.concurrency,
    scratchDir,
    log,
    onPage: (done, total) => onProgress('reading contacts', done, total),
  });
  try {
    await makePlan({
      ...{ survey, header, current, scratchDir, edit: options, directory: vocabulary.directory },
      ...{ skipEquivalent: options.skipEquivalent, planFile: folder.file('plan') },
      onLine(line, equivalent) {
        tally.planned(line, equivalent);
        onProgress('planning', line.row, survey.rows);
      },
    });
  } finally {
    await current.close();
  }
  tally.reads(current.choice);
  log.info('plan is on disk', { rows: survey.rows, writes: tally.summary.writes_planned, reads: current.choice.way });
}

function openRecorder(survey: Survey, { folder, tally, onProgress }: SyncDeps): Promise<Recorder> {
  const input = { header: survey.header.names, delimiter: survey.delimiter, bom: survey.bom };
  let done = 0;
  return Recorder.open({ results: folder.file('results'), rejected: folder.file('rejected') }, input, (outcome) => {
    tally.ended(outcome);
    onProgress('applying', ++done, survey.rows);
  });
}
