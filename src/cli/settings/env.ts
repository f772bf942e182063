import type { Env } from '../output/io.js';
import { closeSync, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { parseEnv } from 'node:util';
import { nearest } from '../../core/model/suggest.js';
import { UsageError } from './command-error.js';
import { foreignWriter } from './file-access.js';
import { envName, OPTIONS, type OptionName } from './options.js';

/** What the key is told by. */
export const KEY_VARIABLES = ['CONTACT_SYNC_API_KEY', 'CONTACT_SYNC_API_KEY_FILE'] as const;

/** Names another file than `.env`, or none if it is empty. Of the environment alone: no file says which file to read. */
const ENV_FILE = 'CONTACT_SYNC_ENV_FILE';

/** The file of variables that was read. */
export interface EnvFile {
  /** As it is named to people. */
  file: string;
  values: Env;
  stats: Stats;
}

/**
 * Reads `.env` in the working folder, if it is there, or the file that `CONTACT_SYNC_ENV_FILE` names. A folder of that
 * name is someone else's, such as a Python environment.
 * @returns undefined where there is none
 * @throws UsageError where it cannot be read, or another user can write it and it is not said to be trusted
 */
export function readEnvFile(environment: Env, isTrusted = false): EnvFile | undefined {
  const named = environment[ENV_FILE];
  if (named === '') return undefined;
  const file = named ?? '.env';
  const found = readWithStats(file, named !== undefined);
  if (found === undefined) return undefined;
  const { text, stats } = found;
  const foreign = isTrusted ? undefined : foreignWriter(stats);
  if (foreign !== undefined) {
    throw new UsageError(
      `${file} ${foreign}, so its settings are not used. Take it over with chown and chmod 600, ` +
        `set ${ENV_FILE} to nothing to leave it out, or use --trust-env-file to use it as it is`,
    );
  }
  return { file, values: parseEnv(text), stats };
}

/** @returns undefined for a `.env` that nobody named and that is not there, or is not a file */
function readWithStats(file: string, isNamed: boolean): { text: string; stats: Stats } | undefined {
  let handle: number | undefined;
  try {
    if (!isNamed && statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    handle = openSync(file, 'r');
    return { stats: fstatSync(handle), text: readFileSync(handle, 'utf8') };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${isNamed ? `${ENV_FILE}: ` : ''}${file} cannot be read: ${code}`, { cause });
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Warnings about variables that look like settings and are none. */
export function findStrangeVariables(environment: Env, envFile?: EnvFile): string[] {
  const known: string[] = [...(Object.keys(OPTIONS) as OptionName[]).map(envName), ...KEY_VARIABLES, ENV_FILE];
  const names = new Set([...Object.keys(environment), ...Object.keys(envFile?.values ?? {})]);
  const strange = [...names].filter((name) => name.startsWith('CONTACT_SYNC_') && !known.includes(name));
  const warnings = strange.map((name) => `${name} is set, and no setting has that name${nearestVariable(name, known)}`);
  if (envFile?.values[ENV_FILE] === undefined) return warnings;
  return [...warnings, `${envFile.file}: ${ENV_FILE} has no effect there; set it in the environment`];
}

function nearestVariable(name: string, known: readonly string[]): string {
  const prefix = 'CONTACT_SYNC_';
  const found = nearest(
    name.slice(prefix.length),
    known.map((other) => other.slice(prefix.length)),
  );
  return found === undefined ? '' : ` (did you mean ${prefix}${found}?)`;
}
