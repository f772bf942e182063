import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.js';
import { SyncError } from '../../src/core/model/errors.js';
import { ROOT } from './root.js';

const CLI = path.join(ROOT, 'dist/cli.js');
/** A process that is still there by then hangs: its test fails with what it said. However busy a machine is, none takes as long. */
const LONGEST_RUN_MS = 240_000;

/** One call of the command. */
export interface Command {
  args: readonly string[];
  /** The working folder. */
  cwd: string;
  /** All of it, but for what a process needs to start. */
  env: Record<string, string>;
  /** On standard input. */
  input: string | Buffer;
}

/** How a command ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command that goes on while a test does something. */
export interface Begun {
  ended: Promise<Ended>;
  /** Resolves when standard error holds this. @throws where the command ends without */
  said: (words: string) => Promise<void>;
  /** Tells the command to stop, as a signal does. */
  stop: () => void;
}

/** A process that a test started, and may kill. */
export interface Started {
  child: ChildProcess;
  ended: Promise<EndedProcess>;
  said: Begun['said'];
}

export interface EndedProcess extends Omit<Ended, 'code'> {
  /** Null where it was killed. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Runs a command in this process, whose working folder is to be the command's. */
export function runHere(command: Command): Promise<Ended> {
  return beginHere(command).ended;
}

/** Begins a command in this process and does not wait for its end. */
export function beginHere({ args, env, input }: Command): Begun {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const stop = new AbortController();
  const stdin = Readable.from(input.length > 0 ? [Buffer.from(input)] : []);
  const ended = main(args, { env, stdin, stdout, stderr, signal: stop.signal }).then((code) => {
    for (const stream of [stdout, stderr]) stream.end();
    return { code, stdout: stdout.text, stderr: stderr.text };
  });
  return {
    ended,
    said: waitFor(stderr, ended),
    stop: () => stop.abort(new SyncError('aborted', { by: 'the test' })),
  };
}

/** Keeps what is written to it. */
class Kept extends Writable {
  readonly #chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
    this.emit('kept');
  }
}

/** Runs a command in a process of its own. @throws where it hangs or is killed */
export async function runProcess(command: Command): Promise<Ended> {
  const { code, signal, ...said } = await startProcess(command).ended;
  if (code !== null) return { code, ...said };
  throw new Error(`contact-sync ${command.args.join(' ')}: ended by ${signal}\n${said.stdout}\n${said.stderr}`);
}

/** Starts a command in a process of its own and does not wait for its end. */
export function startProcess({ args, ...rest }: Command): Started {
  return startProgram(process.execPath, { args: [CLI, ...args], ...rest });
}

/** Starts any program and does not wait for its end. */
export function startProgram(program: string, { args, cwd, env, input }: Command): Started {
  const child = spawn(program, args, {
    ...{ cwd, env: { PATH: process.env['PATH'], ...env } },
    ...{ timeout: LONGEST_RUN_MS, killSignal: 'SIGABRT' },
  });
  const [stdout, stderr] = [child.stdout.pipe(new Kept()), child.stderr.pipe(new Kept())];
  // A process that does not read its input closes the pipe, as it may.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<EndedProcess>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout: stdout.text, stderr: stderr.text }));
  });
  return { child, ended, said: waitFor(stderr, ended) };
}

function waitFor(stderr: Kept, ended: Promise<unknown>): Begun['said'] {
  return (words) =>
    new Promise((resolve, reject) => {
      const look = (): void => void (stderr.text.includes(words) && resolve());
      stderr.on('kept', look);
      void ended.then(() => reject(new Error(`never said "${words}": ${stderr.text}`)), reject);
      look();
    });
}
