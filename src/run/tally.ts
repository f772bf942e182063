import type { ApiClient } from '../api/client.js';
import type { ReadChoice } from '../current/choose-reads.js';
import { EXIT, type ExitCode } from '../exit.js';
import type { Survey } from '../input/survey.js';
import type { PlanLine } from '../plan/plan-line.js';
import { isRejected, STATUSES } from '../problem.js';
import type { Outcome } from './recorder.js';
import { writeSummary, type RunState, type Summary } from './summary.js';

/** Counts what happens in a run and keeps its summary.json true. */
export class Tally {
  #client: ApiClient | undefined;

  constructor(
    readonly summary: Summary,
    private readonly file: string,
  ) {}

  surveyed({ source, sha256, bytes, rows }: Survey): void {
    this.summary.input = { path: source.name, sha256, bytes, rows };
  }

  watch(client: ApiClient): void {
    this.#client = client;
  }

  reads(choice: ReadChoice): void {
    this.summary.reads = choice;
  }

  planned(line: PlanLine, equivalent: readonly string[]): void {
    const { changes, equivalent: forms } = this.summary;
    if (line.status === 'planned') this.summary.writes_planned++;
    for (const key of Object.keys(line.changes ?? {})) changes[key] = (changes[key] ?? 0) + 1;
    for (const key of equivalent) forms[key] = (forms[key] ?? 0) + 1;
  }

  ended({ status, warnings }: Outcome): void {
    this.summary.counts[status]++;
    if (warnings?.some((warning) => warning.code === 'not_kept' && !('form' in warning))) this.summary.not_kept++;
  }

  /** Writes summary.json as things stand. */
  async save(state: RunState): Promise<void> {
    this.summary.state = state;
    const { summary } = this;
    const client = this.#client;
    if (client) {
      const { calls, retries, rateLimited } = client.traffic;
      const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
      summary.calls = { ...calls, total };
      summary.retries = retries;
      summary.rate_limited = rateLimited;
      summary.waited_seconds = Math.round(client.gate.waitedMs / 100) / 10;
    }
    await writeSummary(this.file, summary);
  }

  async end(state: RunState, exitCode: ExitCode, error?: string): Promise<void> {
    this.summary.exit_code = exitCode;
    this.summary.ended_at = new Date().toISOString();
    this.summary.error = error ?? null;
    await this.save(state);
  }
}

/**
 * What the exit code says of a run that came to its end: 0 only if every row is as the CSV says (or planned to be).
 * A value that the API accepted and did not keep is not as the CSV says.
 */
export function exitCodeOf({ counts, not_kept }: Summary): ExitCode {
  const rejected = STATUSES.some((status) => isRejected(status) && counts[status] > 0);
  return rejected || not_kept > 0 ? EXIT.incomplete : EXIT.ok;
}
