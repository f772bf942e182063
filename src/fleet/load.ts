import type { Client } from 'pg';
import { SyncError } from '../core/model/errors.js';

/** Loads the driver of PostgreSQL, which a run by itself does not need. @throws SyncError `package_missing` */
export async function loadClient(): Promise<typeof Client> {
  try {
    return (await import('pg')).default.Client;
  } catch (cause) {
    throw new SyncError('package_missing', { packages: ['pg@8'], purpose: 'coordinate runs on PostgreSQL' }, { cause });
  }
}
