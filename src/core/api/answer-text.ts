/** @returns undefined if it is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The API's own words: `{"error": {"code", "message"}}`, `{"detail": …}`, or whatever came. */
export function describeError(text: string): string {
  const body = parseJson(text);
  if (body === undefined) return text.trimStart().startsWith('<') ? '(an HTML page)' : text.slice(0, 200);
  const { error, detail } = (body ?? {}) as { error?: { code?: unknown; message?: unknown }; detail?: unknown };
  if (error && typeof error === 'object') return [error.code, error.message].filter(Boolean).join(': ');
  if (detail !== undefined) return typeof detail === 'string' ? detail : JSON.stringify(detail).slice(0, 400);
  return text.slice(0, 200);
}
