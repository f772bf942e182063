import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { linesOf } from './command.mjs';
import { comparable } from './contacts.mjs';

/** Each record has one result, and the right one. */
export function checkResults(run, rows) {
  const results = linesOf(run, 'results.ndjson');
  assert.deepEqual(
    results.map((line) => line.row).sort((a, b) => a - b),
    rows.map((_, at) => at + 1),
    'each record has exactly one result',
  );
  for (const { row, status } of results) {
    const { valid, status: expected } = rows[row - 1];
    if (valid) assert.ok(status === 'updated' || status === 'unchanged', `row ${row} is ${status}`);
    else assert.equal(status, expected, `row ${row}`);
  }
  const { state, counts } = run.summary;
  assert.equal(state, 'done');
  assert.equal(
    Object.values(counts).reduce((sum, count) => sum + count, 0),
    rows.length,
    'the summary counts each once',
  );
  assert.equal(
    readFileSync(path.join(run.dir, 'rejected.csv'), 'utf8').trim().split('\n').length,
    3,
    'both bad rows are rejected, once',
  );
}

/** Every write that the server saw stands in the plan with its true `from`, and in sent.ndjson. */
export function checkWrites(sandbox, run, after) {
  const plan = linesOf(run, 'plan.ndjson').filter((line) => line.status === 'planned');
  const sent = new Set(linesOf(run, 'sent.ndjson').map((line) => line.row));
  for (const entry of sandbox.log.patches().slice(after)) {
    assert.equal(entry.overlaps, undefined, 'no two writes of one contact at a time');
    if (!entry.applied) continue;
    const fits = plan.filter((line) => {
      if (line.contact_id !== entry.contactId) return false;
      return Object.keys(entry.after).every((key) => {
        const change = line.changes[key];
        if (!change) return false;
        const [from, to, was, is] = [change.from, change.to, entry.before[key], entry.after[key]].map((v) =>
          JSON.stringify(comparable(key, v)),
        );
        // A repeat of a request whose answer was lost finds its own values.
        return is === to && (was === from || was === to);
      });
    });
    assert.ok(fits.length > 0, `the write ${JSON.stringify(entry)} stands in no plan`);
    assert.ok(
      fits.some((line) => sent.has(line.row)),
      `row of ${entry.contactId} was sent, and sent.ndjson does not say so`,
    );
  }
}
