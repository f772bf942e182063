import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../../core/model/parse-json.js';
import { didYouMean } from '../../core/model/suggest.js';
import { LATEST_EXPORT } from '../../core/run/latest-export.js';
import { UsageError } from './command-error.js';
import { kebab, OPTIONS, type OptionName, type OptionSpec } from './options.js';

/** A job file's settings by option name, and its CSV. */
export interface Job {
  file: string;
  csv?: string;
  values: Partial<Record<OptionName, unknown>>;
}

/**
 * Reads `--job FILE`: a JSON object with flags as keys, and `csv`. Paths in it are relative to the file.
 * @throws UsageError with all of its problems
 */
export function readJob(file: string): Job {
  const parsed = readJson(file);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(`${file}: expected a JSON object such as {"csv": "edits.csv", "concurrency": 4}`);
  }
  const names = new Map(Object.keys(OPTIONS).map((name) => [kebab(name), name as OptionName]));
  const job: Job = { file, values: {} };
  const problems: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const name = names.get(kebab(key));
    if (key === 'csv' && typeof value === 'string') job.csv = value === '-' ? value : fromJob(file, value);
    else if (key === 'csv') problems.push(`${file}: csv: expected a path, got ${JSON.stringify(value)}`);
    else if (name === undefined)
      problems.push(`${file}: unknown key "${key}"${secretOr(key, [...names.keys(), 'csv'])}`);
    else job.values[name] = isPath(name) && typeof value === 'string' ? fromJob(file, value) : value;
  }
  if (problems.length > 0) throw new UsageError(problems);
  return job;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`--job ${file}: cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  try {
    return parseJson(text);
  } catch (cause) {
    throw new UsageError(`${file}: is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function isPath(name: OptionName): boolean {
  return (OPTIONS[name] as OptionSpec).isPath === true;
}

function fromJob(file: string, value: string): string {
  if (value === LATEST_EXPORT) return value;
  return path.resolve(path.dirname(file), value);
}

function secretOr(key: string, known: string[]): string {
  if (/key|token|secret|password/i.test(key))
    return ': the API key comes only from CONTACT_SYNC_API_KEY or CONTACT_SYNC_API_KEY_FILE';
  return didYouMean(key, known);
}
