import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Contact } from '../../../src/core/contacts/types.js';
import { bodies, csv, person, world, type World } from '../../support/world.js';

/** Few addresses in many spellings, so that contacts share some. */
const address = fc
  .tuple(fc.constantFrom('ana', 'hana', 'ben', 'cy'), fc.boolean(), fc.boolean())
  .map(([name, loud, wide]) => `${loud ? name.toUpperCase() : name}@${wide ? 'X.com' : 'x.com'}`);
const someContacts = fc
  .array(fc.option(address), { minLength: 1, maxLength: 7 })
  .map((emails) => emails.map((email, at) => person(at + 1, { email })));
const someRows = fc.array(
  fc.tuple(address, fc.constantFrom('', 'VP', 'Title 2', '<clear>'), fc.constantFrom('', 'Rome')),
  {
    minLength: 1,
    maxLength: 6,
  },
);

/** The key of an address. */
const fold = (email: string | null | undefined): string => (email ?? '').toLowerCase();

function valuesOf({ sandbox }: World): object[] {
  return [...sandbox.store.contacts.values()].map(({ id, email, title, location }) => ({ id, email, title, location }));
}

async function load({ sandbox, write }: World, contacts: Contact[], rows: string[][]): Promise<void> {
  sandbox.store.contacts.clear();
  sandbox.store.load(contacts);
  await write('edits.csv', csv(['email', 'title', 'location'], rows));
}

test(
  'for any contacts and rows: once applied nothing is left to plan, and undone it is as it was',
  world({ contacts: 0 }, async (it) => {
    const holds = fc.asyncProperty(someContacts, someRows, async (contacts, rows) => {
      await load(it, contacts, rows);
      const before = valuesOf(it);
      const { summary } = await it.cli('sync', 'edits.csv', '--key', 'email', '--duplicates', 'last');
      const again = await it.cli('plan', 'edits.csv', '--key', 'email', '--duplicates', 'last');
      expect(again.summary.writes_planned).toBe(0);
      if (summary.counts.updated === 0) return;
      await it.cli('undo', summary.run_id);
      expect(valuesOf(it)).toEqual(before);
    });
    await fc.assert(holds, { numRuns: 12 });
  }),
);

test(
  'no row is written to a contact that does not hold its key when it is last read',
  world({ contacts: 0 }, async (it) => {
    const moves = fc.array(fc.tuple(fc.nat(6), fc.option(address)), { maxLength: 4 });
    const holds = fc.asyncProperty(someContacts, someRows, moves, async (contacts, rows, moved) => {
      await load(it, contacts, rows);
      const sent = bodies(it.sandbox).length;
      const { summary, plan } = await it.cli('plan', 'edits.csv', '--key', 'email');
      // Where several hold the key, none is chosen.
      for (const { contact_id } of plan) {
        const key = fold(contacts.find(({ id }) => id === contact_id)?.email);
        if (contact_id !== null) expect(contacts.filter(({ email }) => fold(email) === key)).toHaveLength(1);
      }
      for (const [at, email] of moved) {
        if (contacts[at]) it.sandbox.store.write(contacts[at].id, { email });
      }
      await it.cli('apply', summary.run_id);
      const keys = new Set(rows.map(([email]) => fold(email)));
      for (const { id } of bodies(it.sandbox).slice(sent)) {
        const key = fold(it.sandbox.store.find(id!)?.email);
        expect(keys).toContain(key);
        expect(key).toBe(fold(contacts.find((contact) => contact.id === id)?.email));
      }
    });
    await fc.assert(holds, { numRuns: 15 });
  }),
);

test(
  'a contact that loses its key between plan and apply is a conflict, even where nothing is left to write',
  world({ contacts: [person(1), person(2), person(3)] }, async ({ write, cli, sandbox }) => {
    const rows = [1, 2, 3].map((n) => [`PERSON${n}@example.com`, 'VP']);
    await write('edits.csv', csv(['email', 'title'], rows));
    await cli('plan', 'edits.csv', '--key', 'email');
    sandbox.store.write(person(1).id, { email: 'other@example.com' });
    sandbox.store.write(person(2).id, { email: null, title: 'VP' });
    const run = await cli('apply', 'latest');
    const ended = run.results.map(({ row, status, error }) => [row, status, error?.code]).sort();
    expect([run.code, ended]).toEqual([
      3,
      [
        [1, 'conflict', 'key_changed'],
        [2, 'conflict', 'key_changed'],
        [3, 'updated', undefined],
      ],
    ]);
    expect(bodies(sandbox).map(({ id }) => id)).toEqual([person(3).id]);
  }),
);
