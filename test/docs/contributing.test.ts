import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, ROOT } from './support.js';

test("CONTRIBUTING.md's map names every file of src/ and no other", () => {
  const entries = readdirSync(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  const map = [...readText('CONTRIBUTING.md').matchAll(/^- `(src\/[^`]+)`: \S/gm)].map(([, file]) => file);
  expect(map.sort()).toEqual(files.sort());
});

test('CONTRIBUTING.md names files that exist when it says who makes what', () => {
  const named = [...readText('CONTRIBUTING.md').matchAll(/\| `([a-z]+\/[\w-]+\.ts)` \|/g)].map(([, file]) => file);
  expect(named).not.toHaveLength(0);
  for (const file of named) expect(() => readText(`src/${file}`)).not.toThrow();
});
