import type { Env } from '../output/io.js';
import { closeSync, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { parseEnv } from 'node:util';
import { nearFile } from '../../core/disk/near-file.js';
import { reasonOf } from '../../core/model/errno.js';
import { nearest } from '../../core/model/suggest.js';
import { UsageError } from './command-error.js';
import { foreignWriter } from './file-access.js';
import { inHome } from './home-path.js';
import type { OptionSpec } from './option-spec.js';
import { envName, GUARD_GROUP, OPTIONS, type OptionName } from './options.js';
import { decodeSettings } from './settings-text.js';

/** What the key is told by. */
export const KEY_VARIABLES = ['CONTACT_SYNC_API_KEY', 'CONTACT_SYNC_API_KEY_FILE'] as const;

/** Names another file than `.env`, or none if it is empty. Of the environment alone: no file says which file to read. */
const ENV_FILE = 'CONTACT_SYNC_ENV_FILE';

/** Which proxy sees the traffic, no file of a folder decides. */
const PROXIES = /^(https?|no)_proxy$/i;

/** Names that are meant for this tool, misspelt or not. */
const OURS = /^CONTACTS?[_-]?SYNC_/i;

/** What keeps a run from sending more than is meant. */
const GUARDS = (Object.keys(OPTIONS) as OptionName[]).filter((name) => {
  const { group }: OptionSpec = OPTIONS[name];
  return group === GUARD_GROUP || ['dryRun', 'reserve', 'maxRequests', 'maxDuration', 'stopAt'].includes(name);
});
const GUARD_WORD = /_(MAX|LIMIT|DRY|STRICT|GUARD|APPROV|CANARY|HOLD)/i;

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
  const file = named === undefined ? '.env' : inHome(named, { env: environment });
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
  const values = parseEnv(text);
  assertAssigned(text, Object.keys(values), file);
  return { file, values, stats };
}

/**
 * The parser takes a line without `=` and the next one for one name, or drops it: a guard would be off without a word.
 * @throws UsageError where such a line is one of ours, or takes one of ours with it
 */
function assertAssigned(text: string, names: readonly string[], file: string): void {
  const merged = names.map((name) => name.split('\n').map((line) => line.trim()));
  const greedy = new Set(
    merged.filter(({ length }) => length > 1).flatMap((lines) => (OURS.test(lines.at(-1)!) ? lines[0]! : [])),
  );
  const problems = text.split('\n').flatMap((line, at) => {
    const [, bare] = /^\s*(?:export\s+)?(CONTACTS?[_-]?SYNC_\w*)(?!\w|\s*=)/i.exec(line) ?? [];
    if (bare === undefined && !greedy.has(line.trim())) return [];
    return [`${file}: line ${at + 1}: expected NAME=value${bare === undefined ? '' : `, got ${bare} without =`}`];
  });
  if (problems.length > 0) throw new UsageError(problems);
}

/** @returns undefined for a `.env` that nobody named and that is not there, or is not a file */
function readWithStats(file: string, isNamed: boolean): { text: string; stats: Stats } | undefined {
  let handle: number | undefined;
  try {
    if (!isNamed && statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    handle = openSync(file, 'r');
    return { stats: fstatSync(handle), text: decodeSettings(readFileSync(handle), file) };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${isNamed ? `${ENV_FILE}: ` : ''}${file}: ${reasonOf(code)}${nearFile(file, code)}`, {
      cause,
    });
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/**
 * Variables that look like settings and are none.
 * @param used the command's settings, by name
 * @returns warnings
 * @throws UsageError where one may be meant for a guard of the command, which would be off without a word
 */
export function checkVariables(environment: Env, envFile: EnvFile | undefined, used: ReadonlySet<string>): string[] {
  const known: string[] = [...(Object.keys(OPTIONS) as OptionName[]).map(envName), ...KEY_VARIABLES, ENV_FILE];
  const guards = GUARDS.filter((name) => used.has(name)).map(envName);
  const [warnings, problems]: [string[], string[]] = [[], []];
  for (const [values, file] of [[environment], [envFile?.values ?? {}, envFile?.file]] as const) {
    for (const name of Object.keys(values)) {
      if (!OURS.test(name) || known.includes(name) || name.includes('\n')) continue;
      const nearby = nearestVariable(name, known);
      const isGuard = guards.length > 0 && (nearby === undefined ? GUARD_WORD.test(name) : guards.includes(nearby));
      const hint = nearby === undefined ? '' : ` (did you mean ${nearby}?)`;
      const place = file === undefined ? '' : `${file}: `;
      if (isGuard) problems.push(`${place}${name} looks like a guard, and no setting has that name${hint}`);
      else warnings.push(`warning: ${place}${name} is set, and no setting has that name${hint}`);
    }
  }
  if (problems.length > 0) throw new UsageError(problems);
  const idle = Object.keys(envFile?.values ?? {}).filter((name) => name === ENV_FILE || PROXIES.test(name));
  const told = idle.map((name) => `warning: ${envFile?.file}: ${name} has no effect there; set it in the environment`);
  return [...warnings, ...told];
}

function nearestVariable(name: string, known: readonly string[]): string | undefined {
  const word = (variable: string): string => variable.toUpperCase().replace(OURS, '').replaceAll('_', '');
  const found = nearest(word(name), known.map(word));
  return found === undefined ? undefined : known.find((other) => word(other) === found);
}
