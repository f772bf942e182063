import { readFileSync } from 'node:fs';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { makeDir } from '../disk/make-dir.js';
import { MACHINE_CLOCK } from '../model/clock.js';
import { SyncError } from '../model/errors.js';
import type { LockHolder } from '../model/lock-holder.js';
import { sleep } from '../model/sleep.js';
import { isAt } from '../disk/held-file.js';
import { whyNotMade } from '../disk/near-file.js';
import { FORMAT } from '../disk/ndjson.js';

const POLL_MS = 250;

/** Asks the operating system for the lock on an open file; false where another process has it. */
export type TryLock = (fd: number) => boolean;

/** Loads what asks for locks. Rejects where this platform has no build of it, such as on musl. */
export type LoadTryLock = () => Promise<TryLock>;

const loadNative: LoadTryLock = async () => (await import('fs-native-extensions')).tryLock;

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
  onWait: (holder: LockHolder | null) => void;
  /** Told once, where the lock is gone while it is held and another run may begin, with why. */
  onLost: (why: SyncError) => void;
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
 * @param load of the package fs-native-extensions by default
 */
export function fileLock(dir: string, load: LoadTryLock = loadNative): RunLock {
  return { take: async (request) => takeLock(dir, request, await loaded(load)) };
}

/** Where lock files are kept. @param machineDir as `machineDir` gives */
export function lockDir(machineDir: string): string {
  return path.join(machineDir, 'locks');
}

/**
 * Who holds a lock, without waiting for it.
 * @returns `free`, or its holder, null where it is not known
 * @throws SyncError `lock_unsupported`
 */
export async function findHolder(
  dir: string,
  scope: string,
  load: LoadTryLock = loadNative,
): Promise<'free' | { holder: LockHolder | null }> {
  const tryLock = await loaded(load);
  const file = path.join(dir, `${scope}.lock`);
  const handle = await open(file, 'r+').catch(() => undefined);
  if (handle === undefined) return 'free';
  try {
    return tryLock(handle.fd) ? 'free' : { holder: holderOf(`${file}.holder`) };
  } finally {
    await handle.close();
  }
}

async function loaded(load: LoadTryLock): Promise<TryLock> {
  try {
    return await load();
  } catch (cause) {
    throw new SyncError('lock_unsupported', { platform: `${platform()} ${arch()}` }, { cause });
  }
}

async function takeLock(dir: string, request: LockRequest, tryLock: TryLock): Promise<() => Promise<void>> {
  const { runId, pid, onLost } = request;
  const file = path.join(dir, `${request.scope}.lock`);
  const holder = `${file}.holder`;
  const handle = await waitForLock(dir, file, holder, request, tryLock);
  try {
    await writeFile(holder, JSON.stringify({ format: FORMAT, run: runId, pid, since: new Date().toISOString() }), {
      mode: 0o600,
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
  const watch = setInterval(() => {
    void isAt(handle, file).then((isThere) => {
      if (isThere) return;
      clearInterval(watch);
      onLost(new SyncError('lock_lost', { file }));
    });
  }, POLL_MS).unref();
  return () => {
    clearInterval(watch);
    return handle.close();
  };
}

/** @returns the open file that the lock is on, while it is the one that others would lock */
async function waitForLock(
  dir: string,
  file: string,
  holder: string,
  request: LockRequest,
  tryLock: TryLock,
): Promise<FileHandle> {
  const { signal, waitMs, onWait } = request;
  const deadline = MACHINE_CLOCK.monotonic() + waitMs;
  let waited = false;
  for (;;) {
    const handle = await openLockFile(dir, file);
    try {
      while (!tryLock(handle.fd)) {
        signal.throwIfAborted();
        if (MACHINE_CLOCK.monotonic() >= deadline)
          throw new SyncError('locked', { holder: holderOf(holder), waited: waitMs > 0 });
        if (!waited) onWait(holderOf(holder));
        waited = true;
        await sleep(POLL_MS, signal);
      }
      // Where it was deleted meanwhile, others lock another file of that name.
      if (await isAt(handle, file)) return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
  }
}

async function openLockFile(dir: string, file: string): Promise<FileHandle> {
  try {
    await makeDir(dir);
    return await open(file, 'a+', 0o600);
  } catch (cause) {
    throw new SyncError('lock_not_taken', { file, detail: whyNotMade(file, cause) }, { cause });
  }
}

const holderShape = z.object({ run: z.string(), pid: z.number(), since: z.string() });

/** Who holds the lock, as far as its file tells. */
function holderOf(file: string): LockHolder | null {
  try {
    return holderShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // The holder has only just taken it.
    return null;
  }
}
