// `npm run pictures`: syncs the sample against the sandbox on a terminal, and keeps pictures of the terminal and of the
// run's report for the README. Needs Chromium, and `script` of util-linux for the terminal.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import console from 'node:console';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { startSandbox } from '../../dist/sandbox/index.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = path.join(HERE, '../../dist', 'cli.js');
const SAMPLE = 'samples/contact-edits.csv';
const COLUMNS = 100;
const ESCAPE = String.fromCharCode(27);

/** What a terminal shows for an SGR code; 0 ends all. */
const STYLES = {
  1: 'font-weight:bold',
  2: 'opacity:.65',
  31: 'color:#ff7b72',
  32: 'color:#7ee787',
  33: 'color:#e3b341',
  36: 'color:#79c0ff',
};
const ENDS = new Set(['0', '22', '39', '']);

const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-pictures-'));
const sandbox = await startSandbox();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  await cp(path.join(HERE, '../../samples'), path.join(dir, 'samples'), { recursive: true });
  await takeTerminal(await syncOnTerminal());
  await takeReport();
} finally {
  await browser.close();
  await sandbox.close();
  await rm(dir, { recursive: true, force: true });
}

/** Syncs the sample on a terminal, and says yes to the question. @returns what the terminal was sent */
async function syncOnTerminal() {
  const command = `stty cols ${COLUMNS}; exec node '${CLI}' sync ${SAMPLE}`;
  const running = promisify(execFile)('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: dir,
    env: {
      ...{ PATH: process.env.PATH, HOME: dir, TERM: 'xterm-256color', LANG: 'C.UTF-8', TZ: 'UTC' },
      ...{ CONTACT_SYNC_BASE_URL: sandbox.url, CONTACT_SYNC_API_KEY: sandbox.key },
    },
  });
  let isAnswered = false;
  let seen = '';
  running.child.stdout.on('data', (text) => {
    seen += text;
    if (isAnswered || !seen.includes('[y/N]')) return;
    isAnswered = true;
    running.child.stdin.end('y\n');
  });
  const { stdout } = await running;
  // The line of progress is erased when it is done: up by one, and cleared.
  const kept = stdout.replaceAll('\r\n', '\n').replace(new RegExp(`[^\\n]*\\n${ESCAPE}\\[1A${ESCAPE}\\[2K`, 'g'), '');
  return `$ contact-sync sync ${SAMPLE}\n${kept.trimEnd()}`;
}

async function takeTerminal(text) {
  const page = await browser.newPage({ deviceScaleFactor: 1.25, viewport: { width: 900, height: 600 } });
  await page.setContent(`<!doctype html><style>
    body { margin: 0; }
    pre { display: inline-block; margin: 0; padding: 16px 20px; width: ${COLUMNS}ch; white-space: pre-wrap;
      font: 13px/1.35 'DejaVu Sans Mono', 'Noto Sans Mono', monospace; color: #e6edf3; background: #0d1117; }
    </style><pre>${toHtml(text)}</pre>`);
  const file = path.join(HERE, 'terminal.png');
  await page.locator('pre').screenshot({ path: file });
  console.log(file);
}

async function takeReport() {
  const run = (await readdir(path.join(dir, 'runs'))).find((name) => !name.startsWith('.'));
  const env = { ...process.env, HOME: dir };
  await promisify(execFile)(process.execPath, [CLI, 'report', run], { cwd: dir, env });
  const page = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: 1100, height: 900 } });
  await page.goto(pathToFileURL(path.join(dir, 'runs', run, 'report.html')).href);
  await page.locator('.rows .line').first().waitFor();
  const file = path.join(HERE, 'report.png');
  await page.screenshot({ path: file });
  console.log(file);
}

/** Text with colours as HTML. Whatever else a terminal may be told is left out. */
function toHtml(text) {
  let open = 0;
  const html = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(new RegExp(`${ESCAPE}\\[([\\d;?]*)([A-Za-z])`, 'g'), (_, codes, end) => {
      if (end !== 'm') return '';
      return codes
        .split(';')
        .map((code) => {
          if (ENDS.has(code)) return '</span>'.repeat(open === 0 ? 0 : open--);
          open++;
          return `<span style="${STYLES[code] ?? ''}">`;
        })
        .join('');
    });
  return html + '</span>'.repeat(open);
}
