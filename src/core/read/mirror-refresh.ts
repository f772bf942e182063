import { MAX_PAGE_SIZE, unwrap, type ContactsApi, type ListPage } from '../contacts/contacts-api.js';
import { CHANGED_AT, CREATED_AT } from '../contacts/fields.js';
import type { Contact } from '../contacts/types.js';
import type { OnEvent } from '../model/events.js';
import { canonicalId } from '../contacts/contact-id.js';
import { millis, PageWatch } from './page-watch.js';
import type { Meta, MirrorStore } from './mirror-store.js';

/** Changes are asked for from so long before the newest one that is known: servers' clocks and writes overlap. */
const OVERLAP_MS = 5 * 60_000;

const SHIFTED = { aside: 'contacts were deleted while it was filled, and pages shifted' };

export interface Refreshing {
  api: ContactsApi;
  store: MirrorStore;
  /** The operator that finds what changed after a time. */
  condition: string;
  /** Rebuilt when older than this, milliseconds. */
  maxAge: number;
  /** When the refresh begins, epoch milliseconds. */
  now: number;
  emit: OnEvent;
  onPage: (done: number, total: number) => void;
}

/** How the mirror was brought up to date, or why it cannot be used. */
export type Refreshed = { why: string } | { aside: string };

/** Brings the mirror up to date: by what changed where that can be trusted, else whole. */
export async function refresh(refreshing: Refreshing): Promise<Refreshed> {
  const { store, now, maxAge, emit } = refreshing;
  const { meta } = store;
  const age = now - (meta?.filledAt ?? now);
  // A time to come is not an age: the clock was put back, and how old the mirror is cannot be told.
  const fresh = age >= 0 && age < maxAge;
  let wrong: string | undefined = 'it was too old';
  if (meta && fresh) {
    if (meta.unfit !== null) return { aside: meta.unfit };
    wrong = (await catchUp(refreshing, meta)) ?? (await miscounted(refreshing));
    if (wrong === undefined) return { why: 'the mirror, refreshed by what changed since' };
    emit({ type: 'info', code: 'mirror_rebuilt', facts: { why: wrong } });
  }
  const filled = await fill(refreshing);
  if ('aside' in filled) return filled;
  // What changed while pages were read is missed by the pages before it. And a filter that does not show now what is
  // known to be there will not do so tomorrow.
  const unfit = filled.unfit ?? (await catchUp(refreshing, filled));
  if (unfit !== undefined && unfit !== null) {
    await store.setMeta({ ...store.meta!, unfit });
    return { aside: unfit };
  }
  if (!meta) return { why: 'the mirror, filled for the first time' };
  return { why: `the mirror, rebuilt: ${wrong}` };
}

/** @returns what the list does that disagrees with the mirror or with what was asked */
async function catchUp({ api, store, condition, now, onPage }: Refreshing, meta: Meta): Promise<string | undefined> {
  let since = meta.watermark - OVERLAP_MS;
  let lookout = meta.sentinel;
  let last = since;
  const reading = new Reading(now);
  const seen = new Set<string>();
  for (let page = 1; ;) {
    const filters = [{ field: CHANGED_AT, condition, value: new Date(since).toISOString() }];
    const reply = await api.listContacts({ page, page_size: MAX_PAGE_SIZE, sort: CHANGED_AT, filters });
    const refused = reply.kind === 'refused' && reply.verdict === 'refused';
    // Some servers break on what they should refuse.
    if (refused || (reply.kind === 'unanswered' && reply.status === 500))
      return `the API refuses the filter on ${CHANGED_AT}`;
    const answer = unwrap(reply);
    const times = reading.note(answer);
    if (times.some((time, at) => time < (times[at - 1] ?? last)))
      return `what the API lists by ${CHANGED_AT} is not what was asked for, or not in order`;
    await store.add(meta.half, answer.contacts);
    const known = seen.size;
    answer.contacts.forEach(({ id }) => seen.add(canonicalId(id)));
    if (lookout !== null && seen.has(lookout)) lookout = null;
    onPage(1, Math.max(1, answer.totalPages));
    if (seen.size >= answer.totalCount) break;
    if (seen.size === known) return 'the API counts more changes than it shows';
    last = times.at(-1)!;
    // From where this page ended, as contacts that change meanwhile would shift later pages. Only where a whole page
    // changed within a millisecond is there no other way on.
    if (last - 1 > since) {
      [since, last, page] = [last - 1, last - 1, 1];
      seen.clear();
    } else page++;
  }
  if (lookout !== null) return 'a contact that changed last is not among those that changed';
  await store.setMeta({ ...store.meta!, ...reading.end() });
  return undefined;
}

/** Both more and fewer contacts than are known are a reason: a row about a deleted one must not be called unchanged. */
async function miscounted({ api, store }: Refreshing): Promise<string | undefined> {
  const { totalCount } = unwrap(await api.listContacts({ page: 1, page_size: 1 }));
  const { contacts, hidden } = store.meta!;
  const expected = contacts + hidden;
  return totalCount === expected ? undefined : `the API counts ${totalCount} contacts, the mirror ${expected}`;
}

/** Reads the whole list into the half that is not in use, and takes that into use. */
async function fill({ api, store, now, onPage }: Refreshing): Promise<Meta | { aside: string }> {
  const old = store.meta?.half ?? 'b';
  const half = old === 'a' ? 'b' : 'a';
  await store.clear(half);
  const reading = new Reading(now);
  const watch = new PageWatch(now);
  let [contacts, read, total, longest, unfit] = [0, 0, 0, 0, null as string | null];
  for (let page = 1, pages = 1; unfit === null; page++) {
    const reply = await api.listContacts({ page, page_size: MAX_PAGE_SIZE, sort: CREATED_AT });
    // Some servers refuse a page after the last one, which is only asked for where they count more than they show.
    if (page > pages && reply.kind === 'refused') break;
    const answer = unwrap(reply);
    watch.note(answer);
    if (watch.fell) return SHIFTED;
    const size = answer.contacts.length;
    [total, pages, longest, read] = [answer.totalCount, answer.totalPages, Math.max(longest, size), read + size];
    if (reading.note(answer).includes(0)) unfit = `the API has contacts without ${CHANGED_AT}`;
    const added = await store.add(half, answer.contacts);
    contacts += added;
    onPage(page, Math.max(page, pages));
    // A server may give fewer than asked for on each page: only a page shorter than those before it is the last one. And
    // one with nothing new, or its pages have no end.
    if (added === 0 || read >= total || (page >= pages && size < longest)) break;
  }
  if (!watch.isSteady) return SHIFTED;
  if (contacts > total) unfit ??= 'the API shows more contacts than it counts';
  const hidden = total - contacts;
  const meta: Meta = { version: 2, half, filledAt: now, ...reading.end(), contacts, hidden, unfit };
  await store.setMeta(meta);
  await store.clear(old);
  return meta;
}

/** What one reading of the list, of several pages, shows of times. */
class Reading {
  #newest = 0;
  #sentinel: string | null = null;
  #began: number | undefined;

  constructor(private readonly now: number) {}

  /** @returns when each contact changed, epoch milliseconds; 0 where it does not say */
  note(answer: ListPage): number[] {
    // The server's clock, where it tells it: ours may be ahead, and would leave out what changes just now.
    this.#began ??= millis(answer.timestamp) || this.now;
    const times = answer.contacts.map((contact: Contact) => millis(contact[CHANGED_AT]));
    times.forEach((time, at) => {
      if (time < this.#newest) return;
      this.#newest = time;
      this.#sentinel = canonicalId(answer.contacts[at]!.id);
    });
    return times;
  }

  /**
   * The newest change that was seen, but no later than when the reading began: what changed after that may have been
   * missed, and one contact with a time to come would hide all changes until then.
   */
  end(): Pick<Meta, 'watermark' | 'sentinel'> {
    return { watermark: Math.min(this.#newest, this.#began ?? this.now), sentinel: this.#sentinel };
  }
}
