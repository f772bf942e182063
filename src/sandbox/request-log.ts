/** What a request was for; `other` is any address the API does not have. */
export type RequestKind = 'patch' | 'get' | 'list' | 'schema' | 'tags' | 'me' | 'other';

/** One request as the server saw it. */
export interface LogEntry {
  /** Counts from 1 in the order of arrival. */
  n: number;
  /** When it arrived, ISO. */
  at: string;
  kind: RequestKind;
  method: string;
  path: string;
  contactId?: string;
  body?: unknown;
  /** The status sent; null while there is no answer, and for good where the connection was cut or left hanging. */
  status: number | null;
  /** The fault that befell it. */
  fault?: string;
  /** Whether a PATCH was stored, though its answer may have been lost. */
  applied: boolean;
  /** The fields of an applied PATCH as they were and as they are, tags as names. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Another PATCH of the same contact was being handled when this one arrived. */
  overlaps?: true;
}

const MOST_OTHERS = 10_000;
/** Bodies of list requests may hold hundreds of ids each. */
const MOST_OTHER_BODIES = 1000;

/** Every PATCH, the first 10,000 other requests, and counts of all: compared in tests with what a client claims. */
export class RequestLog {
  readonly entries: LogEntry[] = [];
  readonly counts: Record<RequestKind, number> = { get: 0, list: 0, patch: 0, schema: 0, tags: 0, me: 0, other: 0 };
  /** PATCHes that were stored. */
  applied = 0;
  /** The most requests that were being handled at one time. */
  mostInFlight = 0;
  private readonly open = new Set<LogEntry>();
  private readonly patching = new Map<string, number>();
  private total = 0;
  private others = 0;

  /** The PATCH requests, in order; of one contact if an id is given. */
  patches(contactId?: string): LogEntry[] {
    return this.entries.filter((e) => e.kind === 'patch' && (contactId === undefined || e.contactId === contactId));
  }

  /** Notes a request that has arrived. */
  begin(request: Pick<LogEntry, 'kind' | 'method' | 'path'> & { contactId?: string | undefined }, now: Date): LogEntry {
    const { contactId, ...rest } = request;
    const entry: LogEntry = { n: ++this.total, at: now.toISOString(), ...rest, status: null, applied: false };
    if (contactId !== undefined) entry.contactId = contactId;
    this.counts[entry.kind]++;
    if (entry.kind === 'patch' || this.others++ < MOST_OTHERS) this.entries.push(entry);
    this.open.add(entry);
    this.mostInFlight = Math.max(this.mostInFlight, this.open.size);
    if (entry.kind === 'patch') this.beginPatch(entry);
    return entry;
  }

  noteBody(entry: LogEntry, body: unknown): void {
    if (body === undefined || body === null) return;
    if (entry.kind === 'patch' || this.others <= MOST_OTHER_BODIES) entry.body = body;
  }

  noteApplied(entry: LogEntry, before: Record<string, unknown>, after: Record<string, unknown>): void {
    this.applied++;
    Object.assign(entry, { applied: true, before, after });
  }

  /** Notes that a request is dealt with; a second call changes nothing. */
  end(entry: LogEntry, status: number | null): void {
    if (!this.open.delete(entry)) return;
    entry.status = status;
    if (entry.kind !== 'patch') return;
    const left = (this.patching.get(idOf(entry)) ?? 1) - 1;
    if (left > 0) this.patching.set(idOf(entry), left);
    else this.patching.delete(idOf(entry));
  }

  private beginPatch(entry: LogEntry): void {
    const others = this.patching.get(idOf(entry)) ?? 0;
    if (others > 0) entry.overlaps = true;
    this.patching.set(idOf(entry), others + 1);
  }
}

function idOf(entry: LogEntry): string {
  return entry.contactId?.toLowerCase() ?? '';
}
