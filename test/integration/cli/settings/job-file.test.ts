import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readJob, type Job } from '../../../../src/cli/settings/job-file.js';
import { resolveSettings } from '../../../../src/cli/settings/resolve.js';
import { inTempDir } from '../../../support/temp.js';

function read(file: string): Job {
  return readJob(file, { env: {} });
}

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
    const { settings } = resolveSettings({ job: read(file) });
    expect(settings).toMatchObject({
      dryRun: true,
      concurrency: 4,
      map: ['A=title'],
      skipEquivalent: ['email'],
    });
  }));

test('paths are relative to the job file, and - is standard input', async () => {
  await withJob({ csv: 'edits.csv', 'runs-dir': '../runs' }, (file, dir) => {
    expect(read(file)).toEqual({
      ...{ file, csv: path.join(dir, 'edits.csv') },
      values: { runsDir: path.resolve(dir, '../runs') },
      lines: { runsDir: 1 },
    });
  });
  await withJob({ csv: '-' }, (file) => expect(read(file).csv).toBe('-'));
  await withJob({ csv: '/data/edits.csv' }, (file) => expect(read(file).csv).toBe('/data/edits.csv'));
});

test('all problems are told at once, with the nearest key', () =>
  withJob({ concurency: 4, csv: 5, 'dry-runs': true, colour: 'red' }, (file) => {
    expect(() => read(file)).toThrow(
      [
        `${file}: line 1: unknown key "concurency" (did you mean "concurrency"?)`,
        `${file}: line 1: csv: expected a path, got 5`,
        `${file}: line 1: unknown key "dry-runs" (did you mean "dry-run"?)`,
        `${file}: line 1: unknown key "colour"`,
      ].join('\n'),
    );
  }));

test('an API key in it is refused, and not shown', () =>
  withJob({ 'api-key': 'mks_topsecret0123456789', token: 'x' }, (file) => {
    const where =
      ': the API key comes only from CONTACT_SYNC_API_KEY or a file: CONTACT_SYNC_API_KEY_FILE, or api-key-file here';
    expect(() => read(file)).toThrow(
      `${file}: line 1: unknown key "api-key"${where}\n${file}: line 1: unknown key "token"${where}`,
    );
    expect(() => read(file)).not.toThrow('topsecret');
  }));

test('a file that is not there, is no JSON, or no object is refused with exit code 2', async () => {
  await withJob('', (file) => {
    expect(() => read(`${file}.gone`)).toThrow(`--job ${file}.gone: no such file (did you mean "${file}"?)`);
  });
  await withJob('{"csv": ', (file) => {
    expect(() => read(file)).toThrow(`${file}: line 1, column 9: expected a value`);
    expect(() => read(file)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
  for (const other of ['[]', 'null', '"x"', '5']) {
    await withJob(other, (file) => expect(() => read(file)).toThrow(`${file}: expected a JSON object`));
  }
});

test('a key file in its place is not shown, nor is a key for its name', async () => {
  await withJob('Zk9.plain-secret_7Qx', (file) => {
    expect(() => read(file)).toThrow(`${file}: expected a JSON object such as`);
    expect(() => read(file)).not.toThrow(/Zk9|secret/);
  });
  await withJob('{"csv": "a.csv",\n  oops}', (file) => {
    expect(() => read(file)).toThrow(`${file}: line 2, column 3: expected a value or a key in double quotes`);
  });
  expect(() => read('Zk9.plain-secret_7Qx')).toThrow('--job: cannot be read: ENOENT. The value looks like an API key');
  expect(() => read('Zk9.plain-secret_7Qx')).not.toThrow(/Zk9|secret/);
});
