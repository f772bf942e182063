import pico from 'picocolors';
import type { ColorMode } from '../settings/color-modes.js';
import type { Env, Output } from '../output/io.js';

export type Colors = ReturnType<typeof pico.createColors>;

/** Colours for an output, or functions that leave text as it is. See https://no-color.org. */
export function colorsFor(output: Pick<Output, 'isTTY'>, env: Env, mode: ColorMode): Colors {
  if (mode !== 'auto') return pico.createColors(mode === 'always');
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return pico.createColors(output.isTTY === true && !isPlain);
}
