import { hasCode, isSyncError, type SyncError } from '../model/errors.js';

/**
 * Whether an error says that the API has no such endpoint, or not for this key, which is good all the same: there may be
 * another way.
 */
export function isMissing(error: unknown): error is SyncError {
  if (hasCode(error, 'address_unknown')) return error.facts.works === undefined;
  return isSyncError(error) && ['access_missing', 'endpoint_missing', 'api_refused'].includes(error.code);
}
