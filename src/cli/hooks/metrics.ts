import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../../core/disk/replace-file.js';
import { CALL_KINDS } from '../../core/model/calls.js';
import { STATUSES } from '../../core/model/problem.js';
import { secondsOf, type Ending } from './ending.js';

/** Collectors run as a user of their own; the file holds counts and times alone. */
const READABLE_BY_ALL = 0o644;

const LAST_SUCCESS = 'contact_sync_last_success_timestamp_seconds';

/** A metric's samples by their labels; '' where it has but one. */
interface Metric {
  name: string;
  help: string;
  samples: Readonly<Record<string, number>>;
}

/**
 * Writes the metrics of a command's end, in one step. The time of the last success is carried over from the file that is
 * replaced.
 * @throws where the file cannot be written
 */
export async function writeMetrics(file: string, ending: Ending): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  const name = path.basename(file).replace(/\.prom$/, '');
  await replaceFile(file, renderMetrics(ending, name, lastSuccessIn(before)), READABLE_BY_ALL);
}

/** 0 where there was none, so that an alert on its age fires. */
function lastSuccessIn(text: string): number {
  const found = new RegExp(`^${LAST_SUCCESS}(?:\\{[^}]*\\})? (\\d+(?:\\.\\d+)?)$`, 'm').exec(text);
  return Number(found?.[1] ?? 0);
}

/**
 * Metrics in Prometheus' text format. Pure.
 * @param name tells several files of one collector apart: two samples may not have the same labels
 * @param lastSuccess seconds since the epoch
 */
export function renderMetrics(ending: Ending, name: string, lastSuccess: number): string {
  const file = `file="${escapeLabel(name)}"`;
  return metricsOf(ending, lastSuccess)
    .flatMap(({ name: metric, help, samples }) => [
      `# HELP ${metric} ${help}`,
      `# TYPE ${metric} gauge`,
      ...Object.entries(samples).map(([label, value]) => `${metric}{${label}${label && ','}${file}} ${value}`),
    ])
    .join('\n')
    .concat('\n');
}

function metricsOf(ending: Ending, lastSuccess: number): Metric[] {
  const { end, exitCode, isFailure, endedAt } = ending;
  const now = endedAt.getTime() / 1000;
  const one = (name: string, help: string, value: number): Metric => ({ name, help, samples: { '': value } });
  const always = [
    one('contact_sync_exit_code', 'Exit code of the last command.', exitCode),
    one('contact_sync_duration_seconds', 'How long the last command took.', secondsOf(ending)),
    one('contact_sync_last_end_timestamp_seconds', 'When the last command ended.', now),
    one(LAST_SUCCESS, 'When a command last succeeded; 0: never.', isFailure ? lastSuccess : now),
  ];
  if (end === undefined) return always;
  const { counts, calls, retries, rate_limited, waited_seconds } = end.summary;
  const byLabel = <K extends string>(label: string, keys: readonly K[], values: Readonly<Record<K, number>>) =>
    Object.fromEntries(keys.map((key) => [`${label}="${key}"`, values[key]]));
  return [
    ...always,
    { name: 'contact_sync_rows', help: 'Rows of the last run.', samples: byLabel('status', STATUSES, counts) },
    { name: 'contact_sync_calls', help: 'API calls of the last run.', samples: byLabel('kind', CALL_KINDS, calls) },
    one('contact_sync_retries', 'Calls of the last run that were made again.', retries),
    one('contact_sync_rate_limited_calls', 'Calls of the last run that the API answered with 429.', rate_limited),
    one('contact_sync_wait_seconds', 'How long the last run waited for the rate limit.', waited_seconds),
  ];
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}
