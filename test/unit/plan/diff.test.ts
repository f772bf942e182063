import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Contact } from '../../../src/core/contacts/types.js';
import type { Edit, Wanted } from '../../../src/core/contacts/row-to-edit.js';
import { TagDirectory } from '../../../src/core/contacts/tags.js';
import type { FieldValue } from '../../../src/core/model/values.js';
import { recheck } from '../../../src/core/apply/recheck.js';
import { diff } from '../../../src/core/plan/diff.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { contact, editOf, fieldOf, ID, type RowOptions } from '../../support/build.js';

const NOTHING: readonly string[] = [];
const diffOf = (cells: Record<string, string>, live: Partial<Contact>, options?: RowOptions) =>
  diff(editOf(cells, options), contact(live), NOTHING);

/** The contact as an API that keeps what it is given will have it. */
function applied(live: Contact, { changes }: ReturnType<typeof diff>): Contact {
  return { ...live, ...Object.fromEntries(Object.entries(changes).map(([key, { to }]) => [key, to])) };
}

const text = fc.string({ unit: fc.constantFrom('a', 'B', 'é', 'e\u0301', ' ', 'Å'), maxLength: 5 });
const tagNames = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D', 'E'));
const valueOf: Record<string, fc.Arbitrary<FieldValue>> = {
  title: fc.option(text),
  notes: fc.option(text),
  do_not_contact: fc.option(fc.boolean()),
  [CUSTOM_FIELDS.seats]: fc.option(fc.integer()),
  [CUSTOM_FIELDS.interests]: fc.option(fc.array(text, { maxLength: 3 })),
  [CUSTOM_FIELDS.accountTier]: fc.constantFrom(null, 'tier_1', 'tier_2'),
};
const KEYS = Object.keys(valueOf);
const someContact: fc.Arbitrary<Contact> = fc
  .record({ ...valueOf, tags: fc.option(tagNames) }, { requiredKeys: [] })
  .map((values) => contact(values as Partial<Contact>));
const someTags: fc.Arbitrary<Wanted> = fc.oneof(
  tagNames.map((value): Wanted => ({ kind: 'value', field: fieldOf('tags'), value })),
  fc.tuple(tagNames, tagNames).map(([add, other]): Wanted => {
    const remove = other.filter((name) => !add.includes(name));
    return { kind: 'items', field: fieldOf('tags'), add, remove };
  }),
);
const someWanted: fc.Arbitrary<Wanted[]> = fc
  .uniqueArray(fc.constantFrom(...KEYS, 'tags'))
  .chain((keys) =>
    fc.tuple(
      ...keys.map((key): fc.Arbitrary<Wanted> =>
        key === 'tags'
          ? someTags
          : valueOf[key]!.map((value): Wanted => ({ kind: 'value', field: fieldOf(key), value })),
      ),
    ),
  );
const edit = (wanted: readonly Wanted[]): Edit => ({
  ...{
    row: 1,
    line: 2,
    key: { by: 'id', value: ID },
    otherKeys: [],
    contactId: ID,
    wanted,
    empty: [],
    damage: [],
    warnings: [],
  },
  guards: { expected: new Map() },
});

describe('for any edit and any contact', () => {
  const property = (check: (wanted: Wanted[], live: Contact) => void) =>
    fc.assert(fc.property(someWanted, someContact, check), { numRuns: 500 });

  test('the contact is as the row asks once its changes are made', () =>
    property((wanted, live) => {
      const after = applied(live, diff(edit(wanted), live, NOTHING));
      for (const one of wanted) {
        const { key, type } = one.field;
        if (one.kind === 'value') {
          expect(type.same(type.read(after[key]), one.value)).toBe(true);
          continue;
        }
        const asked = [...(live.tags ?? []), ...one.add].filter((tag) => !one.remove.includes(tag));
        expect(new Set(after.tags ?? [])).toEqual(new Set(asked));
      }
    }));

  test('a second diff is empty once the changes are made', () =>
    property((wanted, live) => {
      const after = applied(live, diff(edit(wanted), live, NOTHING));
      expect(diff(edit(wanted), after, NOTHING).changes).toEqual({});
    }));

  test('an edit to what the contact already has changes nothing', () =>
    property((_wanted, live) => {
      const same = [...KEYS, 'tags'].map((key): Wanted => {
        const field = fieldOf(key);
        const value = field.type.read(live[key]);
        if (key !== 'tags') return { kind: 'value', field, value };
        return { kind: 'value', field, value: [...(live.tags ?? [])].reverse() };
      });
      expect(diff(edit(same), live, NOTHING)).toMatchObject({ changes: {}, equivalent: [], warnings: [] });
    }));

  test('a change holds the live value and touches no field that the row does not name', () =>
    property((wanted, live) => {
      const { changes } = diff(edit(wanted), live, NOTHING);
      const named = wanted.map((one) => one.field.key);
      for (const [key, { from, to }] of Object.entries(changes)) {
        expect(named).toContain(key);
        expect(from).toEqual(live[key] ?? null);
        expect(fieldOf(key).type.same(from, to)).toBe(false);
      }
    }));
});

test('a rule writes no field that the contact does not show, and needs none to leave it alone', () => {
  const hidden = contact();
  for (const [rule, field] of [
    ['fill', 'title'],
    ['append', 'title'],
    ['ignore', undefined],
  ] as const) {
    const { unseen } = diff(editOf({ title: 'SVP' }), hidden, NOTHING, { fields: new Map([['title', rule]]) });
    expect([rule, unseen?.field]).toEqual([rule, field]);
  }
  const change = { from: null, to: 'SVP', rule: 'fill' } as const;
  const checked = recheck({ changes: { title: change } }, hidden, fieldOf, false);
  expect(checked).toMatchObject({ kind: 'conflict', problem: { code: 'not_shown', field: 'title' } });
});

test('text that differs only by outer white space or by the composition of its letters is no change', () => {
  fc.assert(
    fc.property(text, fc.constantFrom('', ' ', '\n\t'), fc.constantFrom('NFC', 'NFD'), (value, blank, form) => {
      const live = blank + value.normalize(form) + blank;
      expect(
        diffOf({ title: value, Interests: value }, { title: live, [CUSTOM_FIELDS.interests]: [live] }).changes,
      ).toEqual({});
    }),
  );
  expect(diffOf({ title: 'vp' }, { title: 'VP' }).changes).toEqual({ title: { from: 'VP', to: 'vp' } });
  expect(diffOf({ title: 'V  P' }, { title: 'V P' }).changes).toEqual({ title: { from: 'V P', to: 'V  P' } });
});

test('clearing a field that is empty, in whatever way, is no change', () => {
  for (const empty of [null, undefined, '', '  ']) {
    expect(diffOf({ title: '<clear>' }, { title: empty as string | null }).changes).toEqual({});
  }
  expect(
    diffOf({ tags: '<clear>', Interests: '<clear>' }, { tags: null, [CUSTOM_FIELDS.interests]: [] }).changes,
  ).toEqual({});
  expect(diffOf({ title: '<clear>' }, { title: 'VP' }).changes).toEqual({ title: { from: 'VP', to: null } });
  expect(diffOf({ tags: '<clear>' }, { tags: ['A'] }).changes).toEqual({ tags: { from: ['A'], to: [] } });
});

describe('tags', () => {
  const directory = new TagDirectory(['A', 'B', 'C'].map((name) => ({ id: `id-${name}`, name })));
  test.each([
    ['A;B', ['B', 'A'], undefined],
    ['A;B', ['A'], ['A', 'B']],
    ['+A', ['A', 'B'], undefined],
    ['+A;-C', ['B', 'C'], ['B', 'A']],
    ['-C', ['A'], undefined],
    ['-A', ['A'], []],
    ['+id-C', [], ['C']],
    ['+A', ['Other'], ['Other', 'A']],
  ])('%p of a contact with %p make %p', (cell, live, to) => {
    expect(diffOf({ tags: cell }, { tags: live }, { directory }).changes).toEqual(
      to ? { tags: { from: live, to } } : {},
    );
  });
});

describe('a difference in form alone', () => {
  const cells = {
    phone_number: '+49 151 1234567',
    email: 'Ana@Example.com',
    linkedin_url: 'linkedin.com/in/ana',
    title: 'vp',
  };
  const live = {
    phone_number: '+491511234567',
    email: 'ana@example.com',
    linkedin_url: 'https://www.linkedin.com/in/ana/',
    title: 'VP',
  };

  test('is still a change, and counted', () => {
    const { changes, equivalent, warnings } = diffOf(cells, live);
    expect(Object.keys(changes)).toEqual(['phone_number', 'email', 'linkedin_url', 'title']);
    expect(equivalent).toEqual(['phone_number', 'email', 'linkedin_url']);
    expect(warnings).toEqual([]);
  });

  test('is left unchanged in the fields of --skip-equivalent, with a warning', () => {
    const { changes, equivalent, warnings } = diff(editOf(cells), contact(live), ['phone_number', 'email']);
    expect(Object.keys(changes)).toEqual(['linkedin_url', 'title']);
    expect(equivalent).toEqual(['phone_number', 'email', 'linkedin_url']);
    expect(warnings).toEqual(
      ['phone_number', 'email'].map((field) => ({
        ...{ code: 'equivalent', field, message: 'differs only in form; left unchanged' },
      })),
    );
  });

  test('is none where one of the two is empty', () => {
    expect(diff(editOf({ email: '<clear>' }), contact(live), ['email']).changes).toHaveProperty('email');
    expect(diff(editOf({ email: 'a@b.co' }), contact({ email: '' }), ['email']).changes).toHaveProperty('email');
  });

  test('hides no other value', () => {
    const other = { phone_number: '+49 151 7654321', email: 'ana@example.org', linkedin_url: 'linkedin.com/in/anna' };
    const { changes, equivalent } = diff(editOf(other), contact(live), Object.keys(other));
    expect(Object.keys(changes)).toEqual(Object.keys(other));
    expect(equivalent).toEqual([]);
  });
});

describe('the guard updated_at', () => {
  const conflictOf = (guard: string, updated_at: string | null | undefined) =>
    diff(editOf({ title: 'SVP', updated_at: guard }), contact({ updated_at: updated_at as string | null }), NOTHING)
      .conflict;

  test.each([
    ['2026-03-01T10:00:00.123Z', '2026-03-01T10:00:00.123Z'],
    ['2026-03-01T10:00:00.123Z', '2026-03-01T10:00:00.100Z'],
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.999Z'],
    ['2026-03-01T10:00Z', '2026-03-01T10:00:59.999Z'],
    ['2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00.5Z'],
    ['2026-03-01T10:00:00', '2026-03-01T10:00:00Z'],
    ['2026-03-02', '2026-03-01T23:00:00Z'],
  ])('%p lets a contact of %p pass: fractions that the guard does not have do not count', (guard, live) => {
    expect(conflictOf(guard, live)).toBeUndefined();
  });

  test.each([
    ['2026-03-01T10:00:00.123Z', '2026-03-01T10:00:00.124Z'],
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:01.000Z'],
    ['2026-03-01T10:00Z', '2026-03-01T10:01:00Z'],
    ['2026-03-01T12:00:00+02:00', '2026-03-01T11:00:00Z'],
  ])('%p finds that a contact of %p was changed since', (guard, live) => {
    expect(conflictOf(guard, live)).toEqual({
      ...{ code: 'changed_since', field: 'updated_at' },
      message: `the contact was changed after ${guard} (${live})`,
    });
  });

  test.each([null, undefined, 'rubbish'])('does not let pass a contact that does not say when: %p', (live) => {
    expect(conflictOf('2026-03-01T10:00:00Z', live)?.code).toBe('changed_since');
  });

  test('is silent where there is nothing to change', () => {
    const same = diff(editOf({ title: 'VP', updated_at: '2020-01-01T00:00:00Z' }), contact({ title: 'VP' }), NOTHING);
    expect(same).toEqual({ changes: {}, equivalent: [], emptyLeft: 0, warnings: [] });
  });
});

describe('the guard expected:<field>', () => {
  const conflictOf = (cells: Record<string, string>, live: Partial<Contact>) => diffOf(cells, live).conflict;

  test('lets the expected value and the new one pass, and no other', () => {
    const cells = { title: 'SVP', 'expected:title': 'VP', email: 'new@example.com' };
    expect(conflictOf(cells, { title: ' VP ' })).toBeUndefined();
    expect(conflictOf(cells, { title: 'SVP' })).toBeUndefined();
    expect(conflictOf(cells, { title: 'CEO' })).toEqual({
      ...{ code: 'not_expected', field: 'title', message: 'the live value is "CEO", expected "VP"' },
    });
    expect(conflictOf(cells, {})?.message).toBe('the live value is null, expected "VP"');
  });

  test('of <clear> expects an empty field', () => {
    const cells = { title: 'SVP', 'expected:title': '<clear>' };
    expect(conflictOf(cells, { title: null })).toBeUndefined();
    expect(conflictOf(cells, { title: 'VP' })?.code).toBe('not_expected');
  });

  test('may be about a field that the row does not edit', () => {
    const cells = { title: 'SVP', 'expected:location': 'Berlin' };
    expect(conflictOf(cells, { location: 'Berlin' })).toBeUndefined();
    expect(conflictOf(cells, { location: 'Paris' })?.field).toBe('location');
  });

  test('compares as the field does: tags as sets, an enum by its display name', () => {
    const cells = { title: 'SVP', 'expected:tags': 'A;B', 'expected:Account Tier': 'Growth' };
    expect(conflictOf(cells, { tags: ['B', 'A'], [CUSTOM_FIELDS.accountTier]: 'tier_2' })).toBeUndefined();
    expect(conflictOf(cells, { tags: ['A'], [CUSTOM_FIELDS.accountTier]: 'tier_2' })?.field).toBe('tags');
    expect(conflictOf(cells, { tags: ['A', 'B'], [CUSTOM_FIELDS.accountTier]: 'tier_1' })?.field).toBe(
      CUSTOM_FIELDS.accountTier,
    );
  });

  test('is silent where there is nothing to change', () => {
    expect(
      conflictOf({ title: 'VP', 'expected:location': 'Berlin' }, { title: 'VP', location: 'Paris' }),
    ).toBeUndefined();
  });
});
