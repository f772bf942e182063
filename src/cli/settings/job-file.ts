import { readFileSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../../core/model/errno.js';
import { didYouMean } from '../../core/model/suggest.js';
import { nearFile } from '../../core/disk/near-file.js';
import { LATEST_EXPORT } from '../../core/run/latest-export.js';
import type { Io } from '../output/io.js';
import { UsageError } from './command-error.js';
import { inHome } from './home-path.js';
import { parseJob } from './job-json.js';
import { mayBeKey, NOT_SHOWN } from './secret.js';
import type { OptionSpec } from './option-spec.js';
import { jobName, kebab, OPTIONS, type OptionName } from './options.js';
import { decodeSettings } from './settings-text.js';

/** The key of a job file that names the file with the API key. */
export const KEY_FILE = 'api-key-file';

/** The key of a job file that names its JSON Schema. */
export const SCHEMA_KEY = '$schema';

/** A job file's settings by option name, and its CSV. */
export interface Job {
  file: string;
  csv?: string;
  /** The file that holds the key; not a setting, as no flag names it. */
  apiKeyFile?: string;
  values: Partial<Record<OptionName, unknown>>;
  /** In which line of the file each is, from 1. */
  lines?: Partial<Record<OptionName, number>>;
}

/**
 * Reads `--job FILE`: a JSON object with flags as keys, `csv` and `api-key-file`. It may have comments and commas behind
 * the last item. Paths in it are relative to the file, or start with `~/`.
 * @throws UsageError with all of its problems, each with its line
 */
export function readJob(file: string, io: Pick<Io, 'env'>): Job {
  const names = new Map((Object.keys(OPTIONS) as OptionName[]).map((name) => [jobName(name), name]));
  const job: Job & Required<Pick<Job, 'lines'>> = { file, values: {}, lines: {} };
  const problems: string[] = [];
  const lines = new Map<string, number>();
  for (const { key, value, line } of parseJob(readText(file), file)) {
    // For editors, which complete and check the file by it.
    if (key === SCHEMA_KEY) continue;
    const [word, place] = [kebab(key), `${file}: line ${line}`];
    const name = names.get(word);
    const earlier = lines.get(word);
    if (earlier !== undefined) problems.push(`${place}: "${key}" is already in line ${earlier}`);
    lines.set(word, line);
    if (name !== undefined) job.lines[name] = line;
    if (name === undefined && key !== 'csv' && word !== KEY_FILE) {
      problems.push(`${place}: unknown key "${key}"${secretOr(key, [...names.keys(), 'csv', KEY_FILE])}`);
    } else if (name !== undefined && !isPath(name)) job.values[name] = value;
    else if (typeof value === 'string') {
      if (/\p{Cc}/u.test(value)) problems.push(`${place}: ${word}: ${EATEN_BACKSLASH}`);
      const found = key === 'csv' && value === '-' ? value : fromJob(file, inHome(value, io));
      if (name !== undefined) job.values[name] = found;
      else job[word === KEY_FILE ? 'apiKeyFile' : 'csv'] = found;
    } else problems.push(`${place}: ${word}: ${expectedPath(word, value)}`);
  }
  if (problems.length > 0) throw new UsageError(problems);
  return job;
}

const EATEN_BACKSLASH = 'holds a line break, a tab or the like, as \\n and \\t stand for one; write / or \\\\ in paths';

/** A key that stands where its file should is not shown. */
function expectedPath(word: string, value: unknown): string {
  return word === KEY_FILE
    ? 'expected the path of a file with the key'
    : `expected a path, got ${JSON.stringify(value)}`;
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (mayBeKey(file)) throw new UsageError(`--job: cannot be read: ${code}. ${NOT_SHOWN}`);
    throw new UsageError(`--job ${file}: ${reasonOf(code)}${nearFile(file, code)}`, { cause });
  }
  return decodeSettings(bytes, file);
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
