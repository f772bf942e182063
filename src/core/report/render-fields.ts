import { count, plural } from './format.js';
import { html, type Html } from './html.js';
import type { FieldTally } from './tally.js';

const KINDS = ['filled', 'replaced', 'cleared'] as const;

/** Changes by field, most frequent first: how many fill, replace and clear a value. */
export function renderFields(
  fields: ReadonlyMap<string, FieldTally>,
  labels: Readonly<Record<string, string>>,
): Html | undefined {
  if (fields.size === 0) return undefined;
  const sorted = [...fields].map(([key, tally]) => ({ name: labels[key] ?? key, tally, total: totalOf(tally) }));
  sorted.sort((a, b) => b.total - a.total);
  const most = Math.max(1, sorted[0]?.total ?? 0);
  return html`<section aria-labelledby="fields-title">
    <h2 id="fields-title">Changes by field</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of changes by field">
      <table class="fields">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col" class="bar"><span class="visually-hidden">Share</span></th>
            <th scope="col" class="number"><i class="dot filled"></i>Filled</th>
            <th scope="col" class="number"><i class="dot replaced"></i>Replaced</th>
            <th scope="col" class="number"><i class="dot cleared"></i>Cleared</th>
            <th scope="col" class="number">Not applied</th>
          </tr>
        </thead>
        <tbody>
          ${sorted.map(({ name, tally }) => renderField(name, tally, most))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function totalOf({ filled, replaced, cleared }: FieldTally): number {
  return filled + replaced + cleared;
}

function renderField(name: string, tally: FieldTally, most: number): Html {
  let from = 0;
  const bars = KINDS.map((kind) => {
    const share = (100 * tally[kind]) / most;
    from += share;
    return html`<rect class="${kind}" x="${(from - share).toFixed(2)}%" width="${share.toFixed(2)}%" height="100%" />`;
  });
  const label = plural(totalOf(tally), 'change');
  return html`<tr>
    <th scope="row"><bdi>${name}</bdi></th>
    <td class="bar"><svg role="img" aria-label="${label}" width="100%" height="8">${bars}</svg></td>
    ${[...KINDS, 'notApplied' as const].map((kind) => html`<td class="number">${tally[kind] === 0 ? '–' : count(tally[kind])}</td>`)}
  </tr> `;
}
