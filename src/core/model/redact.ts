import { createHash } from 'node:crypto';

/**
 * Takes the API key out of a text: the one in use, and whatever looks like one.
 * @param key the secret that must appear nowhere
 */
export function redact(text: string, key: string | undefined): string {
  const known = key === undefined || key === '' ? text : text.replaceAll(key, '[key]');
  return known.replace(/mks_[\w-]{8,}/g, '[key]');
}

/** A name for an API and key in hex digits: it tells keys apart, and tells nothing of one as long and random as theirs. */
export function digestOf({ baseUrl, key }: { baseUrl: string; key: string }): string {
  return createHash('sha256').update(`${baseUrl}\n${key}`).digest('hex');
}
