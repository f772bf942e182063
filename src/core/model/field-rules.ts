/**
 * What an edit may do to a field: replace its value, set one only where there is none, add to it, or nothing.
 */
export const FIELD_RULES = ['overwrite', 'fill', 'append', 'ignore'] as const;

export type FieldRule = (typeof FIELD_RULES)[number];

/** By field key; a field without one is overwritten. */
export type RuleOfField = ReadonlyMap<string, FieldRule>;
