import { count } from './format.js';
import { html, type Html } from './html.js';
import { STATUS_TEXTS } from './status-texts.js';
import type { Reason } from './tally.js';

/**
 * Problems grouped by what they are, most frequent first, each with one row's message. With scripts, a button shows the
 * rows of each.
 */
export function renderReasons(
  heading: string,
  kind: 'errors' | 'warnings',
  reasons: readonly Reason[],
  labels: Readonly<Record<string, string>>,
): Html | undefined {
  if (reasons.length === 0) return undefined;
  return html`<section aria-labelledby="${kind}-title">
    <h2 id="${kind}-title">${heading}</h2>
    <ul class="reasons">
      ${reasons.map((reason) => renderReason(kind, reason, labels))}
    </ul>
  </section>`;
}

function renderReason(kind: string, reason: Reason, labels: Readonly<Record<string, string>>): Html {
  const { status, code, field, rows, example } = reason;
  const where = field === '' ? undefined : html` in <bdi>${labels[field] ?? field}</bdi>`;
  // Rows that found no room among the kinds cannot be told from others by their code.
  const show =
    code === 'other'
      ? undefined
      : html`<button
          type="button"
          class="show"
          hidden
          data-kind="${kind}"
          data-status="${status}"
          data-code="${code}"
          data-field="${field}"
        >
          Show rows
        </button>`;
  return html`<li>
    <strong class="number">${count(rows)}</strong>
    <div>
      <p>
        <span class="badge"><i class="dot ${status}"></i>${STATUS_TEXTS[status].name}</span>
        <code>${code}</code>${where}
      </p>
      <p class="quiet example"><bdi>${shorten(example)}</bdi></p>
    </div>
    ${show}
  </li> `;
}

function shorten(text: string): string {
  return text.length > 240 ? `${text.slice(0, 239)}…` : text;
}
