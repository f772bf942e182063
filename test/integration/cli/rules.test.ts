import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS, SANDBOX_TAGS } from '../../../src/sandbox/defaults.js';
import { bodies, csv, id, inFileOrder, person, requestCount, statuses, world } from '../../support/world.js';

const [A, B, C] = SANDBOX_TAGS.map(({ name }) => name) as [string, string, string];
const idsOf = (...names: string[]) => names.map((name) => SANDBOX_TAGS.find((tag) => tag.name === name)?.id);

const contacts: Contact[] = [
  person(1, { title: null, notes: 'One', tags: [A], [CUSTOM_FIELDS.interests]: ['a'] }),
  person(2, { title: 'VP', notes: '', tags: [] }),
];
const RULES = ['title=fill', 'notes=append', 'tags=append', 'Interests=append', 'location=ignore'];
const flags = RULES.flatMap((rule) => ['--rule', rule]);
const HEADER = ['contact_id', 'title', 'notes', 'tags', 'Interests', 'location', 'last_name'];
const EDITS = csv(HEADER, [
  [id(1), 'SVP', 'Two', `${A};${B}`, 'b;a', 'Rome', 'New'],
  [id(2), 'SVP', 'Two', `+${C}`, 'b', 'Rome', 'New'],
]);

/** The fields that a rule left alone, by row. */
const left = (lines: { row: number; warnings?: { code: string; field?: string }[] }[]) =>
  inFileOrder(lines).map(({ warnings = [] }) =>
    warnings.filter(({ code }) => code === 'rule').map(({ field }) => field),
  );

test(
  'each rule does to its field what it says, and a second run changes nothing',
  world({ contacts }, async ({ sync, sandbox }) => {
    const run = await sync(EDITS, ...flags);
    expect([run.code, statuses(run)]).toEqual([0, ['updated', 'updated']]);
    expect(bodies(sandbox)).toEqual([
      {
        id: id(1),
        body: {
          ...{ title: 'SVP', notes: 'One\nTwo', tags: idsOf(A, B), [CUSTOM_FIELDS.interests]: ['a', 'b'] },
          last_name: 'New',
        },
      },
      { id: id(2), body: { notes: 'Two', tags: idsOf(C), [CUSTOM_FIELDS.interests]: ['b'], last_name: 'New' } },
    ]);
    expect(left(run.results)).toEqual([['location'], ['title', 'location']]);
    const again = await sync(EDITS, ...flags);
    expect([again.code, statuses(again), again.summary.calls.patch]).toEqual([0, ['unchanged', 'unchanged'], 0]);
  }),
);

test(
  'rules of a job file and of the environment do the same, and a cell that a rule ignores need not be valid',
  world({ contacts }, async ({ write, cli, env, sandbox }) => {
    await write('edits.csv', csv(['contact_id', 'email', 'title'], [[id(2), 'no address', 'SVP']]));
    await write('job.json', JSON.stringify({ csv: 'edits.csv', rules: { email: 'ignore', title: 'fill' } }));
    expect(statuses(await cli('sync', '--job', 'job.json'))).toEqual(['unchanged']);
    env['CONTACT_SYNC_RULE'] = 'email=ignore,title=fill';
    expect(statuses(await cli('sync', 'edits.csv'))).toEqual(['unchanged']);
    // A flag replaces what the environment says.
    expect(statuses(await cli('sync', 'edits.csv', '--rule', 'email=ignore'))).toEqual(['updated']);
    expect(bodies(sandbox)).toEqual([{ id: id(2), body: { title: 'SVP' } }]);
  }),
);

test(
  'append clears nothing and removes nothing',
  world({ contacts }, async ({ sync, sandbox }) => {
    const text = csv(['contact_id', 'notes', 'tags'], [[id(1), '<clear>', `-${A}`]]);
    const run = await sync(text, '--rule', 'notes=append', '--rule', 'tags=append');
    expect([statuses(run), left(run.results), bodies(sandbox)]).toEqual([['unchanged'], [['notes', 'tags']], []]);
  }),
);

describe('what changed between plan and apply', () => {
  /** Plans, changes contact 1 as others do, and applies. */
  const later = (theirs: Partial<Contact>, check: Parameters<typeof world>[1]) =>
    world({ contacts }, async (given) => {
      await given.write('edits.csv', EDITS);
      await given.cli('plan', 'edits.csv', ...flags);
      given.sandbox.store.write(id(1), theirs);
      await check(given);
    });

  test(
    'is not overwritten by fill, and append adds to it',
    later({ title: 'Theirs', notes: 'Other', tags: [C] }, async ({ cli, sandbox }) => {
      const run = await cli('apply', 'latest', '--yes');
      expect([run.code, statuses(run)]).toEqual([0, ['updated', 'updated']]);
      const { title, notes, tags } = sandbox.store.find(id(1))!;
      expect({ title, notes, tags }).toEqual({ title: 'Theirs', notes: 'Other\nTwo', tags: [C, B] });
      expect(left(run.results)[0]).toEqual(['location', 'title']);
      expect(inFileOrder(run.results)[0]?.changes?.['notes']).toMatchObject({ from: 'Other', to: 'Other\nTwo' });
      // What was added goes; what others wrote stays.
      expect((await cli('undo', 'latest', '--yes')).code).toBe(0);
      expect(sandbox.store.find(id(1))).toMatchObject({
        title: 'Theirs',
        notes: 'Other',
        tags: [C],
        last_name: 'Last1',
      });
    }),
  );

  test(
    'is no conflict where what was to be added is there by now',
    later(
      { title: 'SVP', notes: 'Two', tags: [B, A], last_name: 'New', [CUSTOM_FIELDS.interests]: ['b'] },
      async (given) => {
        const run = await given.cli('apply', 'latest', '--yes');
        expect([run.code, statuses(run)]).toEqual([0, ['unchanged', 'updated']]);
      },
    ),
  );

  test(
    'is a conflict where the field has no rule',
    later({ notes: 'Other', last_name: 'Theirs' }, async ({ cli, sandbox }) => {
      const run = await cli('apply', 'latest', '--yes');
      expect([run.code, statuses(run)]).toEqual([3, ['conflict', 'updated']]);
      expect(sandbox.store.find(id(1))).toMatchObject({ notes: 'Other', last_name: 'Theirs' });
    }),
  );
});

test(
  'undo takes away what was added where the rest has changed, and is a conflict where that was changed itself',
  world({ contacts }, async ({ sync, cli, sandbox }) => {
    await sync(EDITS, ...flags);
    sandbox.store.write(id(1), { notes: 'One, edited\nTwo\nThree', tags: [C, B] });
    sandbox.store.write(id(2), { notes: 'Two, edited' });
    const run = await cli('undo', 'latest', '--yes');
    expect(sandbox.store.find(id(1))).toMatchObject({ title: null, notes: 'One, edited\nThree', tags: [C] });
    expect(sandbox.store.find(id(2))).toMatchObject({ notes: 'Two, edited', tags: [], last_name: 'Last2' });
    expect([run.code, statuses(run)]).toEqual([3, ['updated', 'updated', 'conflict']]);
  }),
);

test(
  'a guard of a field that the plan leaves as it is does not hold back its row when it is applied',
  world({ contacts }, async ({ write, cli, sandbox }) => {
    await write('base.csv', csv(['contact_id', 'title', 'notes'], [[id(2), 'Old', 'x']]));
    await write('edits.csv', csv(['contact_id', 'title', 'notes', 'location'], [[id(2), 'VP', 'y', 'Rome']]));
    await cli('plan', 'edits.csv', '--base', 'base.csv', '--rule', 'notes=ignore');
    const run = await cli('apply', 'latest', '--yes');
    expect([statuses(run), bodies(sandbox)]).toEqual([['updated'], [{ id: id(2), body: { location: 'Rome' } }]]);
  }),
);

describe('a rule that cannot be followed ends the command before it sends anything', () => {
  const CASES: [string[], RegExp][] = [
    [
      ['--rule', 'titel=fill'],
      /edits.csv: --rule "titel=fill": "titel" is not a field that can be written \(did you mean "title"\?\)/,
    ],
    [['--rule', 'Interest=fill'], /"Interest" is not a field that can be written \(did you mean "Interests"\?\)/],
    [
      ['--rule', 'title=fil'],
      /--rule: title: expected overwrite, fill, append, ignore, got "fil" \(did you mean "fill"\?\)/,
    ],
    [['--rule', 'title'], /--rule: expected a field and a rule such as title=fill, got "title"/],
    [['--rule', 'title=fill', '--rule', 'Title=append'], /"Title" has another rule already/],
    [['--rule', 'Seats=append'], /"Seats" is of type number, to which nothing can be added/],
    [['--rule', 'do_not_contact=append'], /is of type boolean/],
    [['--rule', 'email=append'], /is of type email/],
    [['--rule', 'email=fill', '--key', 'contact_id,email'], /"email" is a key, which is never written/],
    [['--rule', 'contact_id=ignore'], /"contact_id" is not a field that can be written/],
  ];

  test(
    'with a message that says what to change',
    world({ contacts }, async ({ sync, sandbox }) => {
      const text = csv(['contact_id', 'email', 'title'], [[id(1), 'x@example.com', 'SVP']]);
      for (const [args, message] of CASES) {
        const before = requestCount(sandbox);
        const run = await sync(text, ...args);
        expect([args, run.code, run.stderr]).toEqual([args, 2, expect.stringMatching(message)]);
        // Only the schema knows custom fields.
        expect(requestCount(sandbox) - before).toBeLessThanOrEqual(1);
      }
      expect(bodies(sandbox)).toEqual([]);
    }),
  );
});
