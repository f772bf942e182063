/** Takes the API key out of a text. */
export type Redact = (text: string) => string;

const SHOWN = '[key]';

/** The API's own keys, whichever they are. */
const ANY_KEY = /mks_[\w-]{8,}/gi;

/** Shorter texts stand in other texts by chance: they are looked for as they are, and are no keys to be kept out of files. */
export const SHORTEST_KEY = 8;

const BEGINNING = 4;
const DEEPEST = 50;

/** A form in which a text may hold the key. */
interface Form {
  /** The expression of each letter. */
  letters: readonly string[];
  /** What may stand behind them. */
  end?: string;
}

/** Where a text was wrapped, also inside JSON. */
const WRAP = '(?:[ \\t]*(?:[\\r\\n]|\\\\+[rn])+[ \\t]*)?';

/** Takes each of several secrets out, as `redactor` does for the key. Those that are undefined or empty are left out. */
export function redactor(...secrets: readonly (string | undefined)[]): Redact {
  const each = secrets.map(redactorOf);
  if (each.length === 0) return redactorOf(undefined);
  return (text) => each.reduce((clean, take) => take(clean), text);
}

/**
 * Finds the key in use, in any case and wrapped over lines: plain, escaped for JSON, HTML or a URL, in hex and in base64.
 * Whatever looks like another key of the API is taken out as well. A text is to be redacted before it is cut.
 * @param key undefined where there is none
 */
function redactorOf(key: string | undefined): Redact {
  if (key === undefined || key === '') return (text) => text.replace(ANY_KEY, SHOWN);
  if (key.length < SHORTEST_KEY) return (text) => text.replaceAll(key, SHOWN).replace(ANY_KEY, SHOWN);
  const forms = [{ letters: escapedLetters(key) }, { letters: [...Buffer.from(key).toString('hex')] }, ...base64(key)];
  // Few texts have even the beginning of the key: the long expression takes milliseconds to compile.
  const begun = new RegExp(forms.map(({ letters }) => wrapped(letters.slice(0, BEGINNING))).join('|'), 'i');
  let whole: RegExp | undefined;
  return (text) => {
    if (!begun.test(text)) return text.replace(ANY_KEY, SHOWN);
    whole ??= new RegExp(forms.map(({ letters, end = '' }) => wrapped(letters) + end).join('|'), 'gi');
    return text.replace(whole, SHOWN).replace(ANY_KEY, SHOWN);
  };
}

/** As `redactor`, for one text. */
export function redact(text: string, key: string | undefined): string {
  return redactor(key)(text);
}

/**
 * Redacts every text in a value: names of properties as well, and numbers that spell the key. Objects come back as plain
 * ones; what contains itself or is deeply nested is cut there.
 */
export function redactDeep(value: unknown, clean: Redact, above: readonly unknown[] = []): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value);
    return clean(text) === text ? value : clean(text);
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (above.includes(value)) return '[circular]';
  if (above.length === DEEPEST) return '[…]';
  const inside = (item: unknown): unknown => redactDeep(item, clean, [...above, value]);
  if (Array.isArray(value)) return value.map(inside);
  if (value instanceof Error) return clean(`${value.name}: ${value.message}`);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [clean(name), inside(item)]));
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function wrapped(letters: readonly string[]): string {
  return letters.join(WRAP);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/** Each letter as it is, or escaped: an answer can mix the two. */
function escapedLetters(key: string): string[] {
  return [...key].map((letter) => {
    const code = letter.charCodeAt(0);
    const hex = code.toString(16).padStart(2, '0');
    const plain = /["\\/]/.test(letter) ? `\\\\*${literal(letter)}` : literal(letter);
    const entity = ENTITIES[letter] === undefined ? [] : [`&${ENTITIES[letter]};`];
    // The plain letter is the last: others begin with it.
    return `(?:${[`%(?:25)*${hex}`, `\\\\+u00${hex}`, `&#0*${code};`, `&#x0*${hex};`, ...entity, plain].join('|')})`;
  });
}

/**
 * The key alone in base64; and as part of a text, which is three forms, by how many bytes stand before the key: of each,
 * what the key alone decides.
 */
function base64(key: string): Form[] {
  const end = `(?:${WRAP}(?:=|%(?:25)*3d))`;
  const parts = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(key)]);
    const text = inBase64(bytes).slice([0, 2, 3][before], bytes.length % 3 === 0 ? undefined : -1);
    return { letters: base64Letters(text), end: `(?:${WRAP}[\\w+/-]?${end}{1,2})?` };
  });
  return [{ letters: base64Letters(inBase64(Buffer.from(key))), end: `${end}{0,2}` }, ...parts];
}

function inBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Each letter in either alphabet. */
function base64Letters(text: string): string[] {
  return [...text].map((letter) => ({ '+': '(?:[+-]|%(?:25)*2b)', '/': '(?:[_/]|%(?:25)*2f)' })[letter] ?? letter);
}
