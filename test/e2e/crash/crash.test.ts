import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const CRASH = fileURLToPath(new URL('crash.mjs', import.meta.url));

test('a run that is killed at random moments loses nothing, invents nothing, and can be resumed and undone', async () => {
  const child = spawn(process.execPath, [CRASH, '--kills', '12'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, closed] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const [code] = closed as [number | null];
  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' });
  expect(stdout).toContain('nothing lost, nothing invented, all undone');
}, 300_000);
