import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { nearFile } from '../../core/disk/near-file.js';
import { reasonOf } from '../../core/model/errno.js';
import { SHORTEST_KEY } from '../../core/model/redact.js';
import { CommandError } from './command-error.js';
import type { Env } from '../output/io.js';
import type { EnvFile } from './env.js';
import { warnOfReaders } from './file-access.js';
import { inHome } from './home-path.js';
import { KEY_FILE, type Job } from './job-file.js';
import { nameOrigin, type Origin } from './origin.js';
import { mayBeKey } from './secret.js';
import { decodeSettings } from './settings-text.js';

/** The API key, and where it comes from. */
export interface Key {
  value: string;
  /** Of the variable, or of what names the key file. */
  origin: Origin;
  /** Where the key is in a file of its own. */
  file?: string;
  /** About files that others can read. */
  warnings: readonly string[];
}

interface KeySources {
  env: Env;
  envFile?: EnvFile | undefined;
  job?: Job | undefined;
}

/**
 * The API key: from `CONTACT_SYNC_API_KEY` or the file that `CONTACT_SYNC_API_KEY_FILE` names, of the environment or else
 * of `.env`, or else from the file that the job file names.
 * @throws CommandError of kind `key` where there is none, or none that can be used; its message never shows the key
 */
export function readKey({ env, envFile, job }: KeySources): Key {
  const found = fromVariables(env, { kind: 'env' }, env) ?? fromEnvFile(envFile, env) ?? fromJob(job);
  if (found === undefined) {
    throw new CommandError(
      'key',
      'No API key: set CONTACT_SYNC_API_KEY, or CONTACT_SYNC_API_KEY_FILE to a file that holds it.',
    );
  }
  const problem = problemOf(found.value);
  if (problem === undefined) return found;
  throw new CommandError('key', `${found.file ?? nameOrigin(found.origin)}: ${problem}`);
}

function fromVariables(values: Env, place: Pick<Origin, 'kind' | 'file'>, env: Env): Key | undefined {
  const value = values['CONTACT_SYNC_API_KEY']?.trim() ?? '';
  if (value !== '') return { value, origin: { ...place, name: 'CONTACT_SYNC_API_KEY' }, warnings: [] };
  const file = values['CONTACT_SYNC_API_KEY_FILE'] ?? '';
  return file === '' ? undefined : readKeyFile(inHome(file, { env }), { ...place, name: 'CONTACT_SYNC_API_KEY_FILE' });
}

function fromEnvFile(envFile: EnvFile | undefined, env: Env): Key | undefined {
  if (envFile === undefined) return undefined;
  const { file, values, stats } = envFile;
  const key = fromVariables(values, { kind: 'env_file', file }, env);
  if (key?.file !== undefined) return key;
  return key && { ...key, warnings: given(warnOfReaders(file, stats)) };
}

function fromJob(job: Job | undefined): Key | undefined {
  if (job?.apiKeyFile === undefined) return undefined;
  return readKeyFile(job.apiKeyFile, { kind: 'job', name: KEY_FILE, file: job.file });
}

function readKeyFile(file: string, origin: Origin): Key {
  const { text, stats } = readOnce(file, origin);
  const value = text.trim();
  if (value === '') throw new CommandError('key', `${nameOrigin(origin)}: ${file} is empty, expected the API key`);
  return { value, origin, file, warnings: given(warnOfReaders(file, stats)) };
}

function readOnce(file: string, origin: Origin): { text: string; stats: Stats } {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    return { stats: fstatSync(handle), text: decodeSettings(readFileSync(handle), file) };
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const { code = '' } = cause as NodeJS.ErrnoException;
    const what = mayBeKey(file)
      ? `cannot be read: ${code}. Does it hold the key itself? It takes the path of a file that holds the key; its value is not shown`
      : `${file}: ${reasonOf(code)}${nearFile(file, code)}`;
    throw new CommandError('key', `${nameOrigin(origin)}: ${what}`);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function given(warning: string | undefined): string[] {
  return warning === undefined ? [] : [warning];
}

/** What is wrong with a text as a key, without showing it. */
function problemOf(key: string): string | undefined {
  if (/^(export\s+)?\w*(key|token|secret)\w*\s*=\s*\S/i.test(key))
    return 'expected the API key alone, without NAME= before it';
  if (/^(["'`]).*\1$/s.test(key)) return 'the API key is in quotes; remove them';
  if (!/^[\x21-\x7e]+$/.test(key))
    return 'the API key holds a space or another character that no key has; is it cut or quoted wrongly?';
  if (key.length >= SHORTEST_KEY) return undefined;
  return `the API key is shorter than ${SHORTEST_KEY} characters; is it cut?`;
}
