import { CALL_KINDS } from '../model/calls.js';
import { isRejected, STATUSES } from '../model/problem.js';
import type { Summary } from '../run/summary.js';
import { count, plural, span, utc } from './format.js';
import { html, type Html } from './html.js';
import { STATUS_TEXTS } from './status-texts.js';
import type { Tally } from './tally.js';

/** What the run is about: the name of its file, without the folder. */
export function subjectOf({ command, input, parent }: Readonly<Summary>): string {
  if (command === 'undo') return `Undo of ${parent ?? input.path}`;
  if (input.path === '-') return 'Standard input';
  return input.path.split(/[\\/]/).at(-1) || 'No file';
}

/** The top of the page: what it is about, how it ended, and the figures. */
export function renderOverview(summary: Readonly<Summary>, tally: Tally): Html {
  return html`<header>
      <p class="eyebrow">contact-sync · report</p>
      <h1><bdi>${subjectOf(summary)}</bdi></h1>
      <p class="lead">${leadOf(summary, tally)}</p>
      ${summary.error === null ? undefined : html`<p class="notice">${summary.error}</p>`}
      <dl class="facts">
        ${factsOf(summary).map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
    </header>
    <section aria-labelledby="outcomes-title">
      <h2 id="outcomes-title">Outcomes</h2>
      ${renderShares(tally)}
      <ul class="tiles">
        ${STATUSES.map((status) => renderStatusTile(status, tally))}
      </ul>
      <ul class="tiles minor">
        ${renderCost(summary)}
      </ul>
    </section>`;
}

function leadOf({ state, undone_by }: Readonly<Summary>, { counts }: Tally): string {
  const rows = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  const rejected = STATUSES.filter(isRejected).reduce((sum, status) => sum + counts[status], 0);
  const done =
    rejected === 0 ? 'Every row is as the file says.' : `${plural(rejected, 'row')} of ${count(rows)} not applied.`;
  switch (state) {
    case 'done':
      return counts.planned > 0 ? 'A plan. Nothing was sent.' : `Finished. ${done}`;
    case 'stopped':
      return `Stopped before the end: ${count(rows - counts.planned)} of ${plural(rows, 'row')} done. The run can be resumed.`;
    case 'planned':
      return 'A plan. Nothing has been sent.';
    case 'refused':
      return 'Refused by a guard. Nothing was sent.';
    case 'undone':
      return `Finished, and undone since${undone_by === null ? '' : ` by run ${undone_by}`}. ${done}`;
    case 'failed':
      return 'Ended before anything was sent.';
    case 'planning':
    case 'applying':
      return 'Not finished: the run was at work when this report was written, or was cut off.';
  }
}

function factsOf({ target, run_id, command, started_at, input, plan }: Readonly<Summary>): [string, string][] {
  const organisation = target?.organisation;
  return [
    ['Organisation', organisation ? (organisation.name ?? organisation.id) : 'not told by the API'],
    ['API', target ? `${target.base_url.replace(/^https?:\/\//, '')}${target.api_prefix}` : 'not known'],
    ['Run', `${run_id} (${command})`],
    ['Started', utc(Date.parse(started_at))],
    ...(input.sha256 === '' ? [] : ([['File', `sha256:${input.sha256.slice(0, 12)}…`]] as [string, string][])),
    ...(plan.sha256 === '' ? [] : ([['Plan', `sha256:${plan.sha256.slice(0, 12)}…`]] as [string, string][])),
  ];
}

/** One bar of all rows, divided by how they ended. The tiles below it say the same in numbers. */
function renderShares({ counts }: Tally): Html | undefined {
  const all = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  if (all === 0) return undefined;
  let from = 0;
  const bars = STATUSES.filter((status) => counts[status] > 0).map((status) => {
    const share = (100 * counts[status]) / all;
    from += share;
    return html`<rect class="${status}" x="${percent(from - share)}" width="${percent(share)}" height="100%" />`;
  });
  return html`<svg class="shares" aria-hidden="true" width="100%" height="10">${bars}</svg>`;
}

function percent(share: number): string {
  return `${share.toFixed(3)}%`;
}

function renderStatusTile(status: (typeof STATUSES)[number], { counts }: Tally): Html | undefined {
  if (counts[status] === 0) return undefined;
  const { name, meaning } = STATUS_TEXTS[status];
  return html`<li>
    <span class="name"><i class="dot ${status}"></i>${name}</span> <strong>${count(counts[status])}</strong
    ><span class="quiet">${meaning}</span>
  </li>`;
}

function renderCost(summary: Readonly<Summary>): Html[] {
  const { calls, retries, rate_limited, waited_seconds, started_at, ended_at } = summary;
  const kinds = CALL_KINDS.filter((kind) => calls[kind] > 0).map((kind) => `${kind} ${count(calls[kind])}`);
  const trouble = [
    retries > 0 ? plural(retries, 'retry', 'retries') : '',
    rate_limited > 0 ? `${count(rate_limited)} × 429` : '',
  ].filter(Boolean);
  const took = ended_at === null ? undefined : Date.parse(ended_at) - Date.parse(started_at);
  return [
    html`<li>
      <span class="name">Calls</span><strong>${count(calls.total)}</strong>
      <span class="quiet">${[...kinds, ...trouble].join(', ') || 'none'}</span>
    </li>`,
    html`<li>
      <span class="name">Time</span><strong>${took === undefined ? '–' : span(Math.max(0, took))}</strong>
      <span class="quiet">${took === undefined ? 'not ended' : 'from start to end'}</span>
    </li>`,
    html`<li>
      <span class="name">Waited</span><strong>${span(waited_seconds * 1000)}</strong>
      <span class="quiet">for the rate limit</span>
    </li>`,
  ];
}
