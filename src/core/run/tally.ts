import type { ApiClient } from '../api/client.js';
import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import { CALL_KINDS } from '../model/traffic.js';
import { SyncError } from '../model/errors.js';
import type { Survey } from '../input/survey.js';
import type { PlannedRow } from '../plan/plan-row.js';
import type { Field } from '../contacts/fields.js';
import { isEmpty } from '../model/values.js';
import { isRejected, STATUSES } from '../model/problem.js';
import { noCounts, noPlan, writeSummary, type RunState, type Summary } from './summary.js';
import { isBroken, type Outcome } from '../model/outcome.js';
import type { ReadChoice } from '../model/read-choice.js';

/** A process that is killed loses what it counted in this time. */
const SAVED_EVERY_MS = 1000;

/** No date is later. */
const LATEST_MS = 8.64e15;

/** Counts what happens in a run and keeps its summary.json true. */
export class Tally {
  #client: ApiClient | undefined;
  /** The summary as an earlier process left it: its calls count as well. */
  #before: Summary | undefined;
  #saving: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** What is to be spent was told by this process. */
  #isTold = false;

  constructor(
    readonly summary: Summary,
    private readonly file: string,
    /** Told when the plan is made. */
    private readonly onPlanned: (summary: Summary) => void,
    /** Told before contacts are read. */
    private readonly onReading: (choice: ReadChoice) => void = () => undefined,
    /** Told before a plan made earlier is applied: of so many writes at the most. */
    private readonly onWriting: (summary: Summary, writes: number) => void = () => undefined,
  ) {}

  /** The input is known; `path` stays as it was given. */
  surveyed({ sha256, bytes, rows, header, delimiter, bom }: Survey): void {
    const { path } = this.summary.input;
    this.summary.input = { path, sha256, bytes, rows, header: header.names, delimiter, bom };
  }

  /** From now on the calls of this client count. */
  watch(client: ApiClient): void {
    this.#client = client;
    this.#before = structuredClone(this.summary);
    // What fails here, fails at the end as well, and is told then.
    this.#timer = setInterval(() => void this.save(this.summary.state).catch(() => undefined), SAVED_EVERY_MS).unref();
  }

  /** A plan is begun: what an earlier process counted of one does not hold. */
  planBegins(): void {
    const nothing = {
      changes: {},
      kinds: {},
      equivalent: {},
      empty_cells_left: 0,
      writes_planned: 0,
      clears_planned: 0,
      rejected_planned: 0,
    };
    Object.assign(this.summary, nothing, { plan: noPlan() }, { planned_at: new Date().toISOString() });
  }

  readingBegins(choice: ReadChoice): void {
    this.onReading(choice);
  }

  planned({ line, equivalent, emptyLeft }: PlannedRow): void {
    const { summary } = this;
    summary.empty_cells_left += emptyLeft;
    if (line.status === 'planned') summary.writes_planned++;
    else if (isRejected(line.status)) summary.rejected_planned++;
    for (const [key, change] of Object.entries(line.changes ?? {})) {
      const kind = isEmpty(change.to) ? 'cleared' : isEmpty(change.from) ? 'filled' : 'replaced';
      if (kind === 'cleared') summary.clears_planned++;
      count(summary.changes, key);
      count(summary.kinds, `${key} ${kind}`);
    }
    for (const key of equivalent) count(summary.equivalent, key);
  }

  /** @param digest of plan.ndjson, which is complete and on disk */
  planEnds(choice: ReadChoice, digest: { lines: number; sha256: string }): void {
    const { summary } = this;
    summary.plan = { rows: digest.lines, planned: summary.writes_planned, sha256: digest.sha256 };
    summary.reads = choice;
    // Values that may be old are read again before they are written over.
    this.#estimate(summary.writes_planned, summary.planned_at === null);
    this.#countCalls();
    this.#isTold = true;
    this.onPlanned(summary);
  }

  /** A plan that was made before is about to be applied, or what is left of it. @param writes PATCHes, at the most */
  writesBegin(writes: number): void {
    if (this.#isTold) return;
    this.#estimate(writes, true);
    this.onWriting(this.summary, writes);
  }

  #estimate(writes: number, readAgain: boolean): void {
    const rereads = readAgain ? Math.ceil(writes / MAX_PAGE_SIZE) : 0;
    const ms = this.#client?.gate.estimateMs(writes + rereads) ?? 0;
    const finite = ms < LATEST_MS - Date.now();
    const endsAt = finite ? new Date(Date.now() + ms).toISOString() : null;
    this.summary.estimate = { seconds: finite ? Math.round(ms / 1000) : null, ends_at: endsAt, rereads };
  }

  /** What people call these fields. */
  name(fields: readonly Field[]): void {
    for (const { key, label } of fields) if (label !== key) this.summary.labels[key] = label;
  }

  /** Rows are about to end: what an earlier process counted is counted anew. */
  resultsBegin(): void {
    this.summary.counts = noCounts();
    this.summary.not_kept = 0;
  }

  ended({ status, warnings }: Outcome): void {
    this.summary.counts[status]++;
    if (!isRejected(status) && isBroken({ status, ...(warnings ? { warnings } : {}) })) this.summary.not_kept++;
  }

  /** Writes summary.json as things stand. */
  save(state: RunState): Promise<void> {
    this.summary.state = state;
    this.#countCalls();
    this.#saving = this.#saving.catch(() => undefined).then(() => writeSummary(this.file, this.summary));
    return this.#saving;
  }

  #countCalls(): void {
    const { summary } = this;
    const client = this.#client;
    const before = this.#before;
    if (client && before) {
      const { calls, retries, rateLimited } = client.traffic;
      for (const kind of CALL_KINDS) summary.calls[kind] = before.calls[kind] + calls[kind];
      summary.calls.total = CALL_KINDS.reduce((sum, kind) => sum + summary.calls[kind], 0);
      summary.retries = before.retries + retries;
      summary.rate_limited = before.rate_limited + rateLimited;
      summary.waited_seconds = before.waited_seconds + Math.round(client.gate.waitedMs / 100) / 10;
    }
  }

  /** From now on requests may be sent: what the plan was is on disk. */
  begin(): Promise<void> {
    this.summary.began_at ??= new Date().toISOString();
    return this.save('applying');
  }

  /** @throws SyncError where a row of the plan has no result: a run is not done before */
  assertComplete(): void {
    const { counts, input, plan } = this.summary;
    const results = STATUSES.reduce((sum, status) => sum + counts[status], 0);
    if (results === plan.rows && results === input.rows) return;
    throw new SyncError('run_incomplete', { results, rows: input.rows, planned: plan.rows });
  }

  async end(state: RunState, exitCode: number, error?: string): Promise<void> {
    clearInterval(this.#timer);
    this.summary.exit_code = exitCode;
    this.summary.ended_at = new Date().toISOString();
    this.summary.error = error ?? null;
    this.summary.pid = null;
    await this.save(state);
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
