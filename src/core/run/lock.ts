import { readFileSync } from 'node:fs';
import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { SyncError } from '../model/errors.js';
import { sleep } from '../model/sleep.js';
import { FORMAT } from '../disk/ndjson.js';

const POLL_MS = 250;

export interface LockRequest {
  /** Where locks are kept. */
  dir: string;
  /** Names the API and the organisation. */
  scope: string;
  /** Who asks, for the message to others. */
  runId: string;
  /** How long to wait for another run to end; 0: not at all. */
  waitMs: number;
  signal: AbortSignal;
  /** Told once, where another run holds the lock and is waited for. */
  onWait: (holder: string) => void;
}

/**
 * One applying run at a time for each API and organisation on this machine. The lock is the operating system's, on an open file:
 * it is gone the moment that its holder is, however it died.
 * @returns a function that lets the lock go
 * @throws SyncError `locked` where another run holds it
 */
export async function takeLock(request: LockRequest): Promise<() => Promise<void>> {
  const { tryLock } = await import('fs-native-extensions');
  const { signal, waitMs, runId, onWait } = request;
  const file = await openLockFile(request);
  const holder = `${file.path}.holder`;
  const deadline = Date.now() + waitMs;
  try {
    for (let waited = false; !tryLock(file.handle.fd); waited = true) {
      signal.throwIfAborted();
      if (Date.now() >= deadline) throw new SyncError('locked', { holder: holderOf(holder), waited: waitMs > 0 });
      if (!waited) onWait(holderOf(holder));
      await sleep(POLL_MS, signal);
    }
    await writeFile(
      holder,
      JSON.stringify({ format: FORMAT, run: runId, pid: process.pid, since: new Date().toISOString() }),
      {
        mode: 0o600,
      },
    );
  } catch (error) {
    await file.handle.close();
    throw error;
  }
  return () => file.handle.close();
}

async function openLockFile({ dir, scope }: LockRequest): Promise<{ path: string; handle: FileHandle }> {
  const file = path.join(dir, `${scope}.lock`);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return { path: file, handle: await open(file, 'a+', 0o600) };
  } catch (cause) {
    throw new SyncError('lock_not_taken', { file, detail: (cause as Error).message }, { cause });
  }
}

/** Who holds the lock, as far as its file tells. */
function holderOf(file: string): string {
  try {
    const { run, pid, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | number>;
    return `run ${run} (process ${pid}, since ${since})`;
  } catch {
    // The holder has only just begun.
    return 'another run';
  }
}
