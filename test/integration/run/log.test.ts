import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { SANDBOX_KEY } from '../../../src/sandbox/defaults.js';
import { redact } from '../../../src/core/model/redact.js';
import { openLog } from '../../../src/cli/log.js';
import type { LogLevel } from '../../../src/cli/settings/log-levels.js';
import { inTempDir } from '../../support/temp.js';

const KEY = 'secret.key+(1)';

/** What people were shown. */
let shown: string[] = [];
beforeEach(() => void (shown = []));

/** Logs a line of each level, and gives what the file then holds. */
async function linesOf(
  dir: string,
  level: LogLevel,
  facts: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
  const file = path.join(dir, 'run.log');
  const runLog = openLog({
    file: { path: file, olderPath: `${file}.1` },
    level,
    secrets: [KEY],
    write: (line) => void shown.push(line),
  });
  for (const name of ['error', 'warn', 'info', 'debug'] as const) runLog.log.log(name, `a ${name}`, facts);
  await runLog.end();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('the file has a JSON line for each event from info up, whatever people are shown', () =>
  inTempDir(async (dir) => {
    const lines = await linesOf(dir, 'error', { row: 5 });
    expect(lines.map(({ level, message, row }) => [level, message, row])).toEqual([
      ['error', 'a error', 5],
      ['warn', 'a warn', 5],
      ['info', 'a info', 5],
    ]);
    expect(lines[0]?.['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(shown.join('')).toMatch(/^\d\d:\d\d:\d\d error a error row=5\r?\n?$/);
  }));

test('the file has debug lines as well where people want them', () =>
  inTempDir(async (dir) => {
    expect(await linesOf(dir, 'debug')).toHaveLength(4);
    expect(shown).toHaveLength(4);
  }));

test('the key is nowhere, whatever it looks like and wherever it stands', () =>
  inTempDir(async (dir) => {
    const facts = { path: `/x?key=${KEY}`, deep: { list: [`Bearer ${SANDBOX_KEY}`] } };
    const lines = JSON.stringify(await linesOf(dir, 'debug', facts));
    for (const text of [lines, shown.join('')]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(SANDBOX_KEY);
    }
    expect(lines).toContain('/x?key=[key]');
    expect(lines).toContain('Bearer [key]');
  }));

test('a text is cleaned of the key in use and of anything like the API’s keys', () => {
  expect(redact(`a ${KEY} b ${KEY} ${SANDBOX_KEY}`, KEY)).toBe('a [key] b [key] [key]');
  expect(redact('mks_abcdefgh-_1 and mks_short', undefined)).toBe('[key] and mks_short');
  expect(redact('text', '')).toBe('text');
});

test('what cannot be told is told of once, and is no error', () =>
  inTempDir(async (dir) => {
    const bad = {
      get title(): string {
        throw new Error(`no title for ${KEY}`);
      },
    };
    const file = path.join(dir, 'run.log');
    const runLog = openLog({
      file: { path: file, olderPath: `${file}.1` },
      level: 'warn',
      secrets: [KEY],
      write: (line) => void shown.push(line),
    });
    runLog.log.warn('a line', bad);
    runLog.log.warn('another', { deep: bad });
    runLog.log.warn('a number', { big: 12n, self: Object.create(null) as object });
    runLog.log.warn('the last');
    await runLog.end();
    expect(shown.filter((line) => line.includes('could not be written'))).toHaveLength(1);
    expect(shown.join('')).not.toContain(KEY);
    expect(await readFile(file, 'utf8')).toContain('"message":"the last"');
  }));

test('each line of the file is one JSON object with the id of the run, and people are not told it again', () =>
  inTempDir(async (dir) => {
    const file = { path: path.join(dir, 'run.log'), olderPath: path.join(dir, 'run.log.1') };
    const runLog = openLog({
      file,
      run: '20261123T0-1',
      level: 'info',
      secrets: [KEY],
      write: (line) => void shown.push(line),
    });
    runLog.log.info('one\nline', { row: 1 });
    runLog.log.warn('two');
    await runLog.end();
    const lines = (await readFile(file.path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { run: string }).run)).toEqual(['20261123T0-1', '20261123T0-1']);
    expect(shown.join()).not.toContain('20261123T0-1');
  }));

test('the log keeps its newest lines, in two files within their bound, also where it is continued', () =>
  inTempDir(async (dir) => {
    const [file, maxBytes] = [{ path: path.join(dir, 'run.log'), olderPath: path.join(dir, 'run.log.1') }, 2000];
    const text = async (name: string): Promise<string> => readFile(name, 'utf8');
    for (let part = 0; part < 3; part++) {
      const runLog = openLog({ file: { ...file, maxBytes }, level: 'error', secrets: [KEY], write: () => undefined });
      for (let row = 0; row < 40; row++) runLog.log.info('row done', { row: part * 40 + row });
      await runLog.end();
    }
    const [older, newer] = [await text(file.olderPath), await text(file.path)];
    for (const part of [older, newer]) expect(part.length).toBeLessThanOrEqual(maxBytes);
    expect((await stat(file.olderPath)).mode & 0o777).toBe(0o600);
    const rows = `${older}${newer}`
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { row: number }).row);
    expect(rows.length).toBeGreaterThan(maxBytes / 100);
    expect(rows).toEqual(rows.map((_, at) => 120 - rows.length + at));
  }));
