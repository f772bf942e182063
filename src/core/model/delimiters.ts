/** The delimiters that a CSV may have without a `sep=` line, by name. */
export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
export type Delimiter = (typeof DELIMITERS)[keyof typeof DELIMITERS];

/** What people call a delimiter. */
export function delimiterName(delimiter: string): string {
  const named = Object.entries(DELIMITERS).find(([, value]) => value === delimiter);
  return named?.[0] ?? `"${delimiter}"`;
}

export function isDelimiter(text: string): text is Delimiter {
  return (Object.values(DELIMITERS) as string[]).includes(text);
}
