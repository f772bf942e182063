import { plural, utc } from '../core/report/format.js';
import type { ChartData } from '../core/report/report-data.js';

/** Shows how many rows were done at the time under the pointer. The table below the chart says it to everyone else. */
export function readChart({ start, width, buckets }: ChartData): void {
  const [chart, reading] = [document.getElementById('chart'), document.getElementById('chart-reading')];
  if (!chart || !reading) return;
  let sum = 0;
  const done = buckets.map(({ updated, unchanged, rejected }) => (sum += updated + unchanged + rejected));
  const cursor = document.createElement('div');
  cursor.className = 'cursor';
  chart.append(cursor);
  chart.addEventListener('pointermove', ({ clientX }) => {
    const { left, width: wide } = chart.getBoundingClientRect();
    const share = Math.min(0.9999, Math.max(0, (clientX - left) / wide));
    const index = Math.floor(share * buckets.length);
    cursor.style.left = `${100 * share}%`;
    const waiting = buckets[index]!.waited > width / 2 ? ', waiting' : '';
    reading.textContent = `${utc(start + (index + 1) * width)}: ${plural(done[index]!, 'row')} done${waiting}`;
  });
  chart.addEventListener('pointerleave', () => (reading.textContent = ''));
}
