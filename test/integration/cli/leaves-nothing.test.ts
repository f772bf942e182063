import { getEventListeners } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { main } from '../../../src/cli/main.js';
import { csv, id, people, world } from '../../support/world.js';

/** How many listen to the events of this process. */
function listeners(): unknown {
  return process.eventNames().map((name) => [name, process.listenerCount(name)]);
}

test.each<[number, string[]]>([
  [0, ['sync', 'edits.csv', '--max-duration', '1h']],
  [0, ['sync', 'edits.csv', '--mirror']],
  [0, ['export', '--out', 'all.csv', '--max-duration', '1h']],
  [2, ['export', '--out', 'edits.csv']],
  [4, ['sync', 'edits.csv', '--max-requests', '1', '--max-duration', '1h']],
  [5, ['sync', 'edits.csv', '--max-changes', '0']],
  [0, ['check', 'edits.csv']],
  [2, ['undo', 'nowhere']],
])('a command that ends with %i leaves no listener behind: %j', (code, args) =>
  world({ contacts: people(1) }, async ({ write, command }) => {
    await write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'New']]));
    const { signal } = new AbortController();
    const [stdout, stderr] = [new PassThrough().resume(), new PassThrough().resume()];
    const { env } = command(args);
    const before = listeners();
    expect(await main(args, { env, stdin: Readable.from([]), stdout, stderr, signal })).toBe(code);
    expect(listeners()).toEqual(before);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    for (const stream of [stdout, stderr]) expect(stream.listenerCount('error')).toBe(0);
  })(),
);
