import type { SyncContext } from './context.js';
import { startDeadlines } from './budget/deadline.js';
import { NO_RESERVE } from './budget/rate.js';
import { unwrap, type Filter } from './contacts/contacts-api.js';
import type { Contact, FieldSchema } from './contacts/types.js';
import { API_DEFAULTS } from './defaults.js';
import { csvFormat, ndjsonFormat, type ExportFormat } from './contacts/export-formats.js';
import { exportPages, type ExportedPages } from './export-pages.js';
import type { FormulaMode } from './model/formula-cell.js';
import { assertOrganisation } from './run/target.js';
import { ApiSession } from './run/api-session.js';
import { stopWith } from './stop-with.js';

/** What an export says of itself. */
export interface Exported extends ExportedPages {
  /** Values that no cell reads back as; `sync` leaves those alone. */
  leftOut: number;
  /** Values that begin like formulas. */
  formulas: number;
}

interface ExportAs<Format, R> {
  format: Format;
  /** Told of the head, where the format has one, and of each contact; waited for. */
  write: (record: R) => Promise<void>;
}

/** A format, and what takes its records. */
export type ExportTo = ExportAs<'csv', readonly string[]> | ExportAs<'ndjson', Contact>;

export type ExportContext = Pick<SyncContext, 'api' | 'onEvent' | 'signal'> & {
  /** Whose contacts they have to be, by id or name; takes one call to confirm. */
  organisation?: string | undefined;
  /** For a store on disk, gone afterwards. */
  scratchDir: string;
  /** Made from the API's schema, which says what can be filtered; without it, all contacts. */
  filter?: (schema: readonly FieldSchema[]) => Filter;
  /** What becomes of the cells of a CSV that a spreadsheet would run; quoted by default, which `sync` takes off. */
  formulas?: FormulaMode;
};

export type ExportOptions = ExportContext & ExportTo;

/** An export that has begun, and has not asked for anything yet. */
export interface Export {
  /** Aborted by the caller's signal or the deadline. */
  signal: AbortSignal;
  run: (to: ExportTo) => Promise<Exported>;
}

/**
 * Streams all contacts, each once, as rows of a CSV that `sync` takes back or as the API gives them.
 * @throws what `filter` throws; SyncError where the API does not answer, or the caller stops it
 */
export function exportContacts(options: ExportOptions): Promise<Exported> {
  return withExport(options, (begun) => begun.run(options));
}

/**
 * As `exportContacts`, for what has to be opened first: that can take long as well, and ends with the export.
 * @throws what `work` throws
 */
export async function withExport<T>(context: ExportContext, work: (begun: Export) => Promise<T>): Promise<T> {
  const { onEvent = () => undefined } = context;
  const api = { ...API_DEFAULTS, ...context.api };
  const stop = new AbortController();
  const stopListening = stopWith(context.signal, stop);
  const reserve = api.reserve ?? NO_RESERVE;
  const connection = { ...api, reserve, mirror: undefined, deadlines: startDeadlines(api, stop) };
  const session = new ApiSession(connection, { stop, emit: onEvent });
  try {
    return await work({ signal: stop.signal, run: (to) => exportTo(session, context, to) });
  } finally {
    await session.close();
    stopListening();
    stop.abort(new Error('the export is over'));
  }
}

async function exportTo(session: ApiSession, context: ExportContext, to: ExportTo): Promise<Exported> {
  const { vocabulary } = session;
  await confirmOrganisation(session, context);
  return to.format === 'csv'
    ? exportAs(session, context, await csvFormat(vocabulary, context.formulas), to.write)
    : exportAs(session, context, await ndjsonFormat(vocabulary), to.write);
}

/** @throws SyncError where another organisation is meant than the key's */
async function confirmOrganisation({ api, emit }: ApiSession, context: ExportContext): Promise<void> {
  if (context.organisation === undefined) return;
  const { baseUrl } = context.api;
  const organisation = unwrap(await api.getOrganisation());
  assertOrganisation({ base_url: baseUrl, organisation }, context.organisation);
  emit({ type: 'target_known', baseUrl, organisation });
}

async function exportAs<R>(
  session: ApiSession,
  { scratchDir, filter }: ExportContext,
  format: ExportFormat<R>,
  write: (record: R) => Promise<void>,
): Promise<Exported> {
  const filters = filter?.(await session.vocabulary.read());
  const pages = await exportPages(session, scratchDir, filters, format, write);
  const { leftOut, formulas } = format;
  return { ...pages, leftOut, formulas };
}
