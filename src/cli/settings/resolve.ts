import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { CommandError, UsageError } from './command-error.js';
import type { Job } from './job-file.js';
import { nearest } from '../../core/model/suggest.js';
import { envName, kebab, OPTIONS, type OptionName, type OptionSpec, type Settings } from './options.js';

export type Env = Readonly<Record<string, string | undefined>>;

const KEY_VARIABLES = ['CONTACT_SYNC_API_KEY', 'CONTACT_SYNC_API_KEY_FILE'];

/** The environment over what `.env` in the working folder says; a key in one form replaces a key in the other. */
export function readEnv(environment: Env, file = '.env'): Env {
  if (!existsSync(file)) return environment;
  const fromFile: Env = parseEnv(readFileSync(file, 'utf8'));
  const hasKey = KEY_VARIABLES.some((name) => environment[name]);
  const kept = Object.entries(fromFile).filter(([name]) => !(hasKey && KEY_VARIABLES.includes(name)));
  return { ...Object.fromEntries(kept), ...environment };
}

/** Warnings about variables that look like settings and are none. */
export function findStrangeVariables(env: Env): string[] {
  const known = [...(Object.keys(OPTIONS) as OptionName[]).map(envName), ...KEY_VARIABLES];
  const strange = Object.keys(env).filter((name) => name.startsWith('CONTACT_SYNC_') && !known.includes(name));
  return strange.map((name) => `${name} is set, and no setting has that name${nearestVariable(name, known)}`);
}

function nearestVariable(name: string, known: readonly string[]): string {
  const prefix = 'CONTACT_SYNC_';
  const found = nearest(
    name.slice(prefix.length),
    known.map((other) => other.slice(prefix.length)),
  );
  return found === undefined ? '' : ` (did you mean ${prefix}${found}?)`;
}

/**
 * Each setting from the flag, else the environment, else the job file, else its default; checked and converted.
 * @param argv what was given on the command line, by option name; undefined where it was not
 * @throws UsageError with all problems, each naming where the value came from
 */
export function resolveSettings(argv: Readonly<Record<string, unknown>>, env: Env, job: Job | undefined): Settings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    const spec: OptionSpec = OPTIONS[name];
    const { value, origin } = pick(name, argv, env, job);
    if (Array.isArray(argv[name]) && spec.type !== 'array') {
      problems.push(`${origin}: given more than once`);
      continue;
    }
    const parsed = spec.schema.safeParse(value ?? spec.default ?? (spec.type === 'array' ? [] : undefined));
    if (parsed.success) settings[name] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => `${origin}: ${issue.message}`));
  }
  if (problems.length > 0) throw new UsageError(problems);
  return settings as Settings;
}

function pick(
  name: OptionName,
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  job: Job | undefined,
): { value: unknown; origin: string } {
  if (argv[name] !== undefined) return { value: argv[name], origin: `--${kebab(name)}` };
  const variable = envName(name);
  if (env[variable] !== undefined && env[variable] !== '') return { value: env[variable], origin: variable };
  return { value: job?.values[name], origin: job ? `${job.file}: ${kebab(name)}` : `--${kebab(name)}` };
}

/**
 * The API key, from `CONTACT_SYNC_API_KEY` or the file that `CONTACT_SYNC_API_KEY_FILE` names, and nowhere else.
 * @throws CommandError of kind `key` where there is none; its message never shows the key
 */
export function readKey(env: Env): string {
  const file = env['CONTACT_SYNC_API_KEY_FILE'];
  let key = env['CONTACT_SYNC_API_KEY']?.trim() ?? '';
  if (key === '' && file !== undefined && file !== '') {
    try {
      key = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new CommandError('key', `CONTACT_SYNC_API_KEY_FILE: ${file} cannot be read: ${code}`, { cause });
    }
  }
  if (key === '') {
    throw new CommandError(
      'key',
      'No API key: set CONTACT_SYNC_API_KEY, or CONTACT_SYNC_API_KEY_FILE to a file that holds it.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new CommandError(
      'key',
      'The API key holds a space or another character that no key has; is it cut or quoted wrongly?',
    );
  }
  return key;
}
