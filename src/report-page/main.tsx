import { render } from 'preact';
import type { BlockKind, NameEntry, ReportData, RowEntry } from '../core/report/report-data.js';
import { readChart } from './chart-reading.js';
import { decode, type Block } from './decode.js';
import type { ReasonFilter } from './filter.js';
import { toRows } from './row.js';
import { RowsView } from './rows-view.js';

/** Takes the blocks of data out of the page: once decoded, their text need not stay in memory. */
function takeBlocks(): Block[] {
  return [...document.querySelectorAll<HTMLScriptElement>('script[data-block]')].map((element) => {
    element.remove();
    return { kind: element.dataset['block'] as BlockKind, base64: element.textContent ?? '' };
  });
}

/** The buttons that show the rows of a group of problems. */
function onReason(show: (reason: ReasonFilter) => void): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button.show')) {
    button.hidden = false;
    button.addEventListener('click', () => show({ ...button.dataset } as unknown as ReasonFilter));
  }
}

async function start(place: HTMLElement): Promise<void> {
  const blocks = takeBlocks();
  const [data] = await decode<ReportData>(blocks, 'data');
  if (!data) throw new Error('the page was cut off');
  if (data.chart) readChart(data.chart);
  const [entries, names] = await Promise.all([decode<RowEntry>(blocks, 'rows'), decode<NameEntry>(blocks, 'names')]);
  const rows = toRows(entries, names, data);
  place.replaceChildren();
  render(<RowsView rows={rows} data={data} onReason={onReason} />, place);
}

const place = document.getElementById('rows')!;
place.replaceChildren('Loading rows…');
start(place).catch((error: unknown) => {
  const old = typeof DecompressionStream === 'undefined' ? 'this browser is too old' : String(error);
  place.replaceChildren(`The rows cannot be shown: ${old}.`);
});
