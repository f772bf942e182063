import { describe, expect, test } from '@jest/globals';
import { csv, id, people, person, withFront, world, type World } from '../../support/world.js';
import { neutralise } from '../../../src/cli/output/neutralise.js';
import type { Ended } from '../../support/command.js';

const ESCAPE = '\u001b]2;OWNED\u0007\u009b2J';
const FORGED = '\r\n03:00:00 info row ended status=updated\rcontact-sync: all is well';
const HIDDEN = '\u202egnp.exe\u2066\u061c\u200b\u2028\u{e0041}';
const HOSTILE = `VP${ESCAPE}${FORGED}${HIDDEN}`;

function expectHarmless({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    expect(text).toBe(neutralise(text));
    expect(text).not.toMatch(/^(03:00:00|contact-sync: all is well)/m);
  }
}

/** An API whose schema has a custom field of this name, a text. */
async function withFieldNamed(it: World, name: string, use: () => Promise<void>): Promise<void> {
  const { url, key } = it.sandbox;
  const answer = await fetch(`${url}/v1/schemas/contacts`, { headers: { authorization: `Bearer ${key}` } });
  const body = await answer.text();
  const renamed = body.replace('"ERP Number"', JSON.stringify(name));
  expect(renamed).not.toBe(body);
  await withFront(it, ({ path }) => (path.includes('schema') ? { status: 200, body: renamed } : undefined), use);
}

describe('nothing of a contact, a file or the API acts upon a terminal', () => {
  test(
    'in a plan, a check, a sync, and what they refuse',
    world({ contacts: people(3, { title: HOSTILE }) }, async (it) => {
      await it.write('edits.csv', csv(['contact_id', 'title', 'notes'], [[id(1), `New ${HOSTILE}`, HOSTILE]]));
      await it.write('bad.csv', csv(['contact_id', 'email', 'title'], [[`x${HOSTILE}`, HOSTILE, 'a']]));
      await it.write('header.csv', csv(['contact_id', HOSTILE, 'title'], [[id(1), 'a', 'b']]));
      await it.write(`name${HIDDEN}.csv`, csv(['contact_id', 'title'], [[id(2), 'a']]));
      for (const args of [
        ...[
          ['check', 'bad.csv'],
          ['plan', 'bad.csv'],
          ['check', 'header.csv'],
          ['plan', 'header.csv'],
        ],
        ...[
          ['plan', 'edits.csv'],
          ['check', `name${HIDDEN}.csv`],
          ['plan', `name${HIDDEN}.csv`],
        ],
        ...[['sync', 'edits.csv'], ['runs'], ['undo', 'latest', '--dry-run'], ['apply', HOSTILE], [HOSTILE]],
        ...[
          ['sync', 'bad.csv', '--id-format', 'any', '--log-level', 'debug'],
          ['plan', 'edits.csv', '--map', HOSTILE],
        ],
      ]) {
        const run = await it.cli(...args);
        expectHarmless(run);
        expect(run.stdout + run.stderr).not.toBe('');
      }
    }),
  );

  test(
    'in --json, which means what it meant',
    world({ contacts: people(1) }, async (it) => {
      await it.write('bad.csv', csv(['contact_id', 'email'], [[id(1), HOSTILE]]));
      const { stdout } = await it.cli('check', 'bad.csv', '--json');
      expect(stdout).toBe(neutralise(stdout));
      const { damaged_rows } = JSON.parse(stdout) as { damaged_rows: { errors: { message: string }[] }[] };
      expect(damaged_rows[0]!.errors[0]!.message).toContain(ESCAPE);
    }),
  );

  test(
    'in what the API says, and in the names of its fields',
    world({ contacts: people(1) }, async (it) => {
      await withFieldNamed(it, HOSTILE, async () => {
        await it.write('edits.csv', csv(['contact_id', HOSTILE], [[id(1), 'new']]));
        for (const verb of ['plan', 'sync']) {
          const run = await it.cli(verb, 'edits.csv', '--log-level', 'debug');
          expect(run.code).toBe(0);
          expect(run.stdout).toContain('VP\\x1b]2;OWNED\\x07');
          expectHarmless(run);
        }
      });
      const body = JSON.stringify({ detail: HOSTILE, error: { code: HOSTILE, message: HOSTILE } });
      await it.write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'new']]));
      for (const [status, method] of [
        ...([
          [422, 'PATCH'],
          [400, 'GET'],
          [401, 'GET'],
          [403, 'PATCH'],
        ] as const),
      ]) {
        await withFront(
          it,
          (request) => (request.method === method ? { status, body } : undefined),
          async () => {
            const run = await it.cli('sync', 'edits.csv', '--log-level', 'debug', '--reads', 'get');
            // The API's words are in the results, which people are shown, or in a file of the run alone.
            expect(run.stdout.includes('OWNED') || run.stderr.includes('answers.ndjson')).toBe(true);
            expectHarmless(run);
          },
        );
      }
    }),
  );
});

test(
  'a preview says how much of a value it leaves out',
  world({ contacts: [person(1, { notes: '' })] }, async (it) => {
    await it.write('edits.csv', csv(['contact_id', 'notes'], [[id(1), '👩‍👧'.repeat(10) + 'x'.repeat(470)]]));
    const { stdout } = await it.cli('plan', 'edits.csv');
    expect(stdout).toContain(`notes: (empty) → "${'👩‍👧'.repeat(10)}${'x'.repeat(50)}"… 420 more characters\n`);
  }),
);
