import { isRejected } from '../../core/model/problem.js';
import { sheetRow } from '../../core/report/format.js';
import type { NamedRow } from '../../core/report/named-rows.js';
import { oneLine } from '../output/neutralise.js';
import { codeOf, renderChange, titleOf, type Labels, type Screen } from './changes.js';
import { wrapText } from './layout.js';

/**
 * A row of a run: which one it is, how it ended, what it changes, and why it was not applied.
 * @param shows whether a field is among those asked for
 */
export function renderRow(row: NamedRow, shows: (field: string) => boolean, labels: Labels, screen: Screen): string {
  const { changes = {}, error, warnings = [] } = row;
  const shown = Object.entries(changes).filter(([key]) => shows(key));
  const nameOf = (key: string): string => oneLine(labels[key] ?? key);
  const changed = screen.values
    ? shown.map(([key, change]) => `${nameOf(key)}: ${renderChange(change, screen.colors)}`)
    : [shown.map(([key]) => nameOf(key)).join(', ')];
  const problems = [...(error ? [error] : []), ...warnings].map((problem) => {
    const text = oneLine(screen.values ? problem.message : codeOf(problem));
    return problem === error ? text : `warning: ${text}`;
  });
  const lines = [...changed, ...problems].filter((line) => line !== '').map((line) => `    ${line}`);
  return [headOf(row, screen), ...lines].map((line) => wrapText(line, screen.width, 2)).join('\n');
}

function headOf(row: NamedRow, screen: Screen): string {
  const { colors, hasRows, values } = screen;
  const status = isRejected(row.status) ? colors.yellow(row.status) : row.status;
  const which = values ? titleOf(row, screen) : hasRows ? `row ${sheetRow(row.row)}` : '';
  return [which, status].filter((part) => part !== '').join('  ');
}
