/** What is done with a row that has fewer cells than the header. */
export const SHORT_ROW_MODES = ['refuse', 'empty'] as const;
export type ShortRowMode = (typeof SHORT_ROW_MODES)[number];
