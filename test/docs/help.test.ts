import { describe, expect, test } from '@jest/globals';
import { optionsOf } from '../../src/cli/flags.js';
import { EPILOGUE } from '../../src/cli/about.js';
import { COMMANDS, type CommandName } from '../../src/cli/manual.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { FAULT_KINDS } from '../../src/sandbox/faults.js';

const commands = Object.keys(COMMANDS) as CommandName[];

describe.each(commands)('the help of %s', (command) => {
  const { describe: about, examples } = COMMANDS[command];

  test('has one style: a phrase that starts with a capital and ends without a full stop', () => {
    const texts = [about, ...Object.values(optionsOf(command)).map((option) => option.describe)];
    expect(texts.filter((text) => !/^[A-Z].*[^.]$/.test(text))).toEqual([]);
  });

  test('shows examples of this command', () => {
    expect(examples.filter(([line]) => line.split(' ')[0] !== command)).toEqual([]);
  });
});

test('the overview lists every exit code', () => {
  const listed = [...EPILOGUE.matchAll(/^ +(\d+) {2}/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(EXIT));
});

test('the help of sandbox lists every kind of fault', () => {
  const listed = optionsOf('sandbox')['faults']?.describe.split(/[\s,:;]+/);
  expect(listed).toEqual(expect.arrayContaining([...FAULT_KINDS]));
});
