import type { RateLimitInfo } from '../../core/budget/rate-limit.js';
import { CONTACT_FIELDS, CUSTOM_PREFIX } from '../../core/contacts/fields.js';
import { changedCondition, idCondition } from '../../core/contacts/filters.js';
import type { FieldSchema } from '../../core/contacts/types.js';
import type { Inspection } from '../../core/inspect-api.js';
import { hasCode, type SyncError } from '../../core/model/errors.js';
import { count, plural } from '../../core/report/format.js';
import type { Settings } from '../settings/schemas.js';
import { CONNECTION_ADVICE } from './connection-advice.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** Answers take their time, and dates are in whole seconds. */
const SKEW_MS = 30_000;

/** What the API's answers say: the key, the schema, the allowance and the clock. */
export function checkApi(found: Inspection, { rate }: Pick<Settings, 'rate'>): readonly Finding[] {
  const { organisation, schema, contacts, error, aheadMs } = found;
  return [
    ...(organisation === undefined ? [] : [checkOrganisation(organisation, contacts)]),
    ...(schema === undefined ? [] : checkSchema(schema)),
    ...(error === undefined ? [] : [failure(error)]),
    ...(organisation === undefined && error !== undefined ? [] : [checkAllowance(found.allowance, rate)]),
    ...(aheadMs === undefined ? [] : [checkClock(aheadMs)]),
  ];
}

function checkOrganisation(organisation: Inspection['organisation'], contacts: number | undefined): Finding {
  const many = contacts === undefined ? '' : `, ${plural(contacts, 'contact')}`;
  if (organisation) return ok('organisation', `${organisation.name ?? organisation.id}${many}`);
  return warn('organisation', `the API does not say whose key this is${many}`, 'Make sure that it is the right one');
}

function checkSchema(schema: readonly FieldSchema[]): readonly Finding[] {
  const byId = idCondition(schema) !== undefined;
  const byTime = changedCondition(schema) !== undefined;
  const known = new Set(schema.map(({ key }) => key));
  const missing = CONTACT_FIELDS.map(({ key }) => key).filter((key) => !known.has(key));
  const custom = schema.filter(({ key }) => key.startsWith(CUSTOM_PREFIX)).length;
  return [
    byId
      ? ok('read by id', 'up to 500 contacts per request')
      : warn(
          'read by id',
          'contacts cannot be filtered by id',
          'Expect more requests; --snapshot or --mirror saves them',
        ),
    byTime
      ? ok('read changes', 'updated_at can be filtered and sorted, so that --mirror works')
      : warn('read changes', 'updated_at cannot be filtered and sorted', 'Runs work, but without --mirror'),
    missing.length === 0
      ? ok('fields', `all fields of contacts, and ${plural(custom, 'custom field')}`)
      : warn('fields', `the API's schema lacks ${missing.join(', ')}`, 'Leave these columns out of your files'),
  ];
}

function failure(error: SyncError): Finding {
  if (hasCode(error, 'connection_impossible')) {
    return fail('api', error.message, CONNECTION_ADVICE[error.facts.cause]);
  }
  if (hasCode(error, 'api_rate_limited')) {
    return warn('api', 'the rate limit is used up (429)', 'Runs wait until it resets; check again then for the rest');
  }
  return { check: error.kind === 'key' ? 'key' : 'api', level: 'fail', error };
}

function checkAllowance({ limit, remaining, resetMs }: RateLimitInfo, rate: Settings['rate']): Finding {
  const assumed =
    rate === undefined ? '--rate none' : `--rate ${count(rate.calls)} per ${Math.round(rate.perMs / 1000)} s`;
  if (limit === undefined && remaining === undefined) {
    return warn('allowance', `the API does not say how many requests it allows; ${assumed} is kept to`, 'Set --rate');
  }
  const of = limit === undefined ? '' : ` of ${count(limit)}`;
  const reset = resetMs === undefined || resetMs < 0 ? '' : `, resets in ${Math.ceil(resetMs / 1000)} s`;
  const differs = limit !== undefined && rate?.calls !== limit ? `; the API's limit is used, not ${assumed}` : '';
  const text = `${remaining === undefined ? 'unknown' : count(remaining)}${of} requests left${reset}${differs}`;
  return remaining === 0 ? warn('allowance', text, 'Runs wait until it resets') : ok('allowance', text);
}

function checkClock(aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= SKEW_MS) return ok('clock', `within ${SKEW_MS / 1000} s of the API's`);
  const text = `this machine's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the API's`;
  return warn('clock', text, 'Set the clock (NTP): --stop-at and the times in results follow it');
}
