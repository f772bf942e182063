import yargs, { type Argv } from 'yargs';
import { EXIT, ExitError, UsageError, type ExitCode } from '../exit.js';
import { redact } from '../redact.js';
import { version } from '../run/summary.js';
import { readJob } from '../settings/job-file.js';
import { kebab, type Settings } from '../settings/options.js';
import { findStrangeVariables, readEnv, readKey, resolveSettings, type Env } from '../settings/resolve.js';
import { explainMistake, tidyArguments } from './arguments.js';
import type { SandboxArgs } from './run-sandbox.js';
import { tell } from './terminal.js';
import { COMMANDS, EPILOGUE, optionsOf, positionalOf, type CommandName } from './manual.js';

/** What was given on the command line, by option name. */
type Args = Readonly<Record<string, unknown>>;

type Run = (target: string, settings: Settings, env: Env, args: Args) => Promise<ExitCode>;

const verbs = () => import('./verbs.js');

/** Loaded when they run: `--help` and `check` need no HTTP client. */
const RUN: Record<Exclude<CommandName, 'sandbox'>, Run> = {
  sync: async (csv, settings, env) => (await verbs()).runSync('sync', csv, settings, readKey(env)),
  plan: async (csv, settings, env) => (await verbs()).runSync('plan', csv, settings, readKey(env)),
  apply: async (run, settings, env) => (await verbs()).runApply(run, settings, readKey(env)),
  resume: async (run, settings, env) => (await verbs()).runResume(run, settings, readKey(env)),
  retry: async (run, settings, env) => (await verbs()).runRetry(run, settings, readKey(env)),
  undo: async (run, settings, env) => (await verbs()).runUndo(run, settings, readKey(env)),
  export: async (_, settings, env) => (await import('./run-export.js')).runExport(settings, readKey(env)),
  runs: async (action, settings, _, args) => (await import('./run-runs.js')).runRuns(action, settings, args),
  check: async (csv, settings) => (await import('./run-check.js')).runCheck(csv, settings),
};

/**
 * The command line: parses it, runs the verb, and turns what it throws into a message and an exit code.
 * @param argv without node and script
 */
export async function runMain(argv: readonly string[], environment: Env): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  let env = environment;
  try {
    env = readEnv(environment);
    const parser = buildParser(tidyArguments(argv), async (run) => {
      code = await run(env);
    });
    await parser.parseAsync();
    return code;
  } catch (error) {
    const known = error instanceof ExitError;
    tell(redact(describe(error), env['CONTACT_SYNC_API_KEY']));
    if (error instanceof UsageError) tell('nothing was sent; see contact-sync --help');
    return known ? error.exitCode : EXIT.fault;
  }
}

/** A fault of the tool is told with its stack; what the user or the system did wrong, without. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fromSystem = 'syscall' in error && 'code' in error;
  return error instanceof ExitError || fromSystem ? error.message : (error.stack ?? error.message);
}

function buildParser(argv: readonly string[], execute: (run: (env: Env) => Promise<ExitCode>) => Promise<void>): Argv {
  const parser = yargs(argv)
    .scriptName('contact-sync')
    .usage(
      '$0 <command>\n\nApplies a CSV of contact edits to a CRM: plans on disk, sends the smallest PATCHes, checks every answer.',
    )
    .version(version())
    .alias({ help: 'h' })
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .strict()
    .demandCommand(1, 'Name a command.')
    .epilogue(EPILOGUE)
    .exitProcess(false)
    .fail((message, error) => {
      if (error) throw error;
      throw new UsageError(explainMistake(message, argv));
    });
  for (const [name, { args, describe, examples }] of Object.entries(COMMANDS)) {
    parser.command(
      `${name}${args}`,
      describe,
      (y) => addOptions(name as CommandName, y).example(examples.map(([line, what]) => [`$0 ${line}`, what])),
      (args) => execute((env) => runCommand(name as CommandName, args, env)),
    );
  }
  return parser;
}

function addOptions(command: CommandName, parser: Argv): Argv {
  const positional = positionalOf(command);
  if (positional) parser.positional(positional.name, { type: 'string', describe: positional.describe });
  for (const [name, { type, ...rest }] of Object.entries(optionsOf(command))) {
    const array = type === 'array' ? { array: true as const, nargs: 1 } : {};
    parser.option(kebab(name), { type: type === 'boolean' ? 'boolean' : 'string', ...array, ...rest });
  }
  return parser;
}

async function runCommand(command: CommandName, args: Args, env: Env): Promise<ExitCode> {
  if (command === 'sandbox') return (await import('./run-sandbox.js')).runSandbox(args as unknown as SandboxArgs);
  for (const warning of findStrangeVariables(env)) tell(warning);
  const job = typeof args['job'] === 'string' ? readJob(args['job']) : undefined;
  const positional = positionalOf(command);
  const named = positional && (args[positional.name] ?? (positional.name === 'csv' ? job?.csv : undefined));
  const target = named ?? '';
  if (typeof target !== 'string' || (target === '' && positional && !positional.optional)) {
    throw new UsageError(
      `${command}: name a ${positional?.name === 'run' ? 'run' : 'CSV file, or - for standard input'}`,
    );
  }
  return RUN[command](target, resolveSettings(args, env, job), env, args);
}
