import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readJob } from '../../../../src/cli/settings/job-file.js';
import { resolveSettings } from '../../../../src/cli/settings/resolve.js';
import { inTempDir } from '../../../support/temp.js';

/** Runs a test on a job file of this text. */
function withJob(content: unknown, use: (file: string, dir: string) => void): Promise<void> {
  return inTempDir(async (dir) => {
    const file = path.join(dir, 'nightly.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    use(file, dir);
  });
}

test('keys are flags, in dashes or in camel case', () =>
  withJob({ 'dry-run': true, skipEquivalent: 'email', concurrency: 4, map: ['A=title'] }, (file) => {
    const { settings } = resolveSettings({ job: readJob(file) });
    expect(settings).toMatchObject({
      dryRun: true,
      concurrency: 4,
      map: ['A=title'],
      skipEquivalent: ['email'],
    });
  }));

test('paths are relative to the job file, and - is standard input', async () => {
  await withJob({ csv: 'edits.csv', 'runs-dir': '../runs' }, (file, dir) => {
    expect(readJob(file)).toEqual({
      ...{ file, csv: path.join(dir, 'edits.csv') },
      values: { runsDir: path.resolve(dir, '../runs') },
    });
  });
  await withJob({ csv: '-' }, (file) => expect(readJob(file).csv).toBe('-'));
  await withJob({ csv: '/data/edits.csv' }, (file) => expect(readJob(file).csv).toBe('/data/edits.csv'));
});

test('all problems are told at once, with the nearest key', () =>
  withJob({ concurency: 4, csv: 5, 'dry-runs': true, colour: 'red' }, (file) => {
    expect(() => readJob(file)).toThrow(
      [
        `${file}: unknown key "concurency" (did you mean "concurrency"?)`,
        `${file}: csv: expected a path, got 5`,
        `${file}: unknown key "dry-runs" (did you mean "dry-run"?)`,
        `${file}: unknown key "colour"`,
      ].join('\n'),
    );
  }));

test('an API key in it is refused, and not shown', () =>
  withJob({ 'api-key': 'mks_topsecret0123456789', token: 'x' }, (file) => {
    const where =
      ': the API key comes only from CONTACT_SYNC_API_KEY or a file: CONTACT_SYNC_API_KEY_FILE, or api-key-file here';
    expect(() => readJob(file)).toThrow(`${file}: unknown key "api-key"${where}\n${file}: unknown key "token"${where}`);
    expect(() => readJob(file)).not.toThrow('topsecret');
  }));

test('a file that is not there, is no JSON, or no object is refused with exit code 2', async () => {
  await withJob('', (file) => {
    expect(() => readJob(`${file}.gone`)).toThrow(`--job ${file}.gone: cannot be read: ENOENT`);
  });
  await withJob('{"csv": ', (file) => {
    expect(() => readJob(file)).toThrow(`${file}: is not JSON:`);
    expect(() => readJob(file)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
  for (const other of ['[]', 'null', '"x"', '5']) {
    await withJob(other, (file) => expect(() => readJob(file)).toThrow(`${file}: expected a JSON object`));
  }
});

test('a key file in its place is not shown, nor is a key for its name', async () => {
  await withJob('Zk9.plain-secret_7Qx', (file) => {
    expect(() => readJob(file)).toThrow(`${file}: is not JSON: expected an object such as`);
    expect(() => readJob(file)).not.toThrow(/Zk9|secret/);
  });
  await withJob('{"csv": "a.csv",\n  oops}', (file) => {
    expect(() => readJob(file)).toThrow(`${file}: is not JSON: line 2, column 3`);
  });
  expect(() => readJob('Zk9.plain-secret_7Qx')).toThrow(
    '--job: cannot be read: ENOENT. The value looks like an API key',
  );
  expect(() => readJob('Zk9.plain-secret_7Qx')).not.toThrow(/Zk9|secret/);
});
