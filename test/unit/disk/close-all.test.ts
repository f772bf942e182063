import { describe, expect, test } from '@jest/globals';
import { closingAll, type Closable } from '../../../src/core/disk/close-all.js';

/** Files that tell when they are closed. @param failing names of those whose close fails */
function files(names: readonly string[], failing: readonly string[] = []): { open: Closable[]; closed: string[] } {
  const closed: string[] = [];
  const open = names.map((name) => ({
    close(): Promise<void> {
      closed.push(name);
      return failing.includes(name) ? Promise.reject(new Error(`${name} is not closed`)) : Promise.resolve();
    },
  }));
  return { open, closed };
}

describe('closingAll', () => {
  test('returns what the work does, after all files are closed in their order', async () => {
    const { open, closed } = files(['a', 'b']);
    expect(await closingAll(open, () => Promise.resolve(closed.length))).toBe(0);
    expect(closed).toEqual(['a', 'b']);
  });

  test('closes files that the work opened', async () => {
    const { open, closed } = files(['a']);
    const [later] = files(['b']).open;
    let isClosed = false;
    await closingAll(open, () => {
      open.push({ close: () => later!.close().then(() => void (isClosed = true)) });
      return Promise.resolve();
    });
    expect([closed, isClosed]).toEqual([['a'], true]);
  });

  test('closes the others where one fails, and throws the first error', async () => {
    const { open, closed } = files(['a', 'b', 'c', 'd'], ['b', 'c']);
    await expect(closingAll(open, () => Promise.resolve())).rejects.toThrow('b is not closed');
    expect(closed).toEqual(['a', 'b', 'c', 'd']);
  });

  test("throws the work's own error rather than what followed from it", async () => {
    const { open, closed } = files(['a', 'b'], ['a']);
    await expect(closingAll(open, () => Promise.reject(new Error('the disk is full')))).rejects.toThrow(
      'the disk is full',
    );
    expect(closed).toEqual(['a', 'b']);
  });
});
