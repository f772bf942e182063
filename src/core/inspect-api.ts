import type { Call, Reply } from './api/call.js';
import { Transport } from './api/client.js';
import type { TransportOptions } from './api/transport-options.js';
import { judge } from './api/judge.js';
import type { RateLimitInfo } from './budget/rate-limit.js';
import { ContactsApi, unwrap, type Organisation } from './contacts/contacts-api.js';
import type { FieldSchema } from './contacts/types.js';
import { isSyncError, SyncError } from './model/errors.js';

/** What the API tells of itself; what it was not asked for, or did not tell, is left out. */
export interface Inspection {
  /** Whose key it is; null where the API does not tell. */
  organisation?: Organisation | null;
  schema?: readonly FieldSchema[];
  /** How many contacts there are. */
  contacts?: number;
  /** By the headers of the last answer. */
  allowance: RateLimitInfo;
  /** How far this machine's clock is ahead of the server's, milliseconds. */
  aheadMs?: number;
  /** What kept it from telling the rest. */
  error?: SyncError;
}

export type InspectOptions = Pick<TransportOptions, 'baseUrl' | 'key' | 'timeoutMs' | 'proxy'> & { apiPrefix: string };

/** Asks the API whose key it is, for its schema and for one contact: three requests, each made once, past any budget. */
export async function inspectApi({ apiPrefix, ...options }: InspectOptions): Promise<Inspection> {
  const transport = new Transport({ ...options, concurrency: 1, deadlines: [], onEvent: () => undefined });
  const found: Inspection = { allowance: {} };
  const api = new ContactsApi({ call: (call) => askOnce(transport, call, found) }, apiPrefix);
  try {
    found.organisation = unwrap(await api.getOrganisation());
    found.schema = await api.getSchema();
    found.contacts = unwrap(await api.listContacts({ page: 1, page_size: 1 })).totalCount;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    found.error = error;
  } finally {
    transport.close();
  }
  return found;
}

/** @throws SyncError where no call can succeed, or the API refuses the key or the request for its rate limit */
async function askOnce<T>(transport: Transport, call: Call<T>, found: Inspection): Promise<Reply<T>> {
  const attempt = await transport.attempt(call, 1);
  if (attempt.kind === 'answered') {
    found.allowance = attempt.info;
    const serverNow = Date.parse(attempt.date ?? '');
    if (!Number.isNaN(serverNow)) found.aheadMs = Date.now() - serverNow;
  }
  const reply = transport.connectionError(attempt) ?? judge(call, attempt, 1);
  if (isSyncError(reply)) throw reply;
  if (reply === 'rate_limited') throw new SyncError('api_rate_limited', { attempts: 1 });
  return reply;
}
