/** What is done where a contact stands in several rows. */
export const DUPLICATE_MODES = ['allow', 'error', 'last'] as const;
export type DuplicateMode = (typeof DUPLICATE_MODES)[number];
