import { expect, test } from '@jest/globals';
import { renderMetrics } from '../../../src/cli/hooks/metrics.js';
import { annotationsOf } from '../../../src/cli/hooks/github.js';
import { newSummary } from '../../../src/core/run/summary.js';

const AT = new Date('2026-11-23T02:00:00Z');
const summary = newSummary('20261123T020000000Z-0001', 'sync', AT, { pid: 1, version: 'v20.19.0' }, { dryRun: false });
const folder = { id: summary.run_id, dir: '/runs/x', file: (name: string) => `/runs/x/${name}` };
const ENDING = {
  ...{ command: 'sync', exitCode: 0, meaning: 'fine', isFailure: false },
  ...{ beganAt: AT, endedAt: new Date(AT.getTime() + 1500), end: { folder, summary, isRecorded: true } },
};

/** What `promtool check metrics` complains of, of gauges. */
function complaintsOf(text: string): string[] {
  const seen = new Set<string>();
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+) \S/.exec(line) ?? [];
      if (kind !== undefined) {
        const isNew = kind === 'TYPE' || !seen.has(name);
        seen.add(name);
        const isClean =
          /^[a-z][a-z0-9_]*$/.test(name) &&
          !/_(total|count|sum|bucket|info|gauge|counter|milliseconds|ms|minutes|hours|percent)$/.test(name);
        return isNew && isClean ? [] : [line];
      }
      const sample = /^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\} -?\d+(\.\d+)?$/.exec(line);
      return sample && seen.has(sample[1]!) ? [] : [line];
    });
}

test('metrics are in the form and with the names that promtool accepts', () => {
  const text = renderMetrics(ENDING, 'a "quoted"\\name\n', 12.5);
  expect(complaintsOf(text)).toEqual([]);
  expect(complaintsOf(text.replaceAll('contact_sync_rows', 'contact_sync_rows_total'))).not.toEqual([]);
  expect(text).toContain('contact_sync_duration_seconds{file="a \\"quoted\\"\\\\name\\n"} 1.5\n');
  expect(new Set(text.match(/^\S+(?= )/gm)?.filter((name) => name !== '#')).size).toBe(
    text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
  );
});

test('no text of a row or a path ends its part of an annotation, or begins another command', () => {
  const rows = [
    {
      row: 1,
      line: 2,
      contact_id: null,
      status: 'invalid' as const,
      error: { code: 'bad', message: 'a\n::error::b % \r c' },
    },
  ];
  const input = { ...summary.input, path: 'a:b,c\n::warning::%.csv' };
  const lines = annotationsOf({ total: 1, first: rows }, { ...summary, input }, { GITHUB_WORKSPACE: process.cwd() });
  expect(lines).toEqual([
    '::error file=a%3Ab%2Cc\\n%3A%3Awarning%3A%3A%25.csv,line=2,title=contact-sync%3A invalid::row 2: a\\n::error::b %25 \\x0d c',
  ]);
});
