import { readFileSync } from 'node:fs';
import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { MACHINE_CLOCK } from '../model/clock.js';
import { SyncError } from '../model/errors.js';
import { sleep } from '../model/sleep.js';
import { FORMAT } from '../disk/ndjson.js';

const POLL_MS = 250;

export interface LockRequest {
  /** Names the API and the organisation. */
  scope: string;
  /** Who asks, for the message to others. */
  runId: string;
  pid: number;
  /** How long to wait for another run to end; 0: not at all. */
  waitMs: number;
  signal: AbortSignal;
  /** Told once, where another run holds the lock and is waited for. */
  onWait: (holder: string) => void;
}

/** Lets one run at a time write to an organisation. */
export interface RunLock {
  /**
   * @returns lets the lock go
   * @throws SyncError `locked` where another run holds it
   */
  take(request: LockRequest): Promise<() => Promise<void>>;
}

/**
 * A lock between the processes of one machine: the operating system's, on an open file, so that it is gone the moment
 * that its holder is, however it died.
 * @param dir where lock files are kept
 */
export function fileLock(dir: string): RunLock {
  return { take: (request) => takeLock(dir, request) };
}

async function takeLock(dir: string, request: LockRequest): Promise<() => Promise<void>> {
  const { tryLock } = await import('fs-native-extensions');
  const { signal, waitMs, runId, pid, onWait } = request;
  const file = await openLockFile(dir, request.scope);
  const holder = `${file.path}.holder`;
  const deadline = MACHINE_CLOCK.monotonic() + waitMs;
  try {
    for (let waited = false; !tryLock(file.handle.fd); waited = true) {
      signal.throwIfAborted();
      if (MACHINE_CLOCK.monotonic() >= deadline)
        throw new SyncError('locked', { holder: holderOf(holder), waited: waitMs > 0 });
      if (!waited) onWait(holderOf(holder));
      await sleep(POLL_MS, signal);
    }
    await writeFile(holder, JSON.stringify({ format: FORMAT, run: runId, pid, since: new Date().toISOString() }), {
      mode: 0o600,
    });
  } catch (error) {
    await file.handle.close();
    throw error;
  }
  return () => file.handle.close();
}

async function openLockFile(dir: string, scope: string): Promise<{ path: string; handle: FileHandle }> {
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
