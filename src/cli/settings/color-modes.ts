/** When output is coloured. `auto`: on a terminal, unless `NO_COLOR` is set. */
export const COLOR_MODES = ['auto', 'always', 'never'] as const;
export type ColorMode = (typeof COLOR_MODES)[number];
