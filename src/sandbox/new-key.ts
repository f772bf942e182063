import { randomBytes } from 'node:crypto';

/** A key that nobody knows yet, shaped as the real ones: `mks_` and 48 url-safe characters. */
export function newKey(): string {
  return `mks_${randomBytes(36).toString('base64url')}`;
}
