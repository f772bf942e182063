import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../../core/model/parse-json.js';
import { didYouMean } from '../../core/model/suggest.js';
import { LATEST_EXPORT } from '../../core/run/latest-export.js';
import { UsageError } from './command-error.js';
import { mayBeKey, NOT_SHOWN } from './secret.js';
import type { OptionSpec } from './option-spec.js';
import { kebab, OPTIONS, type OptionName } from './options.js';

/** The key of a job file that names the file with the API key. */
export const KEY_FILE = 'api-key-file';

/** A job file's settings by option name, and its CSV. */
export interface Job {
  file: string;
  csv?: string;
  /** The file that holds the key; not a setting, as no flag names it. */
  apiKeyFile?: string;
  values: Partial<Record<OptionName, unknown>>;
}

/**
 * Reads `--job FILE`: a JSON object with flags as keys, `csv` and `api-key-file`. Paths in it are relative to the file.
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
    else if (kebab(key) === KEY_FILE && typeof value === 'string') job.apiKeyFile = fromJob(file, value);
    else if (kebab(key) === KEY_FILE) problems.push(`${file}: ${KEY_FILE}: expected the path of a file with the key`);
    else if (name === undefined)
      problems.push(`${file}: unknown key "${key}"${secretOr(key, [...names.keys(), 'csv', KEY_FILE])}`);
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
    const { code } = cause as NodeJS.ErrnoException;
    if (mayBeKey(file)) throw new UsageError(`--job: cannot be read: ${code}. ${NOT_SHOWN}`);
    throw new UsageError(`--job ${file}: cannot be read: ${code}`, { cause });
  }
  try {
    return parseJson(text);
  } catch (error) {
    // The parser's own message shows the text, which is the key where a key file was named by mistake.
    throw new UsageError(`${file}: is not JSON: ${placeOf(error as Error, text)}`);
  }
}

/** Where the parser stopped, as far as it tells. */
function placeOf({ message }: Error, text: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return 'expected an object such as {"csv": "edits.csv", "concurrency": 4}';
  const before = text.slice(0, Number(position)).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
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
    return `: the API key comes only from CONTACT_SYNC_API_KEY or a file: CONTACT_SYNC_API_KEY_FILE, or ${KEY_FILE} here`;
  return didYouMean(key, known);
}
