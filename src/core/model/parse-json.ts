/** No file of settings or contacts is nested as deep, and what walks its values does so on the stack. */
const MAX_DEPTH = 100;

/**
 * The value of a JSON text that came from outside.
 * @throws SyntaxError where it is not JSON, or nested deeper than anything that is meant
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isDeeper(value)) throw new SyntaxError(`is nested more than ${MAX_DEPTH} levels deep`);
  return value;
}

/** Whether a value is nested deeper than anything that is meant. */
export function isDeeper(value: unknown, levels = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
