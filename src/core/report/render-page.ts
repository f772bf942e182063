import type { Summary } from '../run/summary.js';
import type { Assets } from './assets.js';
import { utc } from './format.js';
import { html, Html, escapeHtml } from './html.js';
import { renderChart } from './render-chart.js';
import { renderFields } from './render-fields.js';
import { renderReasons } from './render-reasons.js';
import { renderOverview, subjectOf } from './render-overview.js';
import type { Tally } from './tally.js';

/** The page up to the blocks of data, which come before what people read: they are written as the rows are read. */
export function renderHead(summary: Readonly<Summary>, { style }: Assets, policy: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escapeHtml(`${subjectOf(summary)} – report of contact-sync`)}</title>
<style>${style}</style>
</head>
<body>
`;
}

/** What people read, whole without scripts but for the table of rows, and the script that adds that. */
export function renderBody(summary: Readonly<Summary>, tally: Tally, { script }: Assets): string {
  const { labels, run_id, versions, started_at, ended_at } = summary;
  const page = html`<main>
${renderOverview(summary, tally)}
${renderChart(tally.timeline)}
${renderFields(tally.fields, labels)}
${renderReasons('Why rows were not applied', 'errors', tally.errors, labels)}
${renderReasons('Warnings', 'warnings', tally.warnings, labels)}
<section aria-labelledby="rows-title" class="rows-section">
<h2 id="rows-title">Rows</h2>
<div id="rows"><p class="quiet">The table of rows needs scripts. Without them, the files beside this one have the rows:
results.ndjson and rejected.csv.</p></div>
</section>
</main>
<footer>
<p>Run ${run_id}, ${utc(Date.parse(started_at))}${ended_at === null ? '' : ` to ${utc(Date.parse(ended_at))}`}.
Written by contact-sync, version ${versions.contact_sync}. All times are UTC.</p>
<p>This file holds personal data. It opens without a network and sends nothing anywhere.</p>
</footer>
<script>${new Html(script)}</script>
</body>
</html>
`;
  return page.markup;
}
