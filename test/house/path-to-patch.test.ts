import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readText } from '../support/docs.js';
import { readImports, SRC } from '../support/imports.js';

/** A file on the way from the command to the request, and the function of it that the one before calls. */
interface Step {
  file: string;
  calls: string;
  text: string;
}

/** The numbered list in CONTRIBUTING: `1. \`cli/verbs.ts\` (\`runSync\`): …`. */
function readSteps(): Step[] {
  const found = readText('CONTRIBUTING.md').matchAll(/^\d\. `([\w/-]+\.ts)` \(`(\w+)`\): \S/gm);
  return [...found].map(([, file = '', calls = '']) => {
    return { file, calls, text: readFileSync(path.join(SRC, file), 'utf8') };
  });
}

describe('the way from the command to the PATCH', () => {
  const steps = readSteps();
  const imports = readImports();

  test('begins with the command, ends with the HTTP client and is at most seven files long', () => {
    expect(steps[0]?.file).toMatch(/^cli\//);
    expect(steps.at(-1)?.text).toMatch(/^import got\b/m);
    expect(steps.length).toBeGreaterThan(2);
    expect(steps.length).toBeLessThanOrEqual(7);
  });

  test.each(steps.slice(1).map((step, at) => ({ before: steps[at]!, step })))(
    '$before.file imports $step.file and uses $step.calls of it',
    ({ before, step }) => {
      expect(imports.get(before.file)).toContain(step.file);
      const body = before.text.replace(/^import .*$/gm, '');
      expect(body).toMatch(new RegExp(`\\b${step.calls}\\b`));
      expect(step.text).toMatch(new RegExp(`(function |^  (async )?)${step.calls}(<\\w+>)?\\(`, 'm'));
    },
  );

  test.each(steps)('$file has at most 250 lines', ({ text }) => {
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(250);
  });
});
