import { expect, test } from '@jest/globals';
import { csv, id, people, requestCount, world } from '../../support/world.js';

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);

test(
  'a job file or a snapshot that is nested without end is refused with a message, not with a stack',
  world({ contacts: people(1) }, async ({ cli, write, sandbox }) => {
    await write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'New']]));
    await write('job.json', `{"csv": "edits.csv", "map": ${DEEP}}`);
    await write('snapshot.ndjson', `{"id":"${id(1)}","title":${DEEP}}\n`);
    for (const args of [
      ['plan', '--job', 'job.json'],
      ['plan', 'edits.csv', '--snapshot', 'snapshot.ndjson'],
      ['sandbox', '--port', '0', '--contacts', 'snapshot.ndjson'],
    ]) {
      const run = await cli(...args);
      expect([args, run.code]).toEqual([args, 2]);
      expect(run.stderr).not.toMatch(/RangeError|\n\s+at /);
    }
    expect(requestCount(sandbox)).toBe(0);
  }),
);

test.each(['__proto__', '_status', '_x', 'created_at', 'source'])(
  'a column that is mapped to %s, which no one writes, is an error',
  (target) =>
    world({ contacts: people(1) }, async ({ cli, write }) => {
      await write('edits.csv', csv(['contact_id', 'title', 'notes'], [[id(1), 'New', 'x']]));
      const run = await cli('plan', 'edits.csv', '--map', `title=${target}`);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(`--map "title=${target}": "${target}" is not a field that can be written`);
    })(),
);
