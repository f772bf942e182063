import path from 'node:path';
import { machineDir } from '../../core/run/target.js';
import { homeOf, type Io } from '../output/io.js';
import { UsageError } from './command-error.js';
import type { Settings } from './schemas.js';

/**
 * The folder for what this machine remembers across runs: locks, whose key is whose, and addresses that accepted a key.
 * @throws UsageError where no setting names one, and this user has no home folder
 */
export function machineDirOf({ lockDir }: Pick<Settings, 'lockDir'>, io: Pick<Io, 'env'>): string {
  if (lockDir !== undefined) return path.resolve(lockDir);
  const home = homeOf(io);
  if (home !== '') return machineDir(home);
  throw new UsageError(
    'this user has no home folder to keep locks in: set HOME, or --lock-dir, to a folder that can be written to',
  );
}
