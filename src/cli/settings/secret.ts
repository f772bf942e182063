/**
 * Whether a text that was given for something else may be the API key: it must not be shown then. Paths and names of
 * files with an extension are told from keys; a long name without one is taken for a key.
 */
export function mayBeKey(text: string): boolean {
  const word = text.trim();
  return /^\S{16,}$/.test(word) && !/^(\.{0,2}\/|~|[a-z]:\\|https?:)/i.test(word) && !/\.[a-z]{1,5}$/i.test(word);
}

/** Told in place of a text that may be the key. */
export const NOT_SHOWN = 'The value looks like an API key and is not shown';

/** Whether a text is in the form in which the CRM issues keys. */
export function isApiKey(text: string): boolean {
  return /^mks_/i.test(text.trim());
}
