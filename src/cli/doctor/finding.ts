/** What a check found. `text` says what is so, `advice` what to do about it; neither shows the key. */
export interface Said {
  check: string;
  level: 'ok' | 'warn' | 'fail';
  text: string;
  advice?: string;
}

/** A check that ended with an error, whose words are the command line's. */
export interface Thrown {
  check: string;
  level: 'warn' | 'fail';
  error: unknown;
  /** In place of what the error's words advise. */
  advice?: string;
}

export type Finding = Said | Thrown;

export function ok(check: string, text: string): Said {
  return { check, level: 'ok', text };
}

export function warn(check: string, text: string, advice?: string): Said {
  return { check, level: 'warn', text, ...(advice === undefined ? {} : { advice }) };
}

export function fail(check: string, text: string, advice: string): Said {
  return { check, level: 'fail', text, advice };
}
