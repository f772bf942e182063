import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { inTempDir } from '../support/temp.js';

interface Coverage {
  result: { url: string }[];
}

/** The files that a Node process loads, as Node's own coverage tells. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const urls = new Set<string>();
  await inTempDir(async (dir) => {
    const env = { PATH: process.env['PATH'], HOME: dir, NODE_V8_COVERAGE: dir };
    const child = spawn(process.execPath, args, { cwd: dir, env, stdio: 'ignore' });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    for (const file of (await readdir(dir)).filter((name) => name.startsWith('coverage-'))) {
      const { result } = JSON.parse(await readFile(path.join(dir, file), 'utf8')) as Coverage;
      for (const { url } of result) if (url.startsWith('file:')) urls.add(url);
    }
  });
  return [...urls];
}

function packagesIn(urls: readonly string[]): string[] {
  const names = urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return [...new Set(names)];
}

describe('what is loaded', () => {
  test.each([['--version'], ['--help'], ['help', 'sync'], ['sync', '--help', '--all']])(
    '%s %s %s loads a dozen or two of our files, and one small package',
    async (...args) => {
      const urls = await loadedBy(path.resolve('dist/cli.js'), ...args);
      expect(urls.length).toBeLessThanOrEqual(28);
      expect(packagesIn(urls)).toEqual(['fastest-levenshtein']);
    },
  );

  test('check, which needs no key, loads no HTTP client', async () => {
    const urls = await loadedBy(path.resolve('dist/cli.js'), 'check', path.resolve('samples/contact-edits.csv'));
    expect(packagesIn(urls)).not.toContain('got');
  });

  test('the library loads no command line, log, progress bar, web server or agent of proxies', async () => {
    const index = pathToFileURL(path.resolve('dist/index.js')).href;
    const urls = await loadedBy('--input-type=module', '--eval', `await import('${index}')`);
    const ours = urls.filter((url) => url.includes('/dist/'));
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.filter((url) => /\/dist\/(cli|sandbox)/.test(url))).toEqual([]);
    expect(
      packagesIn(urls).filter((name) =>
        /yargs|winston|cli-progress|fastify|cliui|proxy-agent|agent-base|^pg/.test(name),
      ),
    ).toEqual([]);
  });
});
