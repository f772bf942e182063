/** What a request was for; `other` is any address without a route. */
export type RequestKind = 'patch' | 'get' | 'list' | 'schema' | 'tags' | 'me' | 'other';

/** One request as the sandbox saw it. */
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
  /** The status sent; null before the answer, and for good where the connection was cut or left hanging. */
  status: number | null;
  /** The fault that it got. */
  fault?: string;
  /** Whether a PATCH was stored; its answer may still have been lost. */
  applied: boolean;
  /** The fields of an applied PATCH before and after it, tags as names. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Another PATCH of the same contact was in flight when this one arrived. */
  overlaps?: true;
}

const MOST_OTHERS = 10_000;
/** Bodies of list requests may hold hundreds of ids each. */
const MOST_OTHER_BODIES = 1000;

/** Every PATCH, the first 10,000 other requests, and counts of all, to compare with what a client claims. */
export class RequestLog {
  readonly entries: LogEntry[] = [];
  readonly counts: Record<RequestKind, number> = { get: 0, list: 0, patch: 0, schema: 0, tags: 0, me: 0, other: 0 };
  /** The number of PATCHes that were stored. */
  applied = 0;
  /** The largest number of requests in flight at one time. */
  mostInFlight = 0;
  private readonly open = new Set<LogEntry>();
  private readonly patching = new Map<string, number>();
  private total = 0;
  private others = 0;

  /** The PATCH requests in order of arrival; those of one contact if an id is given. */
  patches(contactId?: string): LogEntry[] {
    return this.entries.filter((e) => e.kind === 'patch' && (contactId === undefined || e.contactId === contactId));
  }

  /** Adds a request that has arrived. */
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

  /** Adds the parsed body of a request. */
  noteBody(entry: LogEntry, body: unknown): void {
    if (body === undefined || body === null) return;
    if (entry.kind === 'patch' || this.others <= MOST_OTHER_BODIES) entry.body = body;
  }

  /** Marks a PATCH as stored, with the written fields before and after. */
  noteApplied(entry: LogEntry, before: Record<string, unknown>, after: Record<string, unknown>): void {
    this.applied++;
    Object.assign(entry, { applied: true, before, after });
  }

  /** Marks a request as finished, with the status sent or null for none. A second call changes nothing. */
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
