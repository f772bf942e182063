import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startSandbox, type Sandbox } from '../../src/sandbox/start-sandbox.js';
import { CHROMIUM_FLAGS, findChromium, NO_CHROMIUM } from '../support/chromium.js';
import { runHere } from '../support/command.js';
import { ROOT } from '../support/root.js';
import { csv, id, people } from '../support/world.js';

const HOSTILE =
  '</script><script>document.title = "owned"</script><img src=x onerror="document.title=1"> javascript:alert(1)';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const ROWS = 300;

const executablePath = findChromium();
if (executablePath === undefined) process.stderr.write(`test/browser is skipped: ${NO_CHROMIUM}\n`);

/** What the page must not do: errors, and requests for anything but itself. */
interface Watched {
  page: Page;
  errors: string[];
  requests: string[];
}

(executablePath === undefined ? describe.skip : describe)('a report in Chromium', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let dir: string;
  let url: string;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
    sandbox = await startSandbox({ contacts: people(ROWS, { notes: 'old', tags: [] }) });
    url = pathToFileURL(await makeReport(dir, sandbox)).href;
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_FLAGS });
  });

  afterAll(async () => {
    await browser?.close();
    await sandbox?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Opens the report, and holds at the end that it asked for nothing and said nothing. */
  async function open(use: (watched: Watched) => Promise<void>, options: Parameters<Browser['newPage']>[0] = {}) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
    const watched: Watched = { page, errors: [], requests: [] };
    page.on('console', (message) => watched.errors.push(message.text()));
    page.on('pageerror', (error) => watched.errors.push(error.message));
    page.on('request', (request) => watched.requests.push(request.url()));
    try {
      await page.goto(url);
      if (options.javaScriptEnabled !== false) await page.locator('.rows .line').first().waitFor();
      await use(watched);
      expect(watched.errors).toEqual([]);
      expect(watched.requests.filter((asked) => asked !== url && asked !== 'data:,')).toEqual([]);
    } finally {
      await page.close();
    }
  }

  const said = (page: Page) => page.locator('.rows-section [role=status]').textContent();
  /** Numbers of the rows in view, as a spreadsheet numbers them: the header is row 1. */
  const numbers = async (page: Page) =>
    (await page.locator('.rows .line button').allTextContents()).map((text) => Number(text.replace('Row ', '')));

  test('has all rows, of which only those in view are in the page', () =>
    open(async ({ page }) => {
      expect(await said(page)).toBe(`${ROWS} rows`);
      expect(await page.locator('.rows table').first().getAttribute('aria-rowcount')).toBe(`${ROWS + 1}`);
      expect((await numbers(page)).length).toBeLessThan(60);
      await page.locator('.rows').evaluate((rows) => rows.scrollTo(0, rows.scrollHeight));
      await page.locator(`.rows [data-index="${ROWS - 1}"]`).waitFor();
    }));

  test('finds rows by words, status, field and reason, and clears what it was asked', () =>
    open(async ({ page }) => {
      await page.getByLabel('Search rows').fill('new 7 ');
      expect(await said(page)).toContain(`of ${ROWS} rows`);
      await page.getByLabel('Search rows').fill(id(7));
      expect([await said(page), await numbers(page)]).toEqual([`1 of ${ROWS} rows`, [8]]);
      await page.getByRole('button', { name: 'Clear filters' }).click();

      await page.getByRole('button', { name: /^Invalid/ }).click();
      expect([await said(page), await numbers(page)]).toEqual([`2 of ${ROWS} rows`, [3, 4]]);
      await page.getByLabel('Field', { exact: true }).selectOption('do_not_contact');
      expect(await numbers(page)).toEqual([4]);
      await page.getByRole('button', { name: 'Clear filters' }).click();
      expect(await said(page)).toBe(`${ROWS} rows`);

      await page.getByRole('button', { name: 'Show rows' }).first().click();
      expect(await said(page)).toBe(`1 of ${ROWS} rows`);
      await page.getByLabel('Search rows').fill('nowhere');
      await page.getByText('No row matches.').waitFor();
    }));

  test('opens a row to its old and new values side by side, whatever they hold', () =>
    open(async ({ page }) => {
      await page.locator('.rows .line').first().click();
      const cells = page.locator('#row-1 .changes tbody tr');
      expect(await cells.allInnerTexts()).toEqual([
        expect.stringMatching(/^title\s+Title 1\s+New 1$/),
        expect.stringMatching(/^notes\s+old\s+/),
        expect.stringMatching(/^tags\s+\(empty\)\s+VIP$/),
      ]);
      expect(await cells.nth(1).locator('td').nth(1).innerText()).toBe(HOSTILE);
      expect(await page.title()).toContain('edits.csv');
      expect(await page.locator('a, img, iframe, form[action]').count()).toBe(0);
      await page.locator('.rows .line').first().click();
      expect(await page.locator('#row-1').count()).toBe(0);
    }));

  test('is used by keyboard: Tab to the row, arrows and End to move, Enter to open', () =>
    open(async ({ page }) => {
      await page.getByRole('button', { name: /^Invalid/ }).focus();
      const focused = () => page.evaluate(() => document.activeElement?.textContent);
      for (let presses = 0; presses < 4 && !(await focused())?.startsWith('Row'); presses++)
        await page.keyboard.press('Tab');
      expect(await focused()).toBe('Row 2');
      await page.keyboard.press('ArrowDown');
      expect(await focused()).toBe('Row 3');
      await page.keyboard.press('Enter');
      await page.locator('#row-2').waitFor();
      await page.keyboard.press('End');
      await page.waitForFunction((last) => document.activeElement?.textContent === `Row ${last}`, ROWS + 1);
      await page.keyboard.press('Home');
      await page.waitForFunction(() => document.activeElement?.textContent === 'Row 2');
    }));

  test.each(['light', 'dark'] as const)('has no violation that axe knows of, %s', (colorScheme) =>
    open(
      async ({ page }) => {
        await page.locator('.rows .line').nth(0).click();
        await page.locator('.rows .line').nth(1).click();
        await page.getByText('As a table').click();
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(background).toBe(colorScheme === 'light' ? 'rgb(251, 251, 250)' : 'rgb(20, 23, 26)');
        // By the debugger, which the page's policy does not bind.
        const session = await page.context().newCDPSession(page);
        await session.send('Runtime.evaluate', { expression: await readFile(AXE, 'utf8') });
        const { result } = await session.send('Runtime.evaluate', {
          expression: `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.target + ' ' + node.failureSummary).join('; ')))`,
          ...{ awaitPromise: true, returnByValue: true },
        });
        expect(result.value).toEqual([]);
        await keepScreenshot(page, colorScheme);
      },
      { colorScheme },
    ),
  );

  test('fits a narrow screen', () =>
    open(
      async ({ page }) => {
        const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        expect(widths[0]).toBe(widths[1]);
        await keepScreenshot(page, 'narrow');
      },
      { viewport: { width: 390, height: 800 } },
    ));

  test('prints its figures on white, without the table of rows, in the dark as well', () =>
    open(
      async ({ page }) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        expect(await page.locator('.rows-section').isVisible()).toBe(false);
        expect(await page.getByText('Why rows were not applied').isVisible()).toBe(true);
        expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
        expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
      },
      { colorScheme: 'dark' },
    ));

  test('can be read without scripts, but for the table of rows', () =>
    open(
      async ({ page }) => {
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('edits.csv');
        expect(await page.getByText('The table of rows needs scripts').isVisible()).toBe(true);
        expect(await page.getByText('Changes by field').isVisible()).toBe(true);
        expect(await page.getByRole('button', { name: 'Show rows' }).count()).toBe(0);
      },
      { javaScriptEnabled: false },
    ));
});

/** A run of many rows, a few of them bad, and its report. @returns the report's path */
async function makeReport(dir: string, { url, key }: Sandbox): Promise<string> {
  const rows = Array.from({ length: ROWS }, (_, at) => [id(at + 1), `New ${at + 1}`, at === 0 ? HOSTILE : '', '', '']);
  rows[0]![3] = '+VIP';
  rows[1]![0] = 'nobody';
  rows[2]![4] = 'maybe';
  await writeFile(path.join(dir, 'edits.csv'), csv(['contact_id', 'title', 'notes', 'tags', 'do_not_contact'], rows));
  const env = { HOME: dir, TMPDIR: dir, CONTACT_SYNC_BASE_URL: url, CONTACT_SYNC_API_KEY: key };
  process.chdir(dir);
  try {
    const { stdout } = await runHere({ args: ['sync', 'edits.csv', '--report'], cwd: dir, env, input: '' });
    const [, file = ''] = /^ {2}report +(.+)$/m.exec(stdout) ?? [];
    return path.resolve(dir, file);
  } finally {
    process.chdir(ROOT);
  }
}

/** Keeps a picture of the page where `ARTIFACTS` names a folder for what a test run leaves behind. */
async function keepScreenshot(page: Page, name: string): Promise<void> {
  const { ARTIFACTS } = process.env;
  if (ARTIFACTS === undefined) return;
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: path.join(ARTIFACTS, `report-${name}.png`), fullPage: true });
}
