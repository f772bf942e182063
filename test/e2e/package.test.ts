import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/root.js';
import { inTempDir } from '../support/temp.js';

const run = promisify(execFile);

/** Unpacks the tarball that would be published into a project of its own, beside the packages that it needs. */
async function installPacked(dir: string): Promise<string> {
  const packed = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', dir], { cwd: ROOT });
  const tarball = packed.stdout.trim().split('\n').at(-1)!;
  const home = path.join(dir, 'node_modules', 'contact-sync');
  await mkdir(home, { recursive: true });
  await run('tar', ['-xzf', path.join(dir, tarball), '-C', home, '--strip-components', '1']);
  for (const name of await readdir(path.join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') || name === 'contact-sync') continue;
    await symlink(path.join(ROOT, 'node_modules', name), path.join(dir, 'node_modules', name));
  }
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  return home;
}

describe('the package as it is published', () => {
  test('has what runs, what explains it and what is to be copied, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT });
    const [packed] = JSON.parse(stdout) as { files: { path: string; mode: number }[] }[];
    const belongs = [
      /^dist\/(?!.*(\.test|\.map)).*\.(js|d\.ts|css)$/,
      /^(docs|samples|jobs)\/(?!.*build).*$/,
      /^(examples\/sync\.mjs|man\/contact-sync\.1|package\.json|LICENSE|\.env\.example)$/,
      /^(README|CHANGELOG|SECURITY)\.md$/,
    ];
    const paths = (packed?.files ?? []).map((file) => file.path);
    expect(paths.filter((name) => !belongs.some((pattern) => pattern.test(name)))).toEqual([]);
    for (const name of ['dist/cli.js', 'dist/index.d.ts', 'dist/sandbox/index.js', 'jobs/job.schema.json', 'LICENSE']) {
      expect(paths).toContain(name);
    }
  });

  test('has the manual page, type-checks and runs the example', () =>
    inTempDir(async (dir) => {
      const home = await installPacked(dir);
      expect(await readFile(path.join(home, 'man', 'contact-sync.1'), 'utf8')).toMatch(/^\.TH CONTACT/);
      const example = path.join(home, 'examples', 'sync.mjs');
      const options = {
        module: 'NodeNext',
        target: 'ES2023',
        strict: true,
        noEmit: true,
        checkJs: true,
        allowJs: true,
      };
      const tsconfig = { compilerOptions: { ...options, types: ['node'] }, files: ['program.mjs'] };
      await writeFile(path.join(dir, 'tsconfig.json'), JSON.stringify(tsconfig));
      // A copy in the project itself, as what is in node_modules is not checked.
      await run('cp', [example, path.join(dir, 'program.mjs')]);
      await run(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', dir]);
      const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: dir });
      expect(stdout.trim().split('\n')).toEqual([
        'row 1: planned',
        'row 1: updated',
        '1 updated with 4 calls',
        'row 1: updated',
      ]);
    }));
});
