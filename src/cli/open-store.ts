import { fileStore, type RunStore } from '../core/run/store.js';
import { machineDirOf } from './settings/machine-dir.js';
import type { Io } from './output/io.js';
import type { Settings } from './settings/schemas.js';

/**
 * The runs of this command, without what killed processes have left there.
 * @throws SyncError where other users could write there
 */
export async function openStore(settings: Settings, io: Io): Promise<RunStore> {
  const { runsDir: dir, sharedRunsDir: isShared } = settings;
  const { pid, version } = process;
  const user = userId();
  const store = fileStore({ dir, machineDir: machineDirOf(settings, io), owner: { pid, version }, user, isShared });
  await store.removeLeftovers();
  return store;
}

/** The user that files are made as, by uid; undefined on Windows. */
export function userId(): number | undefined {
  return process.geteuid?.();
}
