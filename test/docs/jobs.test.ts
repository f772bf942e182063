import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readJob } from '../../src/cli/settings/job-file.js';
import { ROOT, world } from '../support/docs.js';

describe('jobs/nightly.json', () => {
  test(
    'runs by --job, with its CSV and its runs beside it',
    world(async ({ sync }) => {
      const run = await sync(['sync', '--job', 'jobs/nightly.json']);
      // A nightly job mails what is on standard error.
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.summary.counts).toMatchObject({ updated: 11, unchanged: 1 });
    }),
  );

  test(
    'gives way to a flag',
    world(async ({ sync }) => {
      const run = await sync(['sync', '--job', 'jobs/nightly.json', '--dry-run']);
      expect(run).toMatchObject({ code: 0, summary: { counts: { planned: 11, updated: 0 } } });
    }),
  );
});

test('every job file is one that is understood, and its CSV exists', () => {
  const files = readdirSync(path.join(ROOT, 'jobs')).filter((name) => name.endsWith('.json'));
  expect(files).not.toHaveLength(0);
  for (const file of files) {
    const job = readJob(path.join(ROOT, 'jobs', file), { env: {} });
    expect(job.csv).toBeDefined();
    expect(readdirSync(path.dirname(job.csv ?? ''))).toContain(path.basename(job.csv ?? ''));
  }
});
