import { UsageError } from './command-error.js';
import type { Env } from './env.js';
import type { Job } from './job-file.js';
import { envName, kebab, OPTIONS, type OptionName, type OptionSpec } from './options.js';
import { SCHEMAS, type Settings } from './schemas.js';

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
    const parsed = SCHEMAS[name].safeParse(value ?? spec.default ?? (spec.type === 'array' ? [] : undefined));
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
