import { foldName } from '../model/fold-name.js';

/**
 * Finds who a row is about in its own cells: first and last name, or else the e-mail address.
 * @param header the names of the file's columns
 * @returns undefined for cells that do not say
 */
export function namesIn(header: readonly string[]): (cells: readonly string[]) => string | undefined {
  const folded = header.map(foldName);
  const [first, last, email] = ['firstname', 'lastname', 'email'].map((name) => folded.indexOf(name));
  return (cells) => {
    const cellAt = (at = -1): string => cells[at]?.trim() ?? '';
    const name = `${cellAt(first)} ${cellAt(last)}`.trim() || cellAt(email);
    return name === '' ? undefined : name;
  };
}
