import { existsSync } from 'node:fs';
import type { RunEnd } from '../core/context.js';
import { EXIT_CODES } from './about.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { HookSettings } from './hooks/hook-settings.js';
import type { Io } from './output/io.js';
import type { Sources } from './settings/resolve.js';

/** Commands that make a run or take one up: their ends are told. */
const TOLD = ['sync', 'plan', 'apply', 'resume', 'retry', 'undo'];

/**
 * Notes what is known of a command while it runs, so that its end can be told wherever it comes: to a webhook, a file of
 * metrics, GitHub Actions.
 */
export class EndingWatch {
  readonly #beganAt = new Date();
  #hooks: HookSettings = { notify: undefined, notifyOn: 'always', metricsFile: undefined };
  #end: RunEnd | undefined;
  #key: string | undefined;

  #command: string | undefined;

  constructor(private readonly io: Io) {}

  /**
   * The command is known. Takes the settings that can be read, before others are found to be invalid.
   * @param sources as far as they are known
   */
  async onCommand(command: string, sources: Sources): Promise<void> {
    if (!TOLD.includes(command)) return;
    const { readHookSettings } = await import('./hooks/hook-settings.js');
    this.#command = command;
    this.#hooks = readHookSettings(sources);
  }

  /** The command line is invalid: its first word names the command, and the environment alone says where its end is told. */
  async onUnparsed(argv: readonly string[]): Promise<void> {
    if (this.#command !== undefined) return;
    await this.onCommand(argv.find((word) => !word.startsWith('-')) ?? '', { env: this.io.env });
  }

  onKey(key: string): void {
    this.#key = key;
  }

  onEnd(end: RunEnd): void {
    // A run that could not be begun is as it was: it says nothing of this command.
    if (end.isRecorded) this.#end = end;
  }

  /** The settings may be used, wherever they come from. */
  onTrusted({ notify, notifyOn, metricsFile }: HookSettings): void {
    this.#hooks = { notify, notifyOn, metricsFile };
  }

  /** What of the settings must not be shown: the address is all that keeps others from posting to it. */
  get secret(): string {
    const { notify } = this.#hooks;
    if (notify === undefined) return '';
    const { pathname, search } = new URL(notify);
    return pathname + search;
  }

  /** Tells the end. @param error what ended the command, if it threw */
  async tell(exitCode: ExitCode, error: unknown): Promise<void> {
    const command = this.#command;
    if (command === undefined) return;
    const { notify, metricsFile } = this.#hooks;
    if (notify === undefined && metricsFile === undefined && this.io.env['GITHUB_ACTIONS'] !== 'true') return;
    const { tellEnding } = await import('./hooks/tell-ending.js');
    // A run that came to nothing is gone by now.
    const isKept = this.#end !== undefined && existsSync(this.#end.folder.file('summary'));
    const ending = {
      ...{ command, exitCode, error },
      meaning: EXIT_CODES.find(([code]) => code === exitCode)?.[1] ?? '',
      isFailure: exitCode !== EXIT.ok && exitCode !== EXIT.changes,
      ...{ beganAt: this.#beganAt, endedAt: new Date(), end: isKept ? this.#end : undefined },
    };
    await tellEnding(ending, this.#hooks, this.#key, this.io);
  }
}
