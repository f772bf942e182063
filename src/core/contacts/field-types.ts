import { DateTime } from 'luxon';
import { isUuid } from './contact-id.js';
import { didYouMean } from '../model/suggest.js';
import { sameEmail, samePhone, sameProfileUrl } from './equivalent.js';
import { cleanText, isEmpty, splitList, type FieldType, type FieldValue, type Parsed } from '../model/values.js';

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/u;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const BOOLEANS = new Map([
  ...['true', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

/** Servers have more ways to say it than a cell. */
const LIVE_BOOLEANS = new Map([...BOOLEANS, ['on', true] as const, ['off', false] as const]);

/** Two values as text, the empty ones being all alike. */
function sameText(a: FieldValue, b: FieldValue): boolean {
  const [left, right] = [a, b].map((value) => (isEmpty(value) ? '' : cleanText(String(value))));
  return left === right;
}

/** APIs wrap custom values in a list of one or in an object; this takes the value out. */
function unwrap(live: unknown): string | number | boolean | null {
  if (Array.isArray(live)) return live.length > 1 ? live.map(unwrap).join(';') : unwrap(live[0] ?? null);
  if (typeof live === 'object' && live !== null) {
    const { key, value, id, display_value, name } = live as Record<string, unknown>;
    // A field without a value is not its own id.
    if ('value' in live) return unwrap(value);
    return unwrap(key ?? id ?? display_value ?? name ?? null);
  }
  return typeof live === 'string' || typeof live === 'number' || typeof live === 'boolean' ? live : null;
}

function textLike(name: string, check: (text: string) => boolean, expected: string): FieldType {
  return {
    name,
    parse: (text) => (check(text) ? { value: text } : { expected }),
    read: unwrap,
    same: sameText,
  };
}

/** Control characters are never meant; tabs and line breaks are. U+0080–9F is text in a wrong charset: the lint's to tell. */
const CONTROL = /[^\P{Cc}\t\n\r\x80-\x9f]/u;

export const text: FieldType = {
  ...textLike('text', (value) => !CONTROL.test(value), 'text without control characters'),
  grows: 'lines',
};
export const email: FieldType = {
  ...textLike(
    'email',
    (value) => EMAIL.test(value) && !/\p{Cc}/u.test(value),
    'an e-mail address such as ana@example.com',
  ),
  sameForm: sameEmail,
};
export const phone: FieldType = {
  ...textLike('phone', (value) => !CONTROL.test(value), 'text without control characters'),
  sameForm: samePhone,
};
export const profileUrl: FieldType = {
  ...textLike('url', (value) => !/\s/.test(value) && !CONTROL.test(value), 'a URL without spaces'),
  sameForm: sameProfileUrl,
};
export const uuid = textLike('uuid', isUuid, 'a UUID');
export const time = textLike('time', (value) => TIME.test(value), 'a time such as 14:30');

export const boolean: FieldType = {
  name: 'boolean',
  parse(value): Parsed {
    const known = BOOLEANS.get(value.toLowerCase());
    return known === undefined ? { expected: 'true/false, yes/no, y/n or 1/0' } : { value: known };
  },
  read(live) {
    const value = unwrap(live);
    return (value === null ? undefined : LIVE_BOOLEANS.get(String(value).toLowerCase())) ?? value;
  },
  same: (a, b) => (a ?? null) === (b ?? null),
};

export const number: FieldType = {
  name: 'number',
  parse(value): Parsed {
    if (!NUMBER.test(value)) return { expected: 'a number such as 1234.5, without thousands separators' };
    const parsed = exactNumber(value);
    return parsed === undefined ? { expected: 'a number of at most 15 digits' } : { value: parsed };
  },
  read(live) {
    const value = unwrap(live);
    return typeof value === 'string' && NUMBER.test(value) ? (exactNumber(value) ?? value) : value;
  },
  same: (a, b) => (isEmpty(a) || isEmpty(b) ? isEmpty(a) && isEmpty(b) : a === b),
};

/** Longer numbers are none that a double holds. */
const LONGEST_NUMBER = 400;

/** The number that a text says, if it can be held and written to its last digit. */
function exactNumber(text: string): number | undefined {
  const parsed = text.length > LONGEST_NUMBER ? NaN : Number(text);
  if (!Number.isFinite(parsed) || (Number.isInteger(parsed) && !Number.isSafeInteger(parsed))) return undefined;
  return digitsOf(text) === digitsOf(String(parsed)) ? parsed : undefined;
}

/** A decimal number in one form: its digits and where they begin. */
function digitsOf(text: string): string {
  const [, sign, whole = '', decimals = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const all = `${whole}${decimals}`;
  const from = all.search(/[1-9]/);
  if (from === -1) return '0';
  let end = all.length;
  while (all[end - 1] === '0') end--;
  return `${sign === '-' ? '-' : ''}${all.slice(from, end)}e${Number(exponent) + whole.length - from}`;
}

export const date: FieldType = {
  name: 'date',
  parse(value): Parsed {
    const good = /^\d{4}-\d{2}-\d{2}$/.test(value) && DateTime.fromISO(value).isValid;
    return good ? { value } : { expected: 'a date as YYYY-MM-DD' };
  },
  read(live) {
    const value = unwrap(live);
    return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? value.slice(0, 10) : value;
  },
  same: sameText,
};

export const datetime: FieldType = {
  name: 'datetime',
  parse(value): Parsed {
    const parsed = ZONED.test(value) ? DateTime.fromISO(value, { setZone: true }) : undefined;
    const iso = parsed?.isValid === true ? parsed.toUTC().toISO() : null;
    return iso === null || !/^\d{4}-/.test(iso)
      ? { expected: 'a date and time with its zone, such as 2026-11-23T14:30:00Z' }
      : { value: iso };
  },
  read: unwrap,
  same(a, b) {
    if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
    const [left, right] = [asInstant(a), asInstant(b)];
    return left.isValid && right.isValid ? left.toMillis() === right.toMillis() : sameText(a, b);
  },
};

/** A day, a time and a zone that exists: offsets go from -12:00 to +14:00. */
const ZONED =
  /^\d{4}-?\d{2}-?\d{2}T\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)?(?:Z|[+-](?:0\d|1[0-3])(?::?[0-5]\d)?|\+14(?::?00)?)$/i;

/** A time without a zone is UTC, whatever the zone of this machine. */
function asInstant(value: FieldValue): DateTime {
  return DateTime.fromISO(String(value), { zone: 'utc' });
}

/** One of the keys of a schema's enum, written as its key or its display name. A key goes before another option's name. */
export function enumOf(allowed: readonly { key: string; display_value: string }[]): FieldType {
  const names = allowed.map((option) => option.display_value);
  const keys = new Set(allowed.map((option) => option.key));
  const byName = group(allowed.map(({ key, display_value }) => [cleanText(display_value), key]));
  const loose = group(
    allowed.flatMap(({ key, display_value }) =>
      [key, cleanText(display_value)].map((name): [string, string] => [name.toLowerCase(), key]),
    ),
  );
  /** Several: the options that are called so. */
  function keysOf(value: string): readonly string[] {
    if (keys.has(value)) return [value];
    return byName.get(cleanText(value)) ?? loose.get(cleanText(value).toLowerCase()) ?? [];
  }
  function keyOf(value: string): string | undefined {
    const [key, ...others] = keysOf(value);
    return others.length === 0 ? key : undefined;
  }
  return {
    name: 'enum',
    parse(value): Parsed {
      const key = keyOf(value);
      if (key !== undefined) return { value: key };
      const several = keysOf(value);
      if (several.length > 1)
        return { expected: `the key of one of the options with this name: ${several.join(', ')}` };
      const listed = names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');
      return { expected: `one of ${listed}${didYouMean(value, names)}` };
    },
    read(live) {
      const value = unwrap(live);
      return typeof value === 'string' ? (keyOf(value) ?? value) : value;
    },
    same: sameText,
  };
}

/** What each name stands for, each thing once. */
function group(entries: readonly (readonly [name: string, key: string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, key] of entries) found.set(name, [...new Set([...(found.get(name) ?? []), key])]);
  return found;
}

/** A `;` list; with a schema's enum, a list of its keys. Order counts. */
export function arrayOf(item: FieldType): FieldType {
  return {
    name: 'array',
    grows: 'items',
    parse(value): Parsed {
      const items: string[] = [];
      for (const part of splitList(value)) {
        const parsed = item.parse(part);
        if ('expected' in parsed) return { expected: `a ; list of ${parsed.expected}` };
        items.push(String(parsed.value));
      }
      return items.length === 0 ? { expected: 'a ; list of values' } : { value: items };
    },
    read(live) {
      if (live === null || live === undefined) return null;
      return (Array.isArray(live) ? live : [live]).map((part) => String(item.read(part) ?? ''));
    },
    same(a, b) {
      if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
      const [left, right] = [[a].flat(), [b].flat()];
      return left.length === right.length && left.every((part, at) => sameText(part, right[at] ?? null));
    },
  };
}

/** Tag names as the API spells them, compared as a set: two that look alike are two. Cells are read by `tags.ts`, which knows adding and removing. */
export const tags: FieldType = {
  name: 'tags',
  grows: 'items',
  parse: (value) => ({ value: splitList(value) }),
  read: (live) => (Array.isArray(live) ? live.map((tag) => String(unwrap(tag) ?? '')) : null),
  same(a, b) {
    const [left, right] = [asSet(a), asSet(b)];
    return left.size === right.size && [...left].every((tag) => right.has(tag));
  },
};

function asSet(value: FieldValue): Set<string> {
  return new Set(Array.isArray(value) ? value : []);
}
