// `npm run bench:report`: writes reports of runs of 100,000 and 1,000,000 rows, and opens the first in Chromium.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import console from 'node:console';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { newSummary } from '../dist/core/run/summary.js';
import { seedContact } from '../dist/sandbox/seed-contacts.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUN = '20261125T020000000Z-0b1c';
const START = Date.parse('2026-11-25T02:00:00Z');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** In the page: types a letter into the search, and waits until the rows that are left are painted. */
const typeAndPaint = `(async () => {
  const input = document.querySelector('input[type=search]');
  const begun = performance.now();
  input.value = 's';
  input.dispatchEvent(new Event('input', { bubbles: true }));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - begun;
})()`;

const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-bench-report-'));
try {
  for (const rows of [100_000, 1_000_000]) {
    const run = path.join(dir, String(rows), RUN);
    await writeRun(run, rows);
    const page = await report(run, rows);
    if (rows === 100_000) await openInChromium(page);
    await rm(run, { recursive: true });
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}

/** The files of a run that is done: seven rows in ten updated, two unchanged, one invalid. */
async function writeRun(run, rows) {
  await mkdir(run, { recursive: true });
  const owner = { pid: 1, version: process.version };
  const summary = newSummary(RUN, 'sync', new Date(START), owner, { path: 'edits.csv', dryRun: false });
  const [plan, results] = ['plan', 'results'].map((name) => createWriteStream(path.join(run, `${name}.ndjson`)));
  const hash = createHash('sha256');
  const write = async (file, line) => file.write(line) || once(file, 'drain');
  for (let at = 0; at < rows; at++) {
    const { planned, result } = linesOf(at);
    summary.counts[result.status]++;
    const format = at === 0 ? { format: 1 } : {};
    const line = `${JSON.stringify({ ...format, ...planned })}\n`;
    hash.update(line);
    await write(plan, line);
    await write(results, `${JSON.stringify({ ...format, ...result })}\n`);
  }
  await Promise.all([plan, results].map((file) => once(file.end(), 'close')));
  summary.plan = { rows, planned: summary.counts.updated, sha256: hash.digest('hex') };
  Object.assign(summary, { state: 'done', ended_at: new Date(START + 40 * rows).toISOString(), exit_code: 3 });
  Object.assign(summary.input, { rows, header: ['contact_id', 'first_name', 'last_name', 'title', 'notes'] });
  await writeFile(path.join(run, 'summary.json'), JSON.stringify(summary));
}

function linesOf(at) {
  const { id, first_name = '', last_name = '', title } = seedContact(at);
  const base = { row: at + 1, line: at + 2, contact_id: id };
  const end = { at: new Date(START + 40 * at).toISOString() };
  const kind = at % 10;
  if (kind > 7) return { planned: { ...base, status: 'unchanged' }, result: { ...base, status: 'unchanged', ...end } };
  if (kind === 7) {
    const message = `email: got "x${at}", expected an e-mail address such as ana@example.com`;
    const invalid = { ...base, status: 'invalid', error: { code: 'bad_value', field: 'email', message } };
    return { planned: { ...invalid, cells: [id, first_name, last_name, '', ''] }, result: { ...invalid, ...end } };
  }
  const notes = { from: null, to: `Met at the fair, number ${at}; asked for an offer by spring.` };
  const changes = { title: { from: title ?? null, to: `Senior ${title}` }, ...(at % 3 === 0 ? { notes } : {}) };
  const sent = { attempts: 1, http_status: 200, duration_ms: 40 + (at % 60) };
  return {
    planned: { ...base, status: 'planned', changes, cells: [id, first_name ?? '', last_name ?? '', '', ''] },
    result: { ...base, status: 'updated', ...sent, changes, ...end },
  };
}

async function report(run, rows) {
  const peak = path.join(dir, 'peak');
  const begun = performance.now();
  const args = ['--import', path.join(ROOT, 'bench/peak.mjs'), path.join(ROOT, 'dist/cli.js'), 'report', run];
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, PEAK_FILE: peak, HOME: dir } });
  if (status !== 0) throw new Error(String(stderr));
  const seconds = (performance.now() - begun) / 1000;
  const file = path.join(run, 'report.html');
  const { size } = await stat(file);
  const memory = Number(await readFile(peak, 'utf8'));
  console.log(
    `${rows.toLocaleString('en')} rows: written in ${seconds.toFixed(1)} s, peak ${mega(memory)}, page ${mega(size)}`,
  );
  return file;
}

function mega(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Medians of five: until the summary is painted, until the rows can be used, and of a keystroke in the search. */
async function openInChromium(file) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const figures = { painted: [], usable: [], keystroke: [] };
  for (let times = 0; times < 5; times++) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(pathToFileURL(file).href, { waitUntil: 'commit' });
    await page.locator('.rows .line').first().waitFor();
    figures.usable.push(await page.evaluate('performance.now()'));
    const painted = `performance.getEntriesByName('first-contentful-paint')[0].startTime`;
    figures.painted.push(await page.evaluate(painted));
    figures.keystroke.push(await page.evaluate(typeAndPaint));
    await page.close();
  }
  await browser.close();
  const shown = Object.entries(figures).map(
    ([name, values]) => `${name} ${Math.round(values.sort((a, b) => a - b)[2])} ms`,
  );
  console.log(`  in Chromium: ${shown.join(', ')}`);
}
