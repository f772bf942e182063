import { foldName } from '../model/fold-name.js';
import { trimBlank } from '../model/invisible.js';
import type { HeaderProblem } from '../model/problem.js';
import { didYouMean } from '../model/suggest.js';

/** What a column is read as, and the mapping that says so, as it was given. */
export interface Renamed {
  to: string;
  mapping: string;
}

/** A mapping in its parts; `cut` is -1 where it has none. */
export function splitMapping(entry: string): { cut: number; from: string; to: string } {
  const cut = entry.lastIndexOf('=');
  return { cut, from: trimBlank(entry.slice(0, cut)), to: trimBlank(entry.slice(cut + 1)) };
}

/**
 * Which columns are read under another name.
 * @param isWritable whether a column of such a name can be for anything
 * @param problems gets what is wrong with the mappings
 * @returns targets, and the mappings as they were given, by the columns' positions
 */
export function readMap(
  names: readonly string[],
  map: readonly string[],
  isWritable: (name: string) => boolean,
  problems: HeaderProblem[],
): Map<number, Renamed> {
  const renamed = new Map<number, Renamed>();
  const find = (wanted: string): number => names.findIndex((name) => foldName(name) === foldName(wanted));
  const refuse = (mapping: string, message: string): void =>
    void problems.push({ code: 'bad_mapping', mapping, message });
  for (const entry of map) {
    const { cut, from, to } = splitMapping(entry);
    if (cut === -1 || to === '') {
      refuse(entry, 'expected a column and a field such as "Job Title=title"');
      continue;
    }
    const at = find(from);
    if (at === -1 && find(to) !== -1) {
      refuse(entry, `the file has no column "${from}", but a column "${to}": write the column first, "${to}=${from}"`);
    } else if (at === -1) refuse(entry, `the file has no column "${from}"${didYouMean(from, names)}`);
    else if (renamed.has(at)) refuse(entry, `the column "${from}" is mapped twice`);
    else if (!isWritable(to)) refuse(entry, `"${to}" is not a field that can be written`);
    else renamed.set(at, { to, mapping: entry });
  }
  return renamed;
}

/** Where the columns are that are to edit nothing. A name that the file lacks may be a typo for one that edits. */
export function readIgnored(
  names: readonly string[],
  ignoreColumn: readonly string[],
  renamed: ReadonlyMap<number, Renamed>,
  problems: HeaderProblem[],
): Set<number> {
  const ignored = new Set<number>();
  const refuse = (column: string, message: string): void =>
    void problems.push({ code: 'bad_ignored_column', column, message });
  for (const entry of ignoreColumn) {
    const folded = foldName(entry);
    const found = [...names.keys()].filter((at) => folded !== '' && foldName(names[at]!) === folded);
    if (found.length === 0) refuse(entry, `the file has no column "${entry}"${didYouMean(entry, names)}`);
    else if (found.some((at) => renamed.has(at))) refuse(entry, `the column "${entry}" is mapped to a field as well`);
    for (const at of found) ignored.add(at);
  }
  return ignored;
}
