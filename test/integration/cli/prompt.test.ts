import { PassThrough } from 'node:stream';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { main } from '../../../src/cli/main.js';
import { titles } from '../../support/gate.js';
import { id, people, world, type World } from '../../support/world.js';

/** A terminal that answers as soon as it is asked. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  readonly columns = 100;
}

interface Session {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command on a terminal. @param answer typed where a question is asked; undefined: the input ends */
async function onTerminal(
  { env }: World,
  args: readonly string[],
  answer: string | undefined,
  typedAhead = '',
): Promise<Session> {
  const [stdin, stdout, stderr] = [new Terminal(), new Terminal(), new Terminal()];
  stdin.write(typedAhead);
  const said = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
    if (!text.includes('[y/N]')) return;
    if (answer === undefined) stdin.end();
    else stdin.write(`${answer}\n`);
  });
  const code = await main(args, { env, stdin, stdout, stderr });
  return { code, ...said };
}

const edits = async ({ write }: World): Promise<void> => {
  await write('edits.csv', titles(3));
};

test.each(['y', 'yes', 'YES', ' y '])('"%s" sends the updates, after what they are and whose contacts', (answer) =>
  world({ contacts: people(3) }, async (here) => {
    await edits(here);
    const run = await onTerminal(here, ['sync', 'edits.csv'], answer);
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/Sandbox Ltd at 127\.0\.0\.1:\d+/);
    expect(run.stdout).toContain('First1 Last1');
    expect(run.stderr).not.toContain('First1');
    expect(run.stderr).toMatch(/Send 3 updates to Sandbox Ltd at 127\.0\.0\.1:\d+\? \[y\/N\]/);
    expect(run.stdout).toMatch(/3 {2}updated/);
    expect(here.sandbox.log.counts.patch).toBe(3);
  })(),
);

test.each([['n'], [''], ['yep'], [undefined]])('%j sends nothing, and the plan can be applied', (answer) =>
  world({ contacts: people(3) }, async (here) => {
    await edits(here);
    const run = await onTerminal(here, ['sync', 'edits.csv'], answer);
    expect(run.code).toBe(5);
    expect(run.stderr).toMatch(/nothing was sent; apply the plan with: contact-sync apply \S+/);
    expect(here.sandbox.log.counts.patch).toBe(0);
    const { summary, results } = await here.cli('runs');
    expect(summary).toMatchObject({ state: 'planned', counts: { planned: 3 } });
    expect(results).toHaveLength(3);
    const applied = await onTerminal(here, ['apply', 'latest'], 'y');
    expect(applied.code).toBe(0);
    expect(here.sandbox.log.counts.patch).toBe(3);
  })(),
);

test('what was typed before the question is no answer', () =>
  world({ contacts: people(3) }, async (here) => {
    await edits(here);
    expect(await onTerminal(here, ['sync', 'edits.csv'], '', 'y\n')).toMatchObject({ code: 5 });
    expect(here.sandbox.log.counts.patch).toBe(0);
    expect(await onTerminal(here, ['sync', 'edits.csv'], 'y', 'clear\n')).toMatchObject({ code: 0 });
  })());

test('undo and retry ask too, and --yes does not', () =>
  world({ contacts: people(3) }, async (here) => {
    await edits(here);
    const yes = await onTerminal(here, ['sync', 'edits.csv', '--yes'], undefined);
    expect(yes).toMatchObject({ code: 0, stderr: expect.not.stringContaining('[y/N]') });
    const undo = await onTerminal(here, ['undo', 'latest'], 'n');
    expect(undo.code).toBe(5);
    expect(here.sandbox.store.find(id(1))?.title).not.toBe('Title 1');
    expect(undo.stderr).toMatch(/^run \S+: sync of edits\.csv, 3 updated, \d+s ago$/m);
    expect(undo.stderr).toMatch(/Send 3 updates to .*\?/);
  })());

test('what changes nothing, plans alone or is for programs does not ask', () =>
  world({ contacts: people(3) }, async (here) => {
    await edits(here);
    for (const args of [
      ['plan', 'edits.csv'],
      ['sync', 'edits.csv', '--json'],
      ['sync', 'edits.csv'],
    ]) {
      const run = await onTerminal(here, args, undefined);
      expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('[y/N]') });
    }
    expect(here.sandbox.log.counts.patch).toBe(3);
  })());

test('where standard input is not a terminal nobody is asked', () =>
  world({ contacts: people(3) }, async (here) => {
    await edits(here);
    const run = await here.cli('sync', 'edits.csv');
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('[y/N]') });
    expect(path.isAbsolute(run.runDir ?? '')).toBe(true);
  })());
