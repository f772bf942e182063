import { createHmac } from 'node:crypto';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { makeDir } from '../../core/disk/make-dir.js';
import { FORMAT } from '../../core/disk/ndjson.js';
import { replaceFile } from '../../core/disk/replace-file.js';
import type { OnEvent } from '../../core/model/events.js';
import { canonicalUrl, machineSalt } from '../../core/run/target.js';
import { isHarmless } from './address.js';

/** A key, and the address that it is used with. */
export interface KeyUse {
  baseUrl: string;
  apiPrefix: string;
  key: string;
}

/**
 * Whether the API at this address has accepted this key before, on this machine.
 * @param dir as `machineDir` gives
 */
export async function isKnownAddress(dir: string, use: KeyUse): Promise<boolean> {
  try {
    await access(await noteOf(dir, use));
    return true;
  } catch {
    // No note, or none that can be read.
    return false;
  }
}

/**
 * Remembers the address of a key, once the API there has accepted the key. Where that cannot be written down, the
 * address stays unknown.
 * @param dir as `machineDir` gives
 * @returns `settled` waits until it is on disk
 */
export function rememberOnceAccepted(dir: string, use: KeyUse): { onEvent: OnEvent; settled: () => Promise<void> } {
  let written: Promise<void> | undefined;
  return {
    onEvent(event) {
      if (event.type !== 'response' || written !== undefined || isHarmless(use.baseUrl)) return;
      const { status = 0 } = event;
      if (status >= 200 && status < 300) written = remember(dir, use).catch(() => undefined);
    },
    settled: async () => written,
  };
}

async function remember(dir: string, use: KeyUse): Promise<void> {
  const file = await noteOf(dir, use);
  await makeDir(path.dirname(file));
  const note = { format: FORMAT, base_url: canonicalUrl(use.baseUrl), api_prefix: use.apiPrefix };
  await replaceFile(file, JSON.stringify(note) + '\n');
}

/** The name tells nothing of the key to who does not have this machine's salt. */
async function noteOf(dir: string, { baseUrl, apiPrefix, key }: KeyUse): Promise<string> {
  const name = createHmac('sha256', await machineSalt(dir))
    .update(['address', canonicalUrl(baseUrl), apiPrefix, key].join('\n'))
    .digest('hex')
    .slice(0, 24);
  return path.join(dir, 'addresses', `${name}.json`);
}
