import { describe, expect, test } from '@jest/globals';
import { csv, id, inFileOrder, person, statuses, withFront, world } from '../../support/world.js';

describe('a value that the API accepts and does not keep', () => {
  test(
    'is told as a warning of an updated row, and the process ends with 3',
    world({ contacts: [person(1), person(2)], nulls: 'ignore' }, async ({ sync }) => {
      const run = await sync(
        csv(
          ['contact_id', 'title', 'location'],
          [
            [id(1), '<clear>', 'Rome'],
            [id(2), 'New', ''],
          ],
        ),
      );
      expect(run).toMatchObject({ code: 3, summary: { exit_code: 3, not_kept: 1, counts: { updated: 2 } } });
      const [first, second] = inFileOrder(run.results);
      expect(first).toMatchObject({ status: 'updated', warnings: [{ code: 'not_kept', field: 'title' }] });
      expect(first?.warnings).toHaveLength(1);
      expect(second?.warnings).toBeUndefined();
      expect(run.stdout).toContain('not_kept');
    }),
  );

  test(
    'leaves a row unknown whose answer was lost: the contact holds one new value and one old',
    world(
      { contacts: [person(1)], nulls: 'ignore', faults: [{ kind: 'reset-after', probability: 1, only: 'patch' }] },
      async ({ sync, sandbox }) => {
        const run = await sync(
          csv(['contact_id', 'title', 'location'], [[id(1), '<clear>', 'Rome']]),
          ...['--retries', '0', '--timeout', '2s'],
        );
        expect(sandbox.store.find(id(1))).toMatchObject({ title: 'Title 1', location: 'Rome' });
        expect(run.code).toBe(3);
        expect(statuses(run)).toEqual(['unknown']);
      },
    ),
  );

  test(
    'in its form alone (phone, letter case of an e-mail) is a warning, and the process ends with 0',
    world({ contacts: [person(1, { phone_number: '+4930000000' })], normalise: true }, async ({ sync, sandbox }) => {
      const text = csv(
        ['contact_id', 'phone_number', 'email'],
        [[id(1), '+49 (30) 123-456', 'New.Person@Example.com']],
      );
      const run = await sync(text);
      expect(sandbox.store.find(id(1))).toMatchObject({ phone_number: '+4930123456', email: 'new.person@example.com' });
      expect(run).toMatchObject({ code: 0, summary: { not_kept: 0 } });
      expect(run.results[0]).toMatchObject({ status: 'updated' });
      expect(run.results[0]?.warnings?.map(({ code, field }) => [code, field])).toEqual([
        ['not_kept', 'phone_number'],
        ['not_kept', 'email'],
      ]);
      expect(run.rejected).toHaveLength(1);
    }),
  );

  test(
    'in its form alone is settled as updated when the answer was lost',
    world(
      { contacts: [person(1)], normalise: true, faults: [{ kind: 'reset-after', probability: 1, only: 'patch' }] },
      async ({ sync }) => {
        const edit = csv(['contact_id', 'email'], [[id(1), 'New@Example.com']]);
        const run = await sync(edit, '--retries', '0', '--timeout', '2s');
        expect(run).toMatchObject({ code: 0, results: [{ status: 'updated' }] });
      },
    ),
  );

  test(
    'differs only in form, and stays a change of the next run unless --skip-equivalent',
    world({ contacts: [person(1)], normalise: true }, async ({ sync, sandbox }) => {
      const text = csv(['contact_id', 'email'], [[id(1), 'PERSON1@example.com']]);
      expect(await sync(text)).toMatchObject({
        code: 0,
        summary: { counts: { updated: 1 }, equivalent: { email: 1 } },
      });
      const skipped = await sync(text, '--skip-equivalent', 'email');
      expect(skipped).toMatchObject({
        code: 0,
        results: [{ status: 'unchanged', warnings: [{ code: 'equivalent' }] }],
      });
      expect(sandbox.log.counts.patch).toBe(1);
    }),
  );
});

test(
  'an answer about another contact is no answer: the row is settled by reading',
  world({ contacts: [person(1), person(2)] }, async (it) => {
    const other = ({ method }: { method: string }) =>
      method === 'PATCH' ? { status: 200, body: JSON.stringify({ data: person(2, { title: 'New' }) }) } : undefined;
    await withFront(it, other, async () => {
      const run = await it.sync(csv(['contact_id', 'title'], [[id(1), 'New']]), '--retries', '0', '--timeout', '2s');
      expect(run).toMatchObject({ code: 3, results: [{ status: 'failed', error: { code: 'bad_answer' } }] });
    });
  }),
);

test(
  'a PATCH is never sent after a redirect, and the key does not follow it',
  world({ contacts: [person(1)] }, async (it) => {
    const asked: string[] = [];
    const away = ({ method, path }: { method: string; path: string }) => {
      asked.push(path);
      return method === 'PATCH' ? { status: 307, body: '{}' } : undefined;
    };
    await withFront(it, away, async () => {
      expect(await it.sync(csv(['contact_id', 'title'], [[id(1), 'New']]))).toMatchObject({
        code: 3,
        results: [{ status: 'failed' }],
      });
    });
    expect(asked.filter((path) => path.endsWith(id(1)))).toHaveLength(2);
  }),
);
