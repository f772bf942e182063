import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  csv,
  id,
  people,
  person,
  withFront,
  world,
  type AnswerInstead,
  type Run,
  type World,
} from '../../support/world.js';

const WORDS = 'no such luck for Ada Lovelace <ada@example.com>';
const EDITS = csv(['contact_id', 'title'], [[id(1), 'New']]);
const said = (status: number) => ({ status, body: JSON.stringify({ error: { code: 'no', message: WORDS } }) });

async function behindWords(it: World, answer: AnswerInstead, ...flags: string[]): Promise<Run> {
  let run: Run | undefined;
  await withFront(it, answer, async () => void (run = await it.sync(EDITS, '--log-level', 'debug', ...flags)));
  return run!;
}

function expectNoWords(run: Run): void {
  expect(run.stderr + run.log + JSON.stringify(run.runDir === undefined ? null : run.summary)).not.toMatch(/Ada|luck/);
}

describe('what the API says of a request that the run cannot do without is in a file of the run alone:', () => {
  test.each<[string, AnswerInstead, number, string]>([
    [
      'a list that it refuses',
      ({ path: at }) => (at.endsWith('/list') ? said(422) : undefined),
      2,
      'the API refused a request that the run cannot do without: [POST] /v1/preview/contacts/list: 422',
    ],
    [
      'a key that it refuses',
      ({ path: at }) => (at.endsWith('/list') ? said(401) : undefined),
      7,
      'the API refuses the key: [POST] /v1/preview/contacts/list: 401',
    ],
    [
      'an outage of one request',
      ({ path: at }) => (at.endsWith('/list') ? said(503) : undefined),
      4,
      'the API did not answer after 1 attempts: [POST] /v1/preview/contacts/list: 503',
    ],
  ])('%s', (_, answer, code, message) =>
    world({ contacts: people(1) }, async (it) => {
      const run = await behindWords(it, answer, '--reads', 'list', '--retries', '0');
      expect(run.code).toBe(code);
      expect(run.stderr).toContain(message);
      expect(run.summary.error).toContain(message);
      expectNoWords(run);
      const file = path.join(run.runDir ?? '', 'answers.ndjson');
      expect(run.stderr).toContain(`what the API said is in ${path.relative(it.dir, file)}`);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 1, words: `no: ${WORDS}` });
    })(),
  );

  test('a filter that it refuses, after which contacts are read another way', () =>
    world({ contacts: people(1) }, async (it) => {
      const filtered: AnswerInstead = ({ path: at }) => (at.endsWith('/list') && first-- > 0 ? said(400) : undefined);
      let first = 1;
      const edits = csv(
        ['contact_id', 'title'],
        [
          [id(1), 'New'],
          [id(2), 'New'],
          [id(3), 'New'],
          [id(4), 'New'],
        ],
      );
      let run: Run | undefined;
      await withFront(it, filtered, async () => void (run = await it.sync(edits, '--log-level', 'debug')));
      expect(run!.stderr).toContain(
        'switching to another way of reading why=the API did not take a filter on ids: [POST] /v1/preview/contacts/list: 400',
      );
      expectNoWords(run!);
      expect(await readFile(path.join(run!.runDir ?? '', 'answers.ndjson'), 'utf8')).toContain(WORDS);
    })());
});

test('what the API says of a row is in its result and in rejected.csv, and no other file is made for it', () =>
  world({ contacts: people(1) }, async (it) => {
    const run = await behindWords(it, ({ method }) => (method === 'PATCH' ? said(422) : undefined));
    expect(run.code).toBe(3);
    expect(run.results[0]?.error?.message).toContain(WORDS);
    expect(run.rejectedText).toContain(WORDS);
    expectNoWords(run);
    expect(existsSync(path.join(run.runDir ?? '', 'answers.ndjson'))).toBe(false);
  })());

describe('the log names contacts by ids that tell nothing of a person:', () => {
  test.each([
    ['a UUID', id(1), true],
    ['con_ and what no person chose', 'con_8fK2xQ9a', true],
    ['an e-mail address', 'ada@example.com', false],
    ['a name', 'con_AdaLovelace', false],
    ['a phone number', '+442071234567', false],
  ])('%s', (_, contactId, isShown) =>
    world({ contacts: [{ ...person(1), id: contactId }] }, async (it) => {
      await it.write('edits.csv', csv(['contact_id', 'title'], [[contactId, 'New']]));
      let [gets, patches] = [0, 0];
      const shaky: AnswerInstead = ({ method, path: at }) => {
        if (method === 'GET' && at.includes('/contacts/')) return gets++ === 0 ? said(503) : undefined;
        return method === 'PATCH' && patches++ === 0 ? said(503) : undefined;
      };
      let run: Run | undefined;
      const flags = ['--id-format', 'any', '--reads', 'get', '--timeout', '2s', '--log-level', 'debug'];
      await withFront(it, shaky, async () => void (run = await it.cli('sync', 'edits.csv', ...flags)));
      expect(run!.code).toBe(0);
      for (const text of [run!.log, run!.stderr]) {
        expect(text).toContain('retrying');
        const ended = text.split('\n').find((line) => line.includes('row done'));
        expect(ended).toMatch(/\brow\W{1,2}1\b/);
        expect(ended).toMatch(/\bline\W{1,2}2\b/);
        const forms = [contactId, encodeURIComponent(contactId)];
        expect(forms.some((form) => text.includes(form))).toBe(isShown);
      }
      expect(run!.results[0]?.contact_id).toBe(contactId);
    })(),
  );
});

test('an error about a value of a file of contacts names line and field, and quotes nothing', () =>
  world({ contacts: people(1) }, async (it) => {
    const base = await it.write('base.csv', csv(['contact_id', 'do_not_contact'], [[id(1), 'Ada "the" Lovelace']]));
    const run = await it.sync(EDITS, '--base', base);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('base.csv: line 2: do_not_contact: got "…", expected');
    expect(run.stderr).not.toContain('Ada');
  })());
