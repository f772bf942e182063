import { count, plural, span, utc } from './format.js';
import { html, type Html } from './html.js';
import type { Bucket, Timeline } from './timeline.js';

const WIDTH = 1000;
const HEIGHT = 200;
/** Where lines cross the chart. */
const SHARES = [0, 0.5, 1];
const LAYERS = ['updated', 'unchanged', 'rejected'] as const;
const LAYER_TITLES = { updated: 'Updated', unchanged: 'Unchanged', rejected: 'Not applied' } as const;
/** Lines of the table that says the same as the chart. */
const TABLE_LINES = 12;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
  .map((n) => n * SECOND)
  .concat(
    [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
    [1, 2, 3, 6, 12].map((n) => n * HOUR),
    [1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY),
  );

/** Rows done at the end of a bucket, from the start on. */
type Point = Record<(typeof LAYERS)[number], number>;

/**
 * Rows done over time, as an area of layers, with waits as bands behind them. A drawing without script, and a table of
 * the same for those who cannot see it.
 */
export function renderChart({ start, width, buckets }: Timeline): Html | undefined {
  if (start === undefined || buckets.length < 2) return undefined;
  const points = accumulate(buckets);
  const last = points.at(-1)!;
  const total = totalOf(last);
  const top = niceCeiling(total);
  const length = buckets.length * width;
  const waited = buckets.reduce((sum, bucket) => sum + bucket.waited, 0);
  const shown = LAYERS.filter((layer) => last[layer] > 0);
  const said = `${plural(total, 'row')} done in ${span(length)}${waited > 0 ? `, of which ${span(waited)} waiting` : ''}`;
  return html`<section aria-labelledby="progress-title">
    <h2 id="progress-title">Progress</h2>
    <p class="legend">
      ${shown.map((layer) => html`<span><i class="dot ${layer}"></i>${LAYER_TITLES[layer]}</span>`)}
      ${waited > 0 ? html`<span><i class="dot waited"></i>Waiting</span>` : undefined}
      <output id="chart-reading"></output>
    </p>
    <div class="chart">
      <svg aria-hidden="true" width="52" height="${HEIGHT + 28}">${rowLabels(top)}</svg>
      <div class="plot" id="chart">
        <svg role="img" aria-label="${said}" width="100%" height="${HEIGHT + 28}">
          ${SHARES.map((share) => html`<line class="grid" x1="0" x2="100%" y1="${yOf(share)}" y2="${yOf(share)}" />`)}
          <svg width="100%" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
            ${bands(buckets, width)}
            ${shown.map((layer) => html`<path class="${layer}" d="${areaOf(layer, points, top)}" />`)}
          </svg>
          ${timeLabels(start, length)}
        </svg>
      </div>
    </div>
    ${renderTable(points, buckets, start, width)}
  </section>`;
}

function accumulate(buckets: readonly Bucket[]): Point[] {
  const sum: Point = { updated: 0, unchanged: 0, rejected: 0 };
  return buckets.map((bucket) => {
    for (const layer of LAYERS) sum[layer] += bucket[layer];
    return { ...sum };
  });
}

function totalOf(point: Point): number {
  return LAYERS.reduce((sum, layer) => sum + point[layer], 0);
}

/** The layer's area between what is stacked below it and its own top. */
function areaOf(layer: (typeof LAYERS)[number], points: readonly Point[], top: number): string {
  const below = LAYERS.slice(0, LAYERS.indexOf(layer));
  const y = (rows: number): string => (HEIGHT - (HEIGHT * rows) / top).toFixed(1);
  const x = (index: number): string => ((WIDTH * (index + 1)) / points.length).toFixed(1);
  const floor = points.map((point) => below.reduce((sum, name) => sum + point[name], 0));
  const upper = points.map((point, at) => `L${x(at)} ${y(floor[at]! + point[layer])}`);
  const lower = points.map((_, at) => `L${x(at)} ${y(floor[at]!)}`).reverse();
  return `M0 ${y(0)}${upper.join('')}${lower.join('')}Z`;
}

/** Spans of waiting, those next to each other as one. */
function bands(buckets: readonly Bucket[], width: number): Html[] {
  const result: Html[] = [];
  const isWait = (index: number): boolean => (buckets[index]?.waited ?? 0) > width / 2;
  for (let from = 0; from < buckets.length; from++) {
    if (!isWait(from)) continue;
    let to = from;
    while (isWait(to)) to++;
    const [x, wide] = [(WIDTH * from) / buckets.length, (WIDTH * (to - from)) / buckets.length];
    result.push(html`<rect class="waited" x="${x.toFixed(1)}" width="${wide.toFixed(1)}" height="${HEIGHT}" />`);
    from = to;
  }
  return result;
}

/** A round number that is not below, and not far above. */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return power * [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value)!;
}

/** Where a share of the height is, from the top. Half a pixel keeps a line sharp. */
function yOf(share: number): number {
  return Math.max(0.5, HEIGHT - HEIGHT * share - 0.5);
}

/** Numbers of rows beside the lines, where they are whole. */
function rowLabels(top: number): Html[] {
  return SHARES.filter((share) => Number.isInteger(top * share)).map(
    (share) => html`<text x="44" y="${Math.max(10, yOf(share) + 4)}" text-anchor="end">${count(top * share)}</text>`,
  );
}

/** At most five times below the chart, at whole seconds, minutes or hours. */
function timeLabels(start: number, length: number): Html[] {
  const step = STEPS.find((size) => length / size <= 5) ?? length;
  const labels: Html[] = [];
  for (let at = Math.ceil(start / step) * step; at <= start + length; at += step) {
    const share = (100 * (at - start)) / length;
    const anchor = share < 6 ? 'start' : share > 94 ? 'end' : 'middle';
    labels.push(
      html`<line class="tick" x1="${share.toFixed(2)}%" x2="${share.toFixed(2)}%" y1="${HEIGHT}" y2="${HEIGHT + 5}" />
        <text x="${share.toFixed(2)}%" y="${HEIGHT + 20}" text-anchor="${anchor}">${timeText(at, step)}</text>`,
    );
  }
  return labels;
}

function timeText(at: number, step: number): string {
  const iso = new Date(at).toISOString();
  if (step >= DAY) return iso.slice(0, 10);
  if (step >= MINUTE) return iso.slice(11, 16);
  return iso.slice(11, step < SECOND ? 21 : 19);
}

function renderTable(points: readonly Point[], buckets: readonly Bucket[], start: number, width: number): Html {
  const every = Math.max(1, Math.ceil(points.length / TABLE_LINES));
  const ends = points.map((_, at) => at).filter((at) => (at + 1) % every === 0 || at === points.length - 1);
  const lines = ends.map((at, index) => {
    const from = index === 0 ? 0 : ends[index - 1]! + 1;
    const waited = buckets.slice(from, at + 1).reduce((sum, bucket) => sum + bucket.waited, 0);
    return html`<tr>
      <th scope="row">${utc(start + (at + 1) * width)}</th>
      ${LAYERS.map((layer) => html`<td class="number">${count(points[at]![layer])}</td>`)}
      <td class="number">${waited > 0 ? span(waited) : '–'}</td>
    </tr> `;
  });
  return html`<details>
    <summary>As a table</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Progress as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Until</th>
            ${LAYERS.map((layer) => html`<th scope="col" class="number">${LAYER_TITLES[layer]}</th>`)}
            <th scope="col" class="number">Waited</th>
          </tr>
        </thead>
        <tbody>
          ${lines}
        </tbody>
      </table>
    </div>
  </details>`;
}
