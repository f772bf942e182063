import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { nearest } from '../../core/model/suggest.js';
import { CommandError } from './command-error.js';
import { envName, OPTIONS, type OptionName } from './options.js';

export type Env = Readonly<Record<string, string | undefined>>;

const KEY_VARIABLES = ['CONTACT_SYNC_API_KEY', 'CONTACT_SYNC_API_KEY_FILE'];

/** The environment over what `.env` in the working folder says; a key in one form replaces a key in the other. */
export function readEnv(environment: Env, file = '.env'): Env {
  if (!existsSync(file)) return environment;
  const fromFile: Env = parseEnv(readFileSync(file, 'utf8'));
  const hasKey = KEY_VARIABLES.some((name) => environment[name]);
  const kept = Object.entries(fromFile).filter(([name]) => !(hasKey && KEY_VARIABLES.includes(name)));
  return { ...Object.fromEntries(kept), ...environment };
}

/** Warnings about variables that look like settings and are none. */
export function findStrangeVariables(env: Env): string[] {
  const known = [...(Object.keys(OPTIONS) as OptionName[]).map(envName), ...KEY_VARIABLES];
  const strange = Object.keys(env).filter((name) => name.startsWith('CONTACT_SYNC_') && !known.includes(name));
  return strange.map((name) => `${name} is set, and no setting has that name${nearestVariable(name, known)}`);
}

function nearestVariable(name: string, known: readonly string[]): string {
  const prefix = 'CONTACT_SYNC_';
  const found = nearest(
    name.slice(prefix.length),
    known.map((other) => other.slice(prefix.length)),
  );
  return found === undefined ? '' : ` (did you mean ${prefix}${found}?)`;
}

/**
 * The API key, from `CONTACT_SYNC_API_KEY` or the file that `CONTACT_SYNC_API_KEY_FILE` names, and nowhere else.
 * @throws CommandError of kind `key` where there is none; its message never shows the key
 */
export function readKey(env: Env): string {
  const file = env['CONTACT_SYNC_API_KEY_FILE'];
  let key = env['CONTACT_SYNC_API_KEY']?.trim() ?? '';
  if (key === '' && file !== undefined && file !== '') {
    try {
      key = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new CommandError('key', `CONTACT_SYNC_API_KEY_FILE: ${file} cannot be read: ${code}`, { cause });
    }
  }
  if (key === '') {
    throw new CommandError(
      'key',
      'No API key: set CONTACT_SYNC_API_KEY, or CONTACT_SYNC_API_KEY_FILE to a file that holds it.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new CommandError(
      'key',
      'The API key holds a space or another character that no key has; is it cut or quoted wrongly?',
    );
  }
  return key;
}
