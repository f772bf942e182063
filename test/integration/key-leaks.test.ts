import { expect, test } from '@jest/globals';
import { FORMS, holds, withEcho } from '../support/echo.js';
import { csv, filesBelow, id, people, world, type Run } from '../support/world.js';

/** No key of the API looks like this: a pattern alone would not find it. */
const KEY = 'Zk9.plain-secret_7Qx+"\\end';

const isContact = (at: string): boolean => at.includes('/contacts/') && !at.endsWith('/list');
const FAULTS: Readonly<Record<string, (request: { method: string; path: string }) => number | undefined>> = {
  'a list refused with 400': ({ path: at }) => (at.endsWith('/list') ? 400 : undefined),
  'everything refused with 401': () => 401,
  'contacts not found': ({ path: at }) => (isContact(at) ? 404 : undefined),
  'writes refused with 422': ({ method }) => (method === 'PATCH' ? 422 : undefined),
  'lists failing with 503': ({ path: at }) => (at.endsWith('/list') ? 503 : undefined),
};

const EDITS = csv(
  ['contact_id', 'title'],
  people(3).map((_, at) => [id(at + 1), 'New']),
);

test.each(Object.keys(FAULTS).flatMap((fault) => Object.keys(FORMS).map((form) => [fault, form] as const)))(
  'the key is nowhere, in no form: %s, quoting it %s',
  (fault, form) =>
    world({ contacts: people(3), key: KEY }, async (it) => {
      const runs: Run[] = [];
      const flags = ['--retries', '0', '--timeout', '1s', '--rate', 'none', '--log-level', 'debug'];
      const quote = (request: { method: string; path: string; key: string }) => {
        const status = FAULTS[fault]!(request);
        return status === undefined ? undefined : { status, text: `Bearer ${request.key}` };
      };
      await it.write('edits.csv', EDITS);
      await withEcho(it, FORMS[form]!, quote, async () => {
        for (const command of [
          ['sync', 'edits.csv'],
          ['retry', 'latest'],
          ['plan', 'edits.csv', '--reads', 'list'],
          ['sync', 'edits.csv', '--reads', 'get', '--json'],
          ['export', '--out', 'contacts.csv', '--force'],
        ]) {
          runs.push(await it.cli(...command, ...flags));
        }
      });
      const places = [...(await filesBelow(it.dir))].flatMap(([name, text]) => (holds(text, KEY) ? [name] : []));
      const outputs = runs.filter(({ stdout, stderr }) => holds(stdout, KEY) || holds(stderr, KEY));
      expect([places, outputs.length]).toEqual([[], 0]);
    })(),
);
