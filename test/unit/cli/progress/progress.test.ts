import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { startProgress } from '../../../../src/cli/progress/progress.js';
import { renderCauses, renderProgress } from '../../../../src/cli/progress/render.js';
import { advance, newProgress, type ProgressState } from '../../../../src/cli/progress/state.js';
import type { SyncEvent } from '../../../../src/core/model/events.js';
import type { Outcome } from '../../../../src/core/model/outcome.js';

const NOW = Date.parse('2026-11-23T02:00:00.000Z');

function stateAfter(...events: readonly SyncEvent[]): ProgressState {
  const state = newProgress();
  for (const event of events) advance(state, event, NOW);
  return state;
}

const rowEnd = (outcome: Outcome, recorded = false): SyncEvent => ({
  type: 'row_ended',
  line: { row: 1, line: 2, contact_id: 'c' },
  outcome,
  recorded,
});
const updated = rowEnd({ status: 'updated', attempts: 1 });
const applying: SyncEvent = { type: 'phase', phase: 'applying', done: 1580, total: 3000 };
const begin = (writes: number, seconds = 120): SyncEvent => ({
  type: 'writes_begin',
  writes,
  estimate: { seconds, ends_at: new Date(NOW + seconds * 1000).toISOString(), rereads: 0 },
});
const shown = (state: ProgressState, width = 200, ascii = false) => renderProgress(state, { now: NOW, width, ascii });

describe('while updates are sent', () => {
  const state = stateAfter(begin(216), updated, updated, rowEnd({ status: 'unchanged' }, true), applying);

  test('they are counted, not rows, and the end is told', () => {
    expect(shown(state, Infinity)).toMatch(/^sending 2 of 216 updates, done at \S+ \(in 2m\)$/);
  });

  test('a forecast replaces the first one, with the requests that are left', () => {
    const later = stateAfter(begin(216), applying, {
      type: 'forecast',
      estimate: { seconds: 600, ends_at: new Date(NOW + 600_000).toISOString(), rereads: 0 },
      callsLeft: 40,
    });
    expect(shown(later, Infinity)).toMatch(/done at \S+ \(in 10m\), 40 requests left$/);
  });

  test.each([30, 60, 100, 160])('it fits into %i columns', (width) => {
    for (const ascii of [true, false]) expect(shown(state, width, ascii).length).toBeLessThanOrEqual(width);
  });

  test('the bar is ASCII where a terminal knows no more', () => {
    expect(shown(state, 120, true)).toMatch(/^sending \.+ 2 of 216 updates/);
    expect(shown(state, 120)).toMatch(/^sending ░+ 2 of 216 updates/);
  });

  test('a wait says why and until when, until the next request', () => {
    const waiting = stateAfter(begin(216), applying, { type: 'waiting', for: 'rate_limit', ms: 41 * 60_000 });
    expect(shown(waiting, Infinity)).toMatch(/^sending 0 of 216 updates, rate limit: next request at \S+, in 41m$/);
    expect(shown(waiting, 59)).toMatch(/^sending ░* ?0 of 216 updates, waiting 41m$/);
    advance(waiting, { type: 'request', kind: 'patch', path: '/' }, NOW);
    expect(shown(waiting, Infinity)).not.toContain('rate limit');
  });
});

test('rows and contacts are counted in the phases before', () => {
  expect(shown(stateAfter({ type: 'phase', phase: 'planning', done: 5, total: 0 }))).toBe('planning 5 rows');
  const reading = stateAfter({ type: 'phase', phase: 'reading contacts', done: 500, total: 3000 });
  expect(shown(reading, Infinity)).toBe('reading 500 of 3,000 contacts');
});

test('failing rows are a line a cause, the most frequent first, and the rest together', () => {
  const failed = (code: string) => rowEnd({ status: 'failed', attempts: 1, error: { code, message: 'Ana said no' } });
  const state = stateAfter(failed('a'), failed('b'), failed('b'), failed('c'), failed('d'), failed('e'));
  expect(renderCauses(state.causes)).toEqual([
    ...['2 rows failed: b', '1 row failed: a', '1 row failed: c', '2 rows for other reasons'],
  ]);
});

describe('off a terminal', () => {
  function lines(...events: readonly SyncEvent[]): string {
    const stderr = new PassThrough();
    const progress = startProgress(true, stderr, {});
    events.forEach(progress.onEvent);
    progress.end();
    return String(stderr.read() ?? '');
  }

  test('a long wait is told once, and a short one is not', () => {
    const long: SyncEvent = { type: 'waiting', for: 'rate_limit', ms: 41 * 60_000 };
    expect(lines(begin(5), applying, long, applying)).toMatch(/^rate limit: next request at .*, in 41m\n$/);
    expect(lines(begin(5), applying, { ...long, ms: 2000 }, applying)).toBe('');
  });

  test('whoever holds the lock is told at once', () => {
    expect(lines({ type: 'waiting', for: 'lock', holder: null })).toMatch(/^waiting for .*holds the lock\n$/);
  });
});

test('on a terminal the line is taken away at the end, and for a question', () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const progress = startProgress(true, stderr, { LANG: 'C' });
  progress.onEvent(begin(3));
  progress.onEvent(applying);
  progress.write('a line\nof two');
  progress.pause();
  progress.end();
  const text = String(stderr.read());
  expect(text).toContain('a line\\nof two\n');
  expect(text).toMatch(/sending \.+ 0 of 3 updates.*\n/);
  const up = `${String.fromCharCode(27)}[1A`;
  expect(text.split(up).length - 1).toBe(text.split('\n').length - 2);
});
