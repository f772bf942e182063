import { constants, existsSync, statSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import path from 'node:path';
import { hasCode, isSyncError } from '../../core/model/errors.js';
import { nameHolder } from '../../core/model/lock-holder.js';
import { mirrorDir } from '../../core/read/mirror.js';
import { findLatestExport } from '../../core/run/latest-export.js';
import { findHolder, lockDir } from '../../core/run/lock.js';
import { scopeOf, type Target } from '../../core/run/target.js';
import { assertTrusted } from '../../core/run/trust.js';
import type { Settings } from '../settings/schemas.js';
import { fail, ok, warn, type Finding } from './finding.js';

const [OTHERS, MB] = [0o077, 1024 * 1024];
/** A run of a large file writes as much. */
const LITTLE_SPACE_MB = 500;

/** @param version of Node, such as `v20.19.0`; as `engines` of package.json has it */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isFine = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (isFine) return ok('node', version);
  return fail('node', `${version} is not supported`, 'Install Node 20.19, 22.12 or newer');
}

/** Whether runs can be kept, where no one else reads them. @param user by uid; undefined on Windows */
export async function checkRuns(
  { runsDir, sharedRunsDir }: Settings,
  user: number | undefined,
): Promise<readonly Finding[]> {
  const dir = path.resolve(runsDir);
  let there = dir;
  while (!existsSync(there)) there = path.dirname(there);
  const findings: Finding[] = [];
  try {
    if (!sharedRunsDir) assertTrusted(dir, user);
    await access(there, constants.W_OK | constants.X_OK);
    const isOpen = there === dir && user !== undefined && (statSync(dir).mode & OTHERS) !== 0;
    const what = there === dir ? 'can be written' : 'will be made by the first run';
    findings.push(
      isOpen
        ? warn('runs folder', `${dir} can be read by other users`, `Run: chmod 700 ${dir}`)
        : ok('runs folder', `${dir} ${what}`),
    );
  } catch (error) {
    findings.push(
      isSyncError(error)
        ? { check: 'runs folder', level: 'fail', error }
        : fail('runs folder', `cannot write to ${there}`, 'Name another folder with --runs-dir'),
    );
  }
  const { bavail, bsize } = await statfs(there);
  const free = Math.floor((bavail * bsize) / MB);
  const text = `${free.toLocaleString('en')} MB free`;
  findings.push(free < LITTLE_SPACE_MB ? warn('disk', text, 'Make room before a large run') : ok('disk', text));
  return findings;
}

/**
 * The lock, the mirror and the latest export of an organisation.
 * @param machine as `machineDir` gives
 */
export async function checkOrganisationFiles(
  { runsDir }: Settings,
  target: Target,
  key: string,
  machine: string,
): Promise<readonly Finding[]> {
  try {
    const scope = await scopeOf(target, key, machine);
    const findings = [await checkLock(machine, scope)];
    const mirror = mirrorDir(runsDir, scope);
    if (existsSync(mirror)) findings.push(ok('mirror', `kept in ${mirror}`));
    return [...findings, ...(await checkLatestExport(runsDir, target, key))];
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return [{ check: 'lock', level: 'fail', error }];
  }
}

/** @throws SyncError `lock_unsupported` */
async function checkLock(machine: string, scope: string): Promise<Finding> {
  const found = await findHolder(lockDir(machine), scope);
  if (found === 'free') return ok('lock', 'free');
  return warn('lock', `${nameHolder(found.holder)} holds it`, 'Wait until it ends, or use --wait-lock 10m');
}

async function checkLatestExport(runsDir: string, target: Target, key: string): Promise<readonly Finding[]> {
  try {
    const { file, complete } = await findLatestExport(runsDir, target, key);
    if (!existsSync(file))
      return [warn('latest export', `${file} is gone`, 'Export again before --snapshot latest-export')];
    return [
      complete
        ? ok('latest export', file)
        : warn('latest export', `${file} may lack contacts`, 'Export again before --snapshot latest-export'),
    ];
  } catch (error) {
    if (hasCode(error, 'latest_export_missing')) return [];
    if (isSyncError(error)) return [{ check: 'latest export', level: 'warn', error }];
    throw error;
  }
}
