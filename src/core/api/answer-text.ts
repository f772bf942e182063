import { redactDeep, type Redact } from '../model/redact.js';
import { parseAnswer } from './parse-answer.js';

/** So much of the API's own words is kept: a page of them in each result would fill the disk. */
const MAX_WORDS = 400;
/** Of what is in no form that is known. */
const MAX_TEXT = 200;

/** @returns undefined where it is not JSON, or too deep */
export function parseJson(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch {
    return undefined;
  }
}

/** The API's own words: `{"error": {"code", "message"}}`, `{"detail": …}`, or whatever came; redacted before it is cut. */
export function describeError(text: string, clean: Redact): string {
  const body = redactDeep(parseJson(text), clean);
  if (body === undefined) return text.trimStart().startsWith('<') ? '(an HTML page)' : clean(text).slice(0, MAX_TEXT);
  const { error, detail } = (body ?? {}) as { error?: { code?: unknown; message?: unknown }; detail?: unknown };
  if (error && typeof error === 'object') {
    return [error.code, error.message].filter(Boolean).join(': ').slice(0, MAX_WORDS);
  }
  if (detail === undefined) return clean(text).slice(0, MAX_TEXT);
  return (typeof detail === 'string' ? detail : JSON.stringify(detail)).slice(0, MAX_WORDS);
}
