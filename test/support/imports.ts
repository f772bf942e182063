import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './root.js';

export const SRC = path.join(ROOT, 'src');

/** Files that each file of src/ imports, as paths within src/. */
export function readImports(): Map<string, string[]> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map(([, target]) => {
    const module = path.join(path.dirname(file), target!);
    return existsSync(path.join(SRC, `${module}.ts`)) ? `${module}.ts` : `${module}.tsx`;
  });
}
