import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { OptionSpec } from '../../src/cli/settings/option-spec.js';
import { envName, OPTIONS, type OptionName } from '../../src/cli/settings/options.js';
import { resolveSettings } from '../../src/cli/settings/resolve.js';
import { readText } from '../support/docs.js';

const text = readText('.env.example');
const KEYS = { CONTACT_SYNC_API_KEY: '', CONTACT_SYNC_API_KEY_FILE: '' };

/** What the file would set, were each of its settings taken out of its comment. */
const shown = parseEnv(text.replace(/^#(?=CONTACT_SYNC_)/gm, ''));

function defaults(): Record<string, string> {
  // What no file says is not in this one.
  const names = (Object.keys(OPTIONS) as OptionName[]).filter((name) => !(OPTIONS[name] as OptionSpec).notInFiles);
  const entries = names.map((name) => {
    const { default: standard }: OptionSpec = OPTIONS[name];
    return [envName(name), standard === undefined ? '' : String(standard)];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

describe('.env.example', () => {
  test('lists every setting with its default, the two ways to give the key, and nothing else', () => {
    expect(shown).toEqual({ ...KEYS, ...defaults() });
  });

  test('has a comment over each setting', () => {
    const lines = text.split('\n');
    const bare = lines.filter((line, at) => line.startsWith('#CONTACT_SYNC_') && !lines[at - 1]?.startsWith('# '));
    expect(bare).toEqual([]);
  });

  test('sets nothing as it is, so that a copy of it changes nothing', () => {
    expect(parseEnv(text)).toEqual({});
  });

  test('means the defaults when all of it is taken out of its comments', () => {
    expect(resolveSettings({ env: shown }).settings).toEqual(resolveSettings({}).settings);
  });
});
