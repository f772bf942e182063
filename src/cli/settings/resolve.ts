import { UsageError } from './command-error.js';
import { inHome } from './home-path.js';
import type { Env } from '../output/io.js';
import type { EnvFile } from './env.js';
import type { Job } from './job-file.js';
import type { LogLevel } from './log-levels.js';
import type { OptionSpec } from './option-spec.js';
import { envName, jobName, kebab, OPTIONS, type OptionName } from './options.js';
import { nameOrigin, type Origin } from './origin.js';
import { SCHEMAS, type Settings } from './schemas.js';

/** Where settings come from, the first that has one winning. */
export interface Sources {
  /** What was given on the command line, by option name; undefined where it was not. */
  argv?: Readonly<Record<string, unknown>>;
  env?: Env;
  envFile?: EnvFile | undefined;
  job?: Job | undefined;
}

/** Every setting, and where each comes from. */
export interface Resolved {
  settings: Settings;
  origins: Readonly<Record<OptionName, Origin>>;
}

/**
 * Each setting from the flag, else the environment, else `.env`, else the job file, else its default; checked and
 * converted.
 * @throws UsageError with all problems, each naming where the value came from
 */
export function resolveSettings(sources: Sources): Resolved {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  const origins: Partial<Record<OptionName, Origin>> = {};
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    const spec: OptionSpec = OPTIONS[name];
    const { value, origin } = pick(name, sources);
    origins[name] = origin;
    if (spec.notInFiles && origin.file !== undefined) {
      problems.push(`${nameOrigin(origin)}: expected on the command line or in the environment, not in a file`);
      continue;
    }
    if (Array.isArray(sources.argv?.[name]) && spec.type !== 'array') {
      problems.push(`${nameOrigin(origin)}: given more than once`);
      continue;
    }
    const given = expanded(value, spec, sources);
    const parsed = SCHEMAS[name].safeParse(given ?? spec.default ?? (spec.type === 'array' ? [] : undefined));
    if (parsed.success) settings[name] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => `${placeOf(origin, name, sources)}: ${issue.message}`));
  }
  if (problems.length > 0) throw new UsageError(problems);
  // What wants nothing but errors gets no warnings of the log, unless it asked for them.
  if (settings['quiet'] === true || settings['progress'] === false) {
    if (origins.logLevel?.kind === 'default') settings['logLevel'] = 'error' satisfies LogLevel;
  }
  return { settings: settings as Settings, origins: origins as Resolved['origins'] };
}

/** A path may start with `~/`. */
function expanded(value: unknown, { isPath }: OptionSpec, { env = {} }: Sources): unknown {
  return typeof value === 'string' && isPath ? inHome(value, { env }) : value;
}

/** With the line, where it is known. */
function placeOf(origin: Origin, name: OptionName, { job }: Sources): string {
  const line = origin.kind === 'job' ? job?.lines?.[name] : undefined;
  return line === undefined ? nameOrigin(origin) : `${origin.file}: line ${line}: ${origin.name}`;
}

/**
 * One setting by itself, for what must be known though others are invalid.
 * @returns undefined where its own value is invalid, or stands where it has no effect
 */
export function resolveOne<N extends OptionName>(
  name: N,
  sources: Sources,
): { value: Settings[N]; origin: Origin } | undefined {
  const { value, origin } = pick(name, sources);
  const spec: OptionSpec = OPTIONS[name];
  if (spec.notInFiles && origin.file !== undefined) return undefined;
  const parsed = SCHEMAS[name].safeParse(expanded(value, spec, sources) ?? spec.default);
  return parsed.success ? { value: parsed.data as Settings[N], origin } : undefined;
}

/** Whether `.env` is to be used whoever can write it: known before it is read, and never by what it says. */
export function trustsEnvFile({ argv, env }: Pick<Sources, 'argv' | 'env'>): boolean {
  return resolveOne('trustEnvFile', { argv, env } as Sources)?.value === true;
}

function pick(name: OptionName, { argv = {}, env = {}, envFile, job }: Sources): { value: unknown; origin: Origin } {
  const [flag, variable] = [kebab(name), envName(name)];
  if (argv[name] !== undefined) return { value: argv[name], origin: { kind: 'flag', name: `--${flag}` } };
  const [fromEnv, fromFile] = [env[variable], envFile?.values[variable]];
  if (isGiven(fromEnv)) return { value: fromEnv, origin: { kind: 'env', name: variable } };
  // A variable that is set to nothing turns off what the file says.
  if (envFile && fromEnv === undefined && isGiven(fromFile)) {
    return { value: fromFile, origin: { kind: 'env_file', name: variable, file: envFile.file } };
  }
  const ofJob = job?.values[name];
  if (job && ofJob !== undefined) return { value: ofJob, origin: { kind: 'job', name: jobName(name), file: job.file } };
  return { value: undefined, origin: { kind: 'default', name: `--${flag}` } };
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
