import path from 'node:path';
import { isExecutable } from './executable.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The Chromium of this machine: what `CHROMIUM` names, or one of the usual names on the path.
 * @returns undefined where there is none
 */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  const places = PATH.split(path.delimiter).flatMap((dir) => NAMES.map((name) => path.join(dir, name)));
  return (CHROMIUM === undefined ? places : [CHROMIUM]).find(isExecutable);
}

/** What to say where there is none. */
export const NO_CHROMIUM = `no Chromium: looked for ${NAMES.join(', ')} on the path, and for what CHROMIUM names`;

/** For a machine without a display, as any user, and without requests of the browser's own. */
export const CHROMIUM_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
