import { stripInvisible } from './invisible.js';

/** Names match without regard to case, spaces, dashes, underscores, byte order marks or other invisible characters. */
export function foldName(name: string): string {
  return stripInvisible(name)
    .replace(/[\s_-]/g, '')
    .normalize('NFC')
    .toLowerCase();
}
