import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rememberOrganisation } from '../../../src/core/run/target.js';
import { SANDBOX_ORGANISATION } from '../../../src/sandbox/defaults.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { runHere, type Ended } from '../../support/command.js';
import { ROOT } from '../../support/root.js';
import { id, people } from '../../support/world.js';
import { ARGUMENTS } from './arguments.js';
import { CONNECTION } from './connection.js';
import { FILES } from './files.js';
import { MACHINE } from './machine.js';
import type { Mistake, Place, Words } from './mistake.js';
import { RUNS } from './runs.js';
import { SETTINGS } from './settings.js';

let sandbox: Sandbox;
let home: string;
let folders = 0;

beforeAll(async () => {
  sandbox = await startSandbox({ contacts: people(20) });
  home = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
  await rememberOrganisation(path.join(home, '.contact-sync'), access(), SANDBOX_ORGANISATION);
});

afterAll(async () => {
  process.chdir(ROOT);
  await sandbox.close();
  await rm(home, { recursive: true, force: true });
});

function access(): { baseUrl: string; key: string } {
  return { baseUrl: sandbox.url, key: sandbox.key };
}

/** A new folder with a good file in it, as the working folder. */
async function newPlace(): Promise<Place> {
  const dir = path.join(home, String(++folders));
  await mkdir(dir);
  process.chdir(dir);
  await writeFile('edits.csv', `contact_id,title\n${id(1)},One ${folders}\n${id(2)},Two ${folders}\n`);
  return {
    ...{ dir, url: sandbox.url, key: sandbox.key },
    async cli(...args) {
      const { code, stderr } = await start(dir, args);
      if (![0, 3, 5].includes(code)) throw new Error(stderr);
      return (await readdir('runs'))
        .filter((name) => /^\d/.test(name))
        .sort()
        .at(-1)!;
    },
  };
}

function start(cwd: string, args: readonly string[], env: Mistake['env'] & object = {}): Promise<Ended> {
  const { url, key } = sandbox;
  const all = { HOME: home, TMPDIR: home, CONTACT_SYNC_BASE_URL: url, CONTACT_SYNC_API_KEY: key, ...env };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return runHere({ args, cwd, env: Object.fromEntries(given), input: '' });
}

function expectWords(said: string, words: Words = []): void {
  for (const word of words) {
    if (typeof word === 'string') expect(said).toContain(word);
    else expect(said).toMatch(word);
  }
}

describe.each<[string, readonly Mistake[]]>([
  ['arguments', ARGUMENTS],
  ['settings', SETTINGS],
  ['files', FILES],
  ['the connection', CONNECTION],
  ['runs', RUNS],
  ['the machine', MACHINE],
])('a mistake with %s is told with what was wrong and what to do:', (_, mistakes) => {
  test.each(mistakes.map((mistake) => [mistake.mistake, mistake] as const))('%s', async (_, mistake) => {
    const place = await newPlace();
    await mistake.arrange?.(place);
    const args = typeof mistake.run === 'function' ? mistake.run(place) : mistake.run;
    const env = typeof mistake.env === 'function' ? mistake.env(place) : mistake.env;
    const { code, stdout, stderr } = await start(place.dir, args, env ?? {});
    expect({ code, stderr, stdout }).toMatchObject({ code: mistake.code });
    expectWords(stderr, mistake.says);
    expectWords(stdout, mistake.shows);
    for (const word of mistake.not ?? []) expect(stdout + stderr).not.toMatch(word);
    mistake.after?.();
    // Nothing that only a programmer reads, and no advice to continue what never began.
    expect(stderr).not.toMatch(/\n\s+at |\bE(NOENT|ACCES|ISDIR|NOTDIR|ROFS)\b|undefined|\[object|YError/);
    if (code === 2) expect(stderr).not.toContain('resume');
  });
});
