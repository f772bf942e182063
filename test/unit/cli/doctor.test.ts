import { describe, expect, test } from '@jest/globals';
import { checkApi } from '../../../src/cli/doctor/check-api.js';
import { checkNode } from '../../../src/cli/doctor/check-machine.js';

const RATE = { rate: { calls: 1000, perMs: 3_600_000 } };

describe('the version of Node', () => {
  test.each(['v20.19.0', 'v22.12.0', 'v24.1.0'])('%s is fine', (version) => {
    expect(checkNode(version).level).toBe('ok');
  });

  test.each(['v18.20.0', 'v20.18.9', 'v21.7.0', 'v22.11.0'])('%s is not', (version) => {
    expect(checkNode(version)).toMatchObject({ level: 'fail' });
  });
});

function levelOf(check: string, found: Parameters<typeof checkApi>[0]): string | undefined {
  return checkApi(found, RATE).find((finding) => finding.check === check)?.level;
}

test.each([
  [0, 'ok'],
  [29_000, 'ok'],
  [-29_000, 'ok'],
  [31_000, 'warn'],
  [-31_000, 'warn'],
])('a clock that is %d ms ahead is %s', (aheadMs, level) => {
  expect(levelOf('clock', { organisation: null, allowance: {}, aheadMs })).toBe(level);
});

test.each([
  [{}, 'warn'],
  [{ limit: 100, remaining: 0 }, 'warn'],
  [{ limit: 100, remaining: 1 }, 'ok'],
])('an allowance of %j is %s', (allowance, level) => {
  expect(levelOf('allowance', { organisation: null, allowance })).toBe(level);
});
