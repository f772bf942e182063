import type { Argv } from 'yargs';
import type { RunEnd } from '../core/context.js';
import { hasCode } from '../core/model/errors.js';
import { version } from '../core/model/version.js';
import type { Origin } from './settings/origin.js';
import type { Resolved, Sources } from './settings/resolve.js';
import { kebab } from './settings/options.js';
import { explainMistake, lastLine, NO_COMMAND, tidyArguments } from './arguments.js';
import { EXIT, errorKind, exitCodeFor, type ExitCode } from './exit-codes.js';
import { tolerateClosed, type Io } from './output/io.js';
import { UsageError } from './settings/command-error.js';
import type { SandboxArgs } from './run-sandbox.js';
import { printError, printResult } from './output/terminal.js';
import { optionsOf, type SetCommand } from './flags.js';
import { helpFor } from './help.js';
import { EndingWatch } from './watch-ending.js';
import { COMMANDS, positionalOf, type CommandName } from './manual.js';

/** What was given on the command line, by option name. */
type Args = Readonly<Record<string, unknown>>;

/** The command and its arguments. */
interface Given {
  command: CommandName;
  args: Args;
}

/** What a command runs with. */
interface Setup extends Resolved {
  command: CommandName;
  sources: Sources;
  io: Io;
  args: Args;
  tell: Tell;
}

/** What messages need to know of the settings. */
interface Tell {
  /** Told of the key, so that no message shows it. */
  onKey: (key: string) => void;
  /** Other texts that no message shows. */
  secrets: Set<string>;
  /** Told where the base URL comes from. */
  onBaseUrl: (origin: Origin) => void;
  watch: EndingWatch;
}

type Run = (target: string, setup: Setup) => Promise<ExitCode>;

/** For the commands that call the API. @throws CommandError where there is no key, or where it is not to go */
async function withKey({ settings, origins, sources, command, io, tell: { onKey, secrets, watch } }: Setup) {
  const [{ readKey }, { assertKeyMayGo }, { findProxy }, { secretsOf }, { machineDirOf }, { isTold }] =
    await Promise.all([
      import('./settings/key.js'),
      import('./settings/trust.js'),
      import('./settings/proxy.js'),
      import('../core/api/proxy.js'),
      import('./settings/machine-dir.js'),
      import('./settings/is-told.js'),
    ]);
  const key = readKey({ env: io.env, ...sources });
  onKey(key.value);
  if (isTold(settings)) printError(io, ...key.warnings);
  const used = new Set(Object.keys(optionsOf(command)));
  await assertKeyMayGo({ settings, origins }, key, used, machineDirOf(settings, io));
  watch.onTrusted(settings);
  const proxy = findProxy(settings.baseUrl, io.env);
  for (const secret of secretsOf(proxy)) secrets.add(secret);
  return { settings, key: key.value, proxy, io, onEnd: (end: RunEnd) => watch.onEnd(end) };
}

const verbs = () => import('./verbs.js');

/** Loaded when they run: `--help` and `check` need no HTTP client. */
const RUN: Record<SetCommand, Run> = {
  sync: async (csv, setup) => (await verbs()).runSync('sync', csv, await withKey(setup)),
  plan: async (csv, setup) => (await verbs()).runSync('plan', csv, await withKey(setup)),
  apply: async (run, setup) => (await verbs()).runApply(run, await withKey(setup)),
  resume: async (run, setup) => (await verbs()).runResume(run, await withKey(setup)),
  retry: async (run, setup) => (await verbs()).runRetry(run, await withKey(setup)),
  undo: async (run, setup) => (await verbs()).runUndo(run, await withKey(setup)),
  export: async (_, setup) => (await import('./run-export.js')).runExport(await withKey(setup)),
  report: async (run, { settings, io, args }) =>
    (await import('./run-report.js')).runReport(run, args['csv'] === true, settings, io),
  show: async (run, { settings, io, args }) => (await import('./run-show.js')).runShow(run, args, settings, io),
  runs: async (action, { settings, io, args }) => (await import('./run-runs.js')).runRuns(action, settings, args, io),
  doctor: async (_, { tell, ...setup }) => (await import('./run-doctor.js')).runDoctor({ ...setup, ...tell }),
  check: async (csv, { settings, io }) => (await import('./run-check.js')).runCheck(csv, settings, io),
};

/**
 * The command line: parses it, runs the verb, and turns what it throws into a message and an exit code. Once it
 * resolves, all output is written and nothing of it is left running.
 * @param argv without node and script
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const flush = tolerateClosed([io.stdout, io.stderr]);
  const watch = new EndingWatch(io);
  try {
    const { code, error } = await attempt(argv, io, watch);
    await watch.tell(code, error);
    return code;
  } finally {
    await flush();
  }
}

/** Runs the command, and prints what it throws. */
async function attempt(
  argv: readonly string[],
  io: Io,
  watch: EndingWatch,
): Promise<{ code: ExitCode; error?: unknown }> {
  const keys = new Set([io.env['CONTACT_SYNC_API_KEY']?.trim() ?? '']);
  let baseUrl: Origin | undefined;
  const onKey = (key: string): void => {
    keys.add(key);
    watch.onKey(key);
  };
  let given: Given | undefined;
  try {
    given = await parse(tidyArguments(argv), io);
    if (given !== undefined) {
      return {
        code: await runCommand(given, io, { onKey, secrets: keys, onBaseUrl: (origin) => (baseUrl = origin), watch }),
      };
    }
    // The help of one who named nothing is no success: a job whose command got lost must not look done.
    return { code: argv.length === 0 ? EXIT.usage : EXIT.ok };
  } catch (error) {
    await watch.onUnparsed(argv);
    // What tells errors is loaded where there is one.
    const { describeError, withoutKeys } = await import('./describe-error.js');
    const secrets = new Set([...keys, watch.secret]);
    printError(io, ...(await describeError(error, baseUrl)).map((line) => withoutKeys(line, secrets)));
    // The last line of a connection error says it itself.
    if (errorKind(error) === 'usage' && !hasCode(error, 'connection_impossible')) {
      printError(io, ...lastLine(given?.command, argv));
    }
    return { code: exitCodeFor(error), error };
  }
}

/**
 * Reads a command line, as `tidyArguments` gives it.
 * @returns undefined where help or the version was asked for, and is printed
 * @throws UsageError
 */
export async function parse(argv: readonly string[], io: Pick<Io, 'stdout'>): Promise<Given | undefined> {
  const page = argv.includes('--version') ? version() : helpFor(argv, io.stdout.columns);
  if (page !== undefined) {
    printResult(io, page);
    return undefined;
  }
  const { default: yargs } = await import('yargs');
  let given: Given | undefined;
  await buildParser(yargs(argv), argv, (command, args) => (given = { command, args })).parseAsync(argv);
  return given;
}

function buildParser(
  blank: Argv,
  argv: readonly string[],
  onCommand: (command: CommandName, args: Args) => void,
): Argv {
  const parser = blank
    // Mistakes are recognised by their English messages.
    .locale('en')
    .help(false)
    .version(false)
    .strict()
    .demandCommand(1, NO_COMMAND)
    .exitProcess(false)
    .fail((message, error) => {
      // Its own errors are mistakes on the command line as well.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(explainMistake(message || error.message, argv));
    });
  for (const [name, { args }] of Object.entries(COMMANDS)) {
    parser.command(
      `${name}${args}`,
      false,
      (y) => addOptions(name as CommandName, y),
      (args) => onCommand(name as CommandName, args),
    );
  }
  return parser;
}

/** All are hidden, as our help is our own: yargs would lay out its own on each parse, which takes longer than the rest. */
function addOptions(command: CommandName, parser: Argv): Argv {
  const positional = positionalOf(command);
  if (positional) parser.positional(positional.name, { type: 'string' });
  // An id of digits alone is no number.
  if (command === 'runs') parser.positional('id', { type: 'string' });
  for (const [name, { type, default: standard }] of Object.entries(optionsOf(command))) {
    const array = type === 'array' ? { array: true as const, nargs: 1 } : {};
    const filled = standard === undefined ? {} : { default: standard };
    parser.option(kebab(name), { type: type === 'boolean' ? 'boolean' : 'string', ...array, ...filled, hidden: true });
  }
  return parser;
}

async function runCommand({ command, args }: Given, io: Io, tell: Tell): Promise<ExitCode> {
  if (command === 'sandbox') return (await import('./run-sandbox.js')).runSandbox(args as unknown as SandboxArgs, io);
  // A shell that starts must not stumble over a .env.
  if (command === 'completion') return (await import('./run-completion.js')).runCompletion(args['shell'], io);
  // What checks settings is not needed by --help.
  const { checkVariables, hidePasswords, readEnvFile, inHome, isTold, readJob, resolveSettings, trustsEnvFile } =
    await import('./settings/read-settings.js');
  await tell.watch.onCommand(command, { argv: args, env: io.env });
  const envFile = readEnvFile(io.env, trustsEnvFile({ argv: args, env: io.env }));
  tell.onKey(envFile?.values['CONTACT_SYNC_API_KEY']?.trim() ?? '');
  const warnings = checkVariables(io.env, envFile, new Set(Object.keys(optionsOf(command))));
  const job = typeof args['job'] === 'string' ? readJob(inHome(args['job'], io), io) : undefined;
  const positional = positionalOf(command);
  const named = positional && (args[positional.name] ?? (positional.name === 'csv' ? job?.csv : undefined));
  const target = named ?? '';
  if (typeof target !== 'string' || (target === '' && positional && !positional.optional)) {
    throw new UsageError(
      `${command}: name a ${positional?.name === 'run' ? 'run' : 'CSV file, or - for standard input'}`,
    );
  }
  const sources = { argv: args, env: io.env, envFile, job };
  await tell.watch.onCommand(command, sources);
  const resolved = resolveSettings(sources);
  tell.onBaseUrl(resolved.origins.baseUrl);
  warnings.push(...hidePasswords(resolved, tell.secrets));
  if (isTold(resolved.settings)) printError(io, ...warnings);
  return RUN[command](target, { ...resolved, command, sources, io, args, tell });
}
