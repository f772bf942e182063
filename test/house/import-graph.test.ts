import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readImports } from '../support/imports.js';

/** Folders (of the core: each on its own) to the folders that they import. */
function folderGraph(imports: ReadonlyMap<string, readonly string[]>): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [file, targets] of imports) {
    for (const [from, to] of targets.map((target) => [path.dirname(file), path.dirname(target)] as const)) {
      if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return graph;
}

/** @returns a circle as the folders on it, or undefined where there is none */
function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (folder: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(folder)) return [...trail.slice(trail.indexOf(folder)), folder];
    if (done.has(folder)) return undefined;
    for (const next of graph.get(folder) ?? []) {
      const circle = visit(next, [...trail, folder]);
      if (circle) return circle;
    }
    done.add(folder);
    return undefined;
  };
  for (const folder of graph.keys()) {
    const circle = visit(folder, []);
    if (circle) return circle;
  }
  return undefined;
}

describe('the import graph', () => {
  const imports = readImports();

  test('no two folders import each other, not even by way of others', () => {
    expect(findCircle(folderGraph(imports))).toBeUndefined();
  });

  test('a circle would be seen', () => {
    const graph = folderGraph(
      new Map([
        ['core/a/x.ts', ['core/b/y.ts']],
        ['core/b/z.ts', ['core/c/w.ts']],
        ['core/c/w.ts', ['core/a/v.ts']],
      ]),
    );
    expect(findCircle(graph)).toEqual(['core/a', 'core/b', 'core/c', 'core/a']);
  });

  test('the core imports nothing of the command line or the sandbox', () => {
    const outside = [...imports].flatMap(([file, targets]) =>
      file.startsWith('core/') ? targets.filter((target) => !target.startsWith('core/')) : [],
    );
    expect(outside).toEqual([]);
  });

  test('the page of a report imports nothing of Node, nor of the core but what needs none', () => {
    const targets = [...imports].flatMap(([file, found]) => (file.startsWith('report-page/') ? found : []));
    const outside = new Set(targets.filter((target) => !target.startsWith('report-page/')));
    expect([...outside].sort()).toEqual([
      'core/model/problem.ts',
      'core/model/values.ts',
      'core/report/format.ts',
      'core/report/report-data.ts',
      'core/report/status-texts.ts',
      'core/report/visible.ts',
    ]);
  });

  test('what the model imports is in the model', () => {
    const outside = [...imports].flatMap(([file, targets]) =>
      file.startsWith('core/model/') ? targets.filter((target) => !target.startsWith('core/model/')) : [],
    );
    expect(outside).toEqual([]);
  });

  test('what machines share, and the packages that takes, are loaded only where they are asked for', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const statically = /^import (?!type )[^;]*?from '([^']+)'/gm;
    const found = files.flatMap((file) => {
      const targets = [...readFileSync(path.join('src', file), 'utf8').matchAll(statically)].map(
        ([, target]) => target!,
      );
      const isFleet = file.startsWith('fleet/');
      return targets
        .filter((target) => /^pg/.test(target) || (!isFleet && target.includes('/fleet/')))
        .map((it) => [file, it]);
    });
    expect(found).toEqual([]);
  });
});
