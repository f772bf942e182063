import { test } from '@jest/globals';

const IS_ROOT = process.getuid?.() === 0;

/** A test that gives files to another user, which no more than root can. Elsewhere it is skipped, and its title says why. */
export function testAsRoot(title: string, body: () => Promise<void>): void {
  const define = IS_ROOT ? test : test.skip;
  define(IS_ROOT ? title : `${title} (skipped: only root can give files to another user)`, body);
}
