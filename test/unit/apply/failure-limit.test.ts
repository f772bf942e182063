import { describe, expect, test } from '@jest/globals';
import { answerOf, exceedsLimit, FIRST_JUDGED } from '../../../src/core/apply/failure-limit.js';
import { randomFrom } from '../../../src/sandbox/random.js';

const LIMIT = { percent: 20 };
const RUNS = 1000;

/** After how many rows each run is stopped; undefined: it is not. @param share of the rows is refused, by chance */
function simulate(share: number, rows: number): (number | undefined)[] {
  const random = randomFrom(7);
  return Array.from({ length: RUNS }, () => {
    let refused = 0;
    for (let answered = 1; answered <= rows; answered++) {
      if (random() < share) refused++;
      if (exceedsLimit({ answered, refused }, LIMIT)) return answered;
    }
    return undefined;
  });
}

describe('a limit of 20 %', () => {
  test.each([
    [5, 1000],
    [15, 300],
  ])('stops none of 1,000 runs of which %d % of the rows are refused', (percent, rows) => {
    expect(simulate(percent / 100, rows).filter((at) => at !== undefined)).toEqual([]);
  });

  test('stops at most one run in a hundred whose share is the limit itself, however often it is judged', () => {
    expect(simulate(0.2, 200).filter((at) => at !== undefined).length).toBeLessThanOrEqual(RUNS / 100);
  });

  test('stops 99 % of the runs of which 60 % are refused within 60 rows, and each in the end', () => {
    const stopped = simulate(0.6, 1000);
    expect(stopped.filter((at = Infinity) => at <= 60).length).toBeGreaterThanOrEqual(0.99 * RUNS);
    expect(stopped).not.toContain(undefined);
  });

  test('stops nearly every run of which 30 % are refused within 1,000 rows', () => {
    expect(simulate(0.3, 1000).filter((at) => at !== undefined).length).toBeGreaterThanOrEqual(0.99 * RUNS);
  });

  test.each([
    [20, 13],
    [60, 27],
    [1000, 257],
  ])('of %d answers is exceeded by %d refusals, and by no fewer', (answered, refused) => {
    expect(exceedsLimit({ answered, refused }, LIMIT)).toBe(true);
    expect(exceedsLimit({ answered, refused: refused - 1 }, LIMIT)).toBe(false);
  });

  test('is judged from the 20th answer on', () => {
    expect(exceedsLimit({ answered: FIRST_JUDGED - 1, refused: FIRST_JUDGED - 1 }, LIMIT)).toBe(false);
    expect(exceedsLimit({ answered: FIRST_JUDGED, refused: FIRST_JUDGED }, LIMIT)).toBe(true);
  });

  test('is judged as well after a million answers', () => {
    expect(exceedsLimit({ answered: 1_000_000, refused: 199_000 }, LIMIT)).toBe(false);
    expect(exceedsLimit({ answered: 1_000_000, refused: 210_000 }, LIMIT)).toBe(true);
  });
});

test.each<[string, { count: number } | { percent: number }, number, number, boolean]>([
  ['a count is exceeded by the first refusal beyond it', { count: 2 }, 3, 3, true],
  ['a count that is reached is not exceeded', { count: 2 }, 9, 2, false],
  ['a count of 0 lets nothing be refused', { count: 0 }, 1, 1, true],
  ['0 % lets nothing be refused from the 20th answer on', { percent: 0 }, 20, 1, true],
  ['0 % lets everything be accepted', { percent: 0 }, 500, 0, false],
  ['100 % lets everything be refused', { percent: 100 }, 500, 500, false],
  ['90 % is exceeded where nothing was accepted', { percent: 90 }, 20, 20, true],
  ['90 % is not exceeded by 19 of 20', { percent: 90 }, 20, 19, false],
])('%s', (_, limit, answered, refused, exceeded) => {
  expect(exceedsLimit({ answered, refused }, limit)).toBe(exceeded);
});

test.each<[string, Parameters<typeof answerOf>[0], ReturnType<typeof answerOf>]>([
  ['a 422', { status: 'failed', attempts: 1, http_status: 422 }, 'refused'],
  ['a 403', { status: 'not_found', attempts: 1, http_status: 403 }, 'refused'],
  ['a 409 on a unique field', { status: 'conflict', attempts: 1, http_status: 409 }, 'refused'],
  ['a redirect', { status: 'failed', attempts: 1, http_status: 302 }, 'refused'],
  ['a 404', { status: 'not_found', attempts: 1, http_status: 404 }, 'other'],
  ['a 200', { status: 'updated', attempts: 2, http_status: 200 }, 'other'],
  ['a 503 that went on', { status: 'failed', attempts: 6, http_status: 503 }, 'other'],
  ['a 409 after a lost request that was carried out', { status: 'updated', attempts: 2, http_status: 409 }, 'other'],
  ['no answer', { status: 'failed', attempts: 6 }, undefined],
  ['a row that was not sent', { status: 'conflict' }, undefined],
  ['a body that could not be made', { status: 'failed', attempts: 0 }, undefined],
])('%s counts as it should', (_, outcome, answer) => {
  expect(answerOf(outcome)).toBe(answer);
});
