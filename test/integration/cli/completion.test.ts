import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { completionWords } from '../../../src/cli/completion-words.js';
import { COMMANDS, SHELLS, type Shell } from '../../../src/cli/manual.js';
import { runHere } from '../../support/command.js';
import { inTempDir } from '../../support/temp.js';

async function scriptFor(shell: Shell): Promise<string> {
  const ended = await runHere({ args: ['completion', shell], cwd: '.', env: {}, input: '' });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout;
}

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

/** What bash offers where these words are typed, the last one being completed. */
async function completeInBash(words: readonly string[]): Promise<string[]> {
  const asked = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _contact_sync; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const script = `${await scriptFor('bash')}\n${asked}`;
  const ended = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 0, stderr: '' });
  return ended.stdout.split('\n').filter((word) => word !== '');
}

describe('the completion script', () => {
  test.each<[string, string[]]>([
    ['sy', ['sync']],
    ['re', ['resume', 'retry', 'report']],
    ['sync --dr', ['--dry-run']],
    ['sync --no-p', ['--no-progress']],
    ['apply --dr', []],
    ['sync --duplicates ', ['allow', 'error', 'last']],
    ['sync --duplicates l', ['last']],
    ['sync --duplicates = e', ['error']],
    ['sync --duplicates =', ['allow', 'error', 'last']],
    ['show latest --status not', ['not_found']],
    ['show la', ['latest']],
    ['runs p', ['prune', 'purge-values']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['help exp', ['export']],
    ['sync --base ', []],
    ['sync edi', []],
  ])('completes "contact-sync %s" in bash', async (line, offered) => {
    expect(await completeInBash(['contact-sync', ...line.split(' ')])).toEqual(offered);
  });

  test('leaves names of files to bash where there are no words', async () => {
    expect(await scriptFor('bash')).toMatch(/^complete -o bashdefault -o default -F _contact_sync contact-sync$/m);
  });

  test.each(SHELLS)('of %s is one that this shell accepts', async (shell) => {
    const script = await scriptFor(shell);
    const checked = isInstalled(shell)
      ? spawnSync(shell, [shell === 'fish' ? '--no-execute' : '-n'], { input: script, encoding: 'utf8' })
      : { status: 0, stderr: '' };
    expect(checked).toMatchObject({ status: 0, stderr: '' });
  });

  test.each(SHELLS)('of %s has every command with its flags', async (shell) => {
    const script = await scriptFor(shell);
    for (const { name, flags } of completionWords()) {
      const start = shell === 'fish' ? `__fish_seen_subcommand_from ${name}'` : `    ${name})`;
      const own = script
        .split(shell === 'zsh' ? ';;\n' : '\n')
        .filter((part) => part.includes(start))
        .join('\n');
      const missing = flags.filter(({ flag }) => !own.includes(shell === 'fish' ? `-l ${flag.slice(2)} ` : flag));
      expect([name, own === '' && name !== 'help', missing]).toEqual([name, false, []]);
    }
  });

  test('knows every command, and no flag that is without effect', () => {
    expect(completionWords().map(({ name }) => name)).toEqual([...Object.keys(COMMANDS), 'help']);
    const plan = completionWords().find(({ name }) => name === 'plan');
    expect(plan?.flags.map(({ flag }) => flag)).not.toContain('--dry-run');
  });

  test('needs no settings, and names the shells where another one is asked for', async () => {
    await inTempDir(async (dir) => {
      await writeFile(path.join(dir, '.env'), 'CONTACT_SYNC_REPORT=perhaps\n');
      const env = { HOME: dir, CONTACT_SYNC_ENV_FILE: path.join(dir, '.env') };
      expect(await runHere({ args: ['completion', 'bash'], cwd: dir, env, input: '' })).toMatchObject({ code: 0 });
      const other = await runHere({ args: ['completion', 'bsh'], cwd: dir, env, input: '' });
      expect(other).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('bash, zsh, fish, got "bsh" (did you mean'),
      });
      expect(await runHere({ args: ['completion'], cwd: dir, env, input: '' })).toMatchObject({ code: 2 });
    });
  });
});
