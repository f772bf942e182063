import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import { parseRate, type Rate } from '../../core/budget/rate.js';
import { mayBeKey, NOT_SHOWN } from './secret.js';
import { readSwitch } from './switch.js';
import type { Limit } from '../../core/plan/plan-guards.js';

const EXPECTED_DATABASE = 'expected a URL such as postgres://host/name; its value is not shown';
const EXPECTED_WEBHOOK = 'expected a URL that starts with https://; its value is not shown';

/** The kinds of settings: each takes the text of a flag, a variable or a job file, and says what it expected. */

/** Like `30s`, `10m`, `3h`; to milliseconds. */
export const duration = z
  .union([z.string(), z.number()], 'expected a time such as 30s, 10m or 3h')
  .transform((text, ctx) => {
    const value = typeof text === 'string' && /[a-z]$/i.test(text.trim()) ? ms(text.trim() as StringValue) : undefined;
    if (value === undefined || value <= 0) {
      const isBare = /^[1-9]\d*$/.test(String(text));
      const hint = isBare ? `: which unit, ${text}s, ${text}m or ${text}h?` : '';
      ctx.addIssue({ code: 'custom', message: `expected a time such as 30s, 10m or 3h, got "${text}"${hint}` });
      return z.NEVER;
    }
    return value;
  });

/** A whole number within bounds. */
export function whole(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.union([z.string(), z.number()], expected).transform((text, ctx) => {
    const value = typeof text === 'number' ? text : /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (!Number.isInteger(value) || value < min || value > max) {
      ctx.addIssue({ code: 'custom', message: `${expected}, got "${text}"` });
      return z.NEVER;
    }
    return value;
  });
}

/** A number of rows; 0 for `none`. */
export const rows = z.union([z.string(), z.number()], 'expected a number of rows, or none').transform((text, ctx) => {
  if (text === 'none') return 0;
  const parsed = whole(1, 100_000_000).safeParse(text);
  if (parsed.success) return parsed.data;
  ctx.addIssue({ code: 'custom', message: `expected a number of rows from 1, or none, got "${text}"` });
  return z.NEVER;
});

/** `200` or `10%`. */
export const limit = z
  .union([z.string(), z.number()], 'expected a number such as 200 or a share such as 10%')
  .transform((text, ctx): Limit => {
    const found = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(text).trim());
    const value = Number(found?.[1]);
    if (found?.[2] === '%' && value <= 100) return { percent: value };
    if (found?.[2] === '' && Number.isInteger(value)) return { count: value };
    ctx.addIssue({ code: 'custom', message: `expected a number such as 200 or a share such as 10%, got "${text}"` });
    return z.NEVER;
  });

/** `1000/h`; `none` for no rate of our own. */
export const rate = z.string('expected a rate such as 1000/h').transform((text, ctx): Rate | undefined => {
  if (text === 'none') return undefined;
  const found = parseRate(text);
  if (found) return found;
  ctx.addIssue({ code: 'custom', message: `expected a rate such as 1000/h, 100/m or none, got "${text}"` });
  return z.NEVER;
});

/** `05:00`, also written `5:00`; to two digits each. */
export const timeOfDay = z
  .union([z.string(), z.number()], 'expected a time of day such as 05:00')
  .transform((text, ctx) => {
    const [, hour = '', minute = ''] = /^(\d{1,2}):(\d\d)$/.exec(String(text).trim()) ?? [];
    if (hour !== '' && Number(hour) < 24 && Number(minute) < 60) return `${hour.padStart(2, '0')}:${minute}`;
    ctx.addIssue({
      code: 'custom',
      message: `expected a time of day from 00:00 to 23:59, got "${text}"${timeMeant(String(text))}`,
    });
    return z.NEVER;
  });

/** `5pm` and `24:00` are times, written otherwise. */
function timeMeant(text: string): string {
  if (/^\s*24:00\s*$/.test(text)) return ' (did you mean 00:00?)';
  const [, digits = '', minute = '00', half = ''] =
    /^\s*(\d{1,2})(?:[:.](\d\d))?\s*([ap])\.?m\.?\s*$/i.exec(text) ?? [];
  const hour = Number(digits);
  if (digits === '' || hour < 1 || hour > 12 || Number(minute) > 59) return '';
  const of24 = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  return ` (did you mean ${String(of24).padStart(2, '0')}:${minute}?)`;
}

/** One of some words. */
export function choice<const T extends string>(values: readonly T[]) {
  const expected = `expected ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  return z.union([z.string(), z.number(), z.boolean()], expected).transform((text, ctx): T => {
    const found = values.find((value) => value === String(text).toLowerCase());
    if (found !== undefined) return found;
    ctx.addIssue({ code: 'custom', message: `${expected}, got "${text}"` });
    return z.NEVER;
  });
}

/** A switch: `true` from a flag, a word from the environment. */
export const flag = z.union([z.boolean(), z.string()], 'expected true or false').transform((text, ctx) => {
  if (typeof text === 'boolean') return text;
  const isOn = readSwitch(text);
  if (isOn !== undefined) return isOn;
  ctx.addIssue({ code: 'custom', message: `expected true or false, got "${text}"` });
  return z.NEVER;
});

export const words = z.string('expected one text, given once').min(1, 'expected a text, got none');

/** Several texts: a flag given several times, a list in a job file, commas in the environment. */
export const list = z.union([z.array(z.string()), z.string()], 'expected a list of texts').transform((given) => {
  return typeof given === 'string'
    ? given
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean)
    : given;
});

/** An address in the URL's own spelling, without a slash at its end. What may be a secret in it is not shown. */
export const httpUrl = z.string('expected a URL such as https://api.example.com').transform((text, ctx) => {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const problem = problemOfUrl(text, url);
  if (url !== undefined && problem === undefined) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  ctx.addIssue({ code: 'custom', message: `expected a URL such as https://api.example.com${problem ?? ''}` });
  return z.NEVER;
});

function problemOfUrl(text: string, url: URL | undefined): string | undefined {
  if (url === undefined) return mayBeKey(text) ? `. ${NOT_SHOWN}` : `, got "${text}"`;
  if (/^\s*[a-z]+:[/\\]*[^/\\?#]*@/i.test(text)) return ', without a user name or password';
  if (/[?#]/.test(text)) return ', without "?" or "#"';
  return /^https?:$/.test(url.protocol) ? undefined : `, got one that starts with ${url.protocol}`;
}

/** An address to post to, whole. Its path and query often are a secret, so no message shows it. */
export const webhook = z.string(EXPECTED_WEBHOOK).transform((text, ctx): string => {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href;
  ctx.addIssue({ code: 'custom', message: EXPECTED_WEBHOOK });
  return z.NEVER;
});

/** Where a database is. It may hold a password, so no message shows it. */
export const databaseUrl = z.string(EXPECTED_DATABASE).transform((text, ctx): string => {
  const given = text.trim();
  if (/^postgres(ql)?:\/\//i.test(given) && URL.canParse(given)) return given;
  ctx.addIssue({ code: 'custom', message: EXPECTED_DATABASE });
  return z.NEVER;
});
