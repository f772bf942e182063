import { describe, expect, test } from '@jest/globals';
import { bodies, csv, id, inFileOrder, overlaps, people, person, statuses, world } from '../../support/world.js';

const HEADER = ['contact_id', 'title', 'location', 'email', 'tags'];

test(
  'several rows for one contact are sent in the order of the file and never in flight together',
  world({ contacts: people(5), latencyMs: 5 }, async ({ sync, sandbox }) => {
    const rows = Array.from({ length: 60 }, (_, at) => {
      const key = id((at % 5) + 1);
      return [at % 2 ? key.toUpperCase() : key, `Title at ${at}`];
    });
    const run = await sync(csv(['contact_id', 'title'], rows), '--concurrency', '16');
    expect(run).toMatchObject({ code: 0, summary: { counts: { updated: 60 } } });
    expect(sandbox.log.mostInFlight).toBeGreaterThan(3);
    expect(overlaps(sandbox)).toEqual([]);
    for (let n = 1; n <= 5; n++) {
      const sent = sandbox.log.patches(id(n)).map(({ body }) => (body as { title: string }).title);
      expect(sent).toEqual(rows.filter(([key]) => key?.toLowerCase() === id(n)).map(([, title]) => title));
    }
  }),
);

test(
  'each row is diffed against what the one before makes of the contact',
  world({ contacts: people(1) }, async ({ sync, sandbox }) => {
    const run = await sync(
      csv(HEADER, [
        [id(1), 'A', 'Paris', '', '+VIP'],
        [id(1), 'A', 'Rome', '', '+Partner'],
        [id(1), 'A', 'Rome', '', '-VIP'],
        [id(1), 'A', 'Rome', '', 'Partner'],
        [id(1), 'Title 1', '', '', ''],
      ]),
    );
    expect(statuses(run)).toEqual(['updated', 'updated', 'updated', 'unchanged', 'updated']);
    expect(inFileOrder(run.results).map(({ changes }) => changes)).toEqual([
      {
        title: { from: 'Title 1', to: 'A' },
        location: { from: 'Berlin', to: 'Paris' },
        tags: { from: [], to: ['VIP'] },
      },
      { location: { from: 'Paris', to: 'Rome' }, tags: { from: ['VIP'], to: ['VIP', 'Partner'] } },
      { tags: { from: ['VIP', 'Partner'], to: ['Partner'] } },
      undefined,
      { title: { from: 'A', to: 'Title 1' } },
    ]);
    expect(bodies(sandbox).map(({ body }) => Object.keys(body as object))).toEqual([
      ['title', 'location', 'tags'],
      ['location', 'tags'],
      ['tags'],
      ['title'],
    ]);
    expect(sandbox.store.find(id(1))).toMatchObject({ title: 'Title 1', location: 'Rome', tags: ['Partner'] });
  }),
);

test.each(['ids', 'list', 'get'])('that holds for rows more than 500 contacts apart, read by %s', (way) =>
  world({ contacts: people(620) }, async ({ sync, sandbox }) => {
    const between = people(620)
      .slice(1)
      .map((p) => [p.id, p.title, '']);
    const text = csv(
      ['contact_id', 'title', 'location'],
      [
        [id(1), 'First', 'Paris'],
        ...between,
        [id(1), 'First', 'Rome'],
        [id(620), 'Title 620', 'Oslo'],
        [id(1), 'Title 1', ''],
      ],
    );
    const run = await sync(text, '--reads', way);
    expect(run.summary.counts).toMatchObject({ updated: 4, unchanged: 619 });
    expect(sandbox.log.patches(id(1)).map(({ body }) => body)).toEqual([
      { title: 'First', location: 'Paris' },
      { location: 'Rome' },
      { title: 'Title 1' },
    ]);
    expect(sandbox.store.find(id(1))).toMatchObject({ title: 'Title 1', location: 'Rome' });
  })(),
);

describe('when an earlier row was not applied', () => {
  test(
    'a later one that rests on its values is a conflict and not sent; one that does not is sent',
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      const run = await sync(
        csv(HEADER, [
          [id(1), 'A', '', 'person2@example.com', ''],
          [id(1), 'B', '', '', ''],
          [id(1), '', 'Rome', '', ''],
          [id(1), 'A', '', '', ''],
          [id(1), 'C', '', '', ''],
          [id(1), '', 'Oslo', '', ''],
          [id(2), 'D', '', '', ''],
        ]),
      );
      expect(run.code).toBe(3);
      expect(statuses(run)).toEqual(['conflict', 'conflict', 'updated', 'conflict', 'conflict', 'updated', 'updated']);
      expect(inFileOrder(run.results)[1]?.error?.message).toContain('row 1');
      expect(sandbox.log.patches(id(1)).map(({ body }) => body)).toEqual([
        { title: 'A', email: 'person2@example.com' },
        { location: 'Rome' },
        { location: 'Oslo' },
      ]);
      expect(sandbox.store.find(id(1))).toMatchObject({ title: 'Title 1', location: 'Oslo' });
      expect(run.rejected.slice(1).map(([, title]) => title)).toEqual(['A', 'B', 'A', 'C']);
    }),
  );

  test(
    'a later one that would have changed nothing is a conflict as well, since it is not as the file says',
    world({ contacts: people(2) }, async ({ sync }) => {
      const run = await sync(
        csv(HEADER, [
          [id(1), 'A', '', 'person2@example.com', ''],
          [id(1), 'A', '', '', ''],
        ]),
      );
      expect(statuses(run)).toEqual(['conflict', 'conflict']);
    }),
  );

  test(
    'because it is invalid, a later one is diffed against the contact as it is',
    world({ contacts: people(1) }, async ({ sync, sandbox }) => {
      const run = await sync(
        csv(HEADER, [
          [id(1), 'A', '', 'no address', ''],
          [id(1), 'Title 1', 'Rome', '', ''],
        ]),
      );
      expect(statuses(run)).toEqual(['invalid', 'updated']);
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { location: 'Rome' } }]);
    }),
  );

  test(
    'though more than 500 contacts lie between them, it is a conflict',
    world({ contacts: people(620) }, async ({ sync, sandbox }) => {
      const between = people(620)
        .slice(1)
        .map((p) => [p.id, p.title, '']);
      const text = csv(
        ['contact_id', 'title', 'email'],
        [[id(1), 'A', 'person2@example.com'], ...between, [id(1), 'B', '']],
      );
      const run = await sync(text);
      expect([statuses(run).at(0), statuses(run).at(-1)]).toEqual(['conflict', 'conflict']);
      expect(sandbox.store.find(id(1))?.title).toBe('Title 1');
    }),
  );
});

test(
  'a row after one that the API accepted and did not keep is not called unchanged: the contact does not hold its value',
  world({ contacts: [person(1)], nulls: 'ignore' }, async ({ sync, sandbox }) => {
    const run = await sync(
      csv(
        ['contact_id', 'title'],
        [
          [id(1), '<clear>'],
          [id(1), '<clear>'],
        ],
      ),
    );
    expect(run.code).toBe(3);
    expect(sandbox.store.find(id(1))?.title).toBe('Title 1');
    expect(statuses(run)[1]).not.toBe('unchanged');
  }),
);
