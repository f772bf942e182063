import type { Contact } from '../core/contacts/types.js';
import { ACCOUNT_TIERS, CUSTOM_FIELDS, SANDBOX_TAGS } from './defaults.js';
import { randomFrom, scramble, uuidFrom } from './random.js';
import { DOMAINS, INTERESTS, NOTES, REGIONS, SOURCES, TITLES } from './seed-words.js';

const FIRST_CREATED = Date.UTC(2020, 0, 6, 8);
/** Contact i + 1 is created after contact i, whatever the jitter: sorting by `created_at` sorts by number. */
const BETWEEN_CREATIONS_MS = 3 * 60_000;
const DAY_MS = 86_400_000;
/** Letters that Unicode does not decompose into a Latin letter and a mark. */
const FOLDED: Record<string, string> = { ø: 'o', ł: 'l', ß: 'ss', æ: 'ae', đ: 'd' };

/**
 * Contact number `i` (from 0) of a seed. Its id and values are the same for every total, machine and day, so that the
 * ids in sample files stay valid.
 */
export function seedContact(i: number, seed = 1): Contact {
  const draws = drawsFrom(randomFrom(scramble(seed) ^ scramble(i + 1)));
  const created = FIRST_CREATED + i * BETWEEN_CREATIONS_MS + draws.below(BETWEEN_CREATIONS_MS);
  return {
    id: uuidFrom(seed, i),
    created_at: iso(created),
    updated_at: iso(created + draws.below(120 * DAY_MS)),
    // Five people work at each account.
    account_id: uuidFrom(seed + 1_000_003, Math.floor(i / 5)),
    ...person(i, draws),
    title: draws.perhaps(0.9, () => draws.one(TITLES)),
    notes: draws.perhaps(0.12, () => draws.one(NOTES)),
    do_not_contact: draws.perhaps(0.9, () => draws.chance(0.05)),
    tags: draws.some(TAG_NAMES, 3),
    source: draws.one(SOURCES),
    scoring: draws.perhaps(0.7, () => ({ heat_score: draws.below(101) })),
    ...customValues(created, draws),
  };
}

/** Contacts 0 to `count` - 1 of a seed. */
export function* seedContacts(count: number, seed = 1): Generator<Contact> {
  for (let i = 0; i < count; i++) yield seedContact(i, seed);
}

const TAG_NAMES = SANDBOX_TAGS.map((tag) => tag.name);

function person(i: number, draws: Draws) {
  const region = draws.one(REGIONS);
  const [first, latinFirst] = spelled(draws.one(region.first));
  const [last, latinLast] = spelled(draws.one(region.last));
  const slug = `${latin(latinFirst)}.${latin(latinLast)}`;
  return {
    first_name: first,
    last_name: last,
    // The number makes addresses and profiles unique.
    email: draws.perhaps(0.96, () => `${slug}${i}@${draws.one(DOMAINS)}`),
    phone_number: draws.perhaps(0.85, () => region.phone + draws.digits(region.digits)),
    linkedin_url: draws.perhaps(0.75, () => `https://www.linkedin.com/in/${slug.replace('.', '-')}-${i.toString(36)}`),
    location: draws.perhaps(0.88, () => draws.one(region.places)),
  };
}

function customValues(created: number, draws: Draws): Record<string, unknown> {
  return {
    [CUSTOM_FIELDS.accountTier]: draws.perhaps(0.6, () => draws.one(ACCOUNT_TIERS).key),
    [CUSTOM_FIELDS.renewalDate]: draws.perhaps(0.4, () => iso(created + draws.below(1500) * DAY_MS).slice(0, 10)),
    [CUSTOM_FIELDS.seats]: draws.perhaps(0.5, () => draws.below(500) + 1),
    [CUSTOM_FIELDS.newsletter]: draws.perhaps(0.7, () => draws.chance(0.5)),
    [CUSTOM_FIELDS.interests]: draws.perhaps(0.4, () => draws.some(INTERESTS, 3)),
    [CUSTOM_FIELDS.lastDemo]: draws.perhaps(0.3, () => iso(created + draws.below(90 * DAY_MS))),
    [CUSTOM_FIELDS.erpNumber]: draws.perhaps(0.6, () => `000${draws.digits(5)}`),
    [CUSTOM_FIELDS.aiSummary]: draws.perhaps(0.2, () => `Likely interested in ${draws.one(INTERESTS).toLowerCase()}.`),
  };
}

interface Draws {
  below(limit: number): number;
  chance(probability: number): boolean;
  one<T>(list: readonly T[]): T;
  some<T>(list: readonly T[], atMost: number): T[];
  digits(count: number): string;
  perhaps<T>(probability: number, make: () => T): T | null;
}

function drawsFrom(random: () => number): Draws {
  const below = (limit: number) => Math.floor(random() * limit);
  const one = <T>(list: readonly T[]) => list[below(list.length)] as T;
  return {
    below,
    one,
    chance: (probability) => random() < probability,
    some: (list, atMost) => [...new Set(Array.from({ length: below(atMost + 1) }, () => one(list)))],
    digits: (count) => String(below(10 ** count)).padStart(count, '0'),
    perhaps: (probability, make) => (random() < probability ? make() : null),
  };
}

/** `李:Li` is shown as 李 and written Li in addresses. */
function spelled(name: string): [shown: string, latin: string] {
  const [shown = name, latinForm = shown] = name.split(':');
  return [shown, latinForm];
}

function latin(name: string): string {
  const marksOff = name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return marksOff.replace(/[^a-z]/g, (letter) => FOLDED[letter] ?? '');
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
