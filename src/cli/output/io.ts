import { homedir, tmpdir, userInfo } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/** Variables of the environment, by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A stream that may be a terminal. */
export type Output = Writable & { isTTY?: boolean; columns?: number };

/** All that a command uses of the process it runs in, besides files, relative to the working folder, and the network. */
export interface Io {
  env: Env;
  stdin: Readable & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
  /** Aborted to stop cleanly. A command that does not listen cannot. */
  signal?: AbortSignal;
}

/** The user's own folder. Empty where there is none: no variable names it, and the system does not know this user. */
export function homeOf({ env }: Pick<Io, 'env'>): string {
  const named = env['HOME'] ?? '';
  if (named !== '') return named;
  try {
    // An empty HOME is as good as none.
    return homedir() || userInfo().homedir;
  } catch {
    return '';
  }
}

export function tempDirOf({ env }: Pick<Io, 'env'>): string {
  return env['TMPDIR'] ?? tmpdir();
}

/**
 * Lets a command write to streams that nobody reads any more: what it does matters more than what it says.
 * @returns waits until all is written, and takes the listeners off
 */
export function tolerateClosed(streams: readonly Output[]): () => Promise<void> {
  const ignore = (): void => undefined;
  for (const stream of streams) stream.on('error', ignore);
  return async () => {
    await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))));
    for (const stream of streams) stream.off('error', ignore);
  };
}
