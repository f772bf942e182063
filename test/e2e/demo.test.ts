import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, ROOT } from '../support/docs.js';
import { startProgram } from '../support/command.js';

const RUN_ID = /\d{8}T\d{9}Z-[0-9a-f]{4}/g;

test('npm run demo ends with 0 and prints the screens that the README shows', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'contact-sync-demo-'));
  try {
    // Settings of the user's own are not the demo's.
    const env = { HOME: home, CONTACT_SYNC_MAX_CHANGES: '1', CONTACT_SYNC_RUNS_DIR: path.join(home, 'runs') };
    const ended = await startProgram('npm', { args: ['run', 'demo'], cwd: ROOT, env, input: '' }).ended;
    expect(ended).toMatchObject({ code: 0 });
    const printed = withoutIds(ended.stdout.replaceAll(`${home}${path.sep}`, '')).split('\n');
    for (const screen of screensOfReadme()) {
      const shown = screen.trim().split('\n');
      const missing = shown.filter((line) => !printed.includes(line));
      expect(missing).toEqual([]);
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

function withoutIds(text: string): string {
  // Runs that are not in the folder where a command looks are named by their own folder.
  return text.replace(RUN_ID, '<run>').replace(/(contact-sync \w+) runs\/(?=<run>)/g, '$1 ');
}

/** The plan and the result, with their ids taken out. */
function screensOfReadme(): string[] {
  const screens = [...readText('README.md').matchAll(/^```text\n(.*?)^```$/gms)].map(([, body]) =>
    withoutIds(body ?? ''),
  );
  expect(screens).toEqual([
    expect.stringMatching(/→[^]*unchanged[^]*planned[^]*apply/),
    expect.stringMatching(/updated[^]*unchanged[^]*calls/),
  ]);
  return screens;
}
