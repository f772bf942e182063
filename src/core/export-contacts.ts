import type { SyncContext } from './context.js';
import { startDeadlines } from './budget/deadline.js';
import { NO_RESERVE } from './budget/rate.js';
import type { Filter } from './contacts/contacts-api.js';
import type { Contact, FieldSchema } from './contacts/types.js';
import { API_DEFAULTS } from './defaults.js';
import { csvFormat, ndjsonFormat, type ExportFormat } from './export-formats.js';
import { exportPages, type ExportedPages } from './export-pages.js';
import { ApiSession } from './run/session.js';
import { stopWith } from './stop-with.js';

/** What an export says of itself. */
export interface Exported extends ExportedPages {
  /** Values that no cell reads back as; `sync` leaves those alone. */
  leftOut: number;
}

interface ExportTo<Format, R> {
  format: Format;
  /** Told of the head, where the format has one, and of each contact; waited for. */
  write: (record: R) => Promise<void>;
}

export type ExportOptions = Pick<SyncContext, 'api' | 'onEvent' | 'signal'> & {
  /** For a store on disk, gone afterwards. */
  scratchDir: string;
  /** Made from the API's schema, which says what can be filtered; without it, all contacts. */
  filter?: (schema: readonly FieldSchema[]) => Filter;
} & (ExportTo<'csv', readonly string[]> | ExportTo<'ndjson', Contact>);

/**
 * Streams all contacts, each once, as rows of a CSV that `sync` takes back or as the API gives them.
 * @throws what `filter` throws; SyncError where the API does not answer, or the caller stops it
 */
export async function exportContacts(options: ExportOptions): Promise<Exported> {
  const { onEvent = () => undefined, signal } = options;
  const api = { ...API_DEFAULTS, ...options.api };
  const stop = new AbortController();
  const stopListening = stopWith(signal, stop);
  const reserve = api.reserve ?? NO_RESERVE;
  const connection = { ...api, reserve, mirror: undefined, deadlines: startDeadlines(api, stop) };
  const session = new ApiSession(connection, { stop, emit: onEvent });
  try {
    return options.format === 'csv'
      ? await exportAs(session, options, await csvFormat(session.vocabulary), options.write)
      : await exportAs(session, options, await ndjsonFormat(session.vocabulary), options.write);
  } finally {
    await session.close();
    stopListening();
    stop.abort(new Error('the export is over'));
  }
}

async function exportAs<R>(
  session: ApiSession,
  { scratchDir, filter }: Pick<ExportOptions, 'scratchDir' | 'filter'>,
  format: ExportFormat<R>,
  write: (record: R) => Promise<void>,
): Promise<Exported> {
  const filters = filter?.(await session.vocabulary.read());
  const pages = await exportPages(session, scratchDir, filters, format, write);
  return { ...pages, leftOut: format.leftOut };
}
