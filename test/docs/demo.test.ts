import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, ROOT } from './support.js';
import { startProgram } from '../support/command.js';

test('npm run demo ends with 0 and prints the summary that the README shows', async () => {
  const runs = await mkdtemp(path.join(tmpdir(), 'contact-sync-demo-'));
  try {
    const env = { HOME: runs, CONTACT_SYNC_RUNS_DIR: runs };
    const ended = await startProgram('npm', { args: ['run', 'demo'], cwd: ROOT, env, input: '' }).ended;
    expect(ended).toMatchObject({ code: 0 });
    for (const line of summaryOfReadme()) expect(ended.stdout.split('\n')).toContain(line);
  } finally {
    await rm(runs, { recursive: true, force: true });
  }
});

/** The lines of the README's picture that are the same on every machine: not those with a port, a time or a path. */
function summaryOfReadme(): string[] {
  const [, picture = ''] = /^```text\n(.*?)^```$/ms.exec(readText('README.md')) ?? [];
  const lines = picture.split('\n').filter((line) => !/\d{5}|\/home\//.test(line));
  expect(lines.join('\n')).toMatch(/updated[^]*unchanged[^]*calls/);
  return lines;
}
