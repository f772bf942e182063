import type { OnEvent } from '../../../src/core/model/events.js';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { RequestListener } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { Call } from '../../../src/core/api/call.js';
import { parseAnswer, TooDeepError } from '../../../src/core/api/parse-answer.js';
import { BUDGET, apiAt, withServer } from '../../support/api.js';

const ID = '3c90c3cc-0d44-4b50-8888-8dd25736052a';
const MB = 1024 * 1024;

const patch: Call<unknown> = {
  ...{ kind: 'patch', method: 'PATCH', path: '/contacts/1', json: { title: 'x' } },
  parse: (body) => body,
};

/** JSON of so many bytes. */
const large = (bytes: number): Buffer => Buffer.from(JSON.stringify({ data: 'x'.repeat(bytes) }));
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

function answer(body: Buffer | string, headers: Record<string, string> = {}, status = 200): RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    // Without a length the body comes in chunks.
    response.write(body);
    response.end();
  };
}

describe('an answer larger than 64 MB is cut off, and not asked for again:', () => {
  test.each<[string, RequestListener]>([
    ['by gzip', answer(gzipSync(large(65 * MB)), { 'content-encoding': 'gzip' })],
    [
      'by brotli',
      answer(brotliCompressSync(large(65 * MB), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }), {
        'content-encoding': 'br',
      }),
    ],
    ['as it is', answer(large(65 * MB))],
    [
      'by its length, before any of its body',
      (request, response) => {
        request.resume();
        response.writeHead(200, { 'content-length': String(900 * MB) });
        response.write('{');
      },
    ],
  ])('%s', (_, handle) =>
    withServer(handle, async ({ url, asked }) => {
      const { client, api } = apiAt(url, { retries: 5 });
      expect(await api.getContact(ID)).toEqual({
        ...{ kind: 'unanswered', code: 'bad_answer', status: 200, isFinal: true, attempts: 1, words: '' },
        message: `[GET] /v1/preview/contacts/${ID}: 200, but the body cannot be used (larger than 64 MB)`,
        answer: `[GET] /v1/preview/contacts/${ID}: 200, but the body cannot be used (larger than 64 MB)`,
      });
      expect(asked).toHaveLength(1);
      client.close();
    }),
  );
});

test('an answer just within the limit is read', () =>
  withServer(
    answer(gzipSync(JSON.stringify({ data: { id: ID } })), { 'content-encoding': 'gzip' }),
    async ({ url }) => {
      const { client, api } = apiAt(url, { maxAnswerBytes: JSON.stringify({ data: { id: ID } }).length });
      expect(await api.getContact(ID)).toMatchObject({ kind: 'ok', value: { id: ID } });
      client.close();
    },
  ));

test('a write with an answer that is too large has ended, and nothing is written again', () =>
  withServer(answer(large(2000)), async ({ url, asked }) => {
    const { client } = apiAt(url, { maxAnswerBytes: 1000, retries: 5 });
    expect(await client.call(patch)).toEqual(expect.objectContaining({ isFinal: true, attempts: 1 }));
    expect(asked).toHaveLength(1);
    client.close();
  }));

test('a refusal that is too large is a refusal all the same', () =>
  withServer(answer(large(2000), {}, 422), async ({ url }) => {
    const { client } = apiAt(url, { maxAnswerBytes: 1000 });
    expect(await client.call(patch)).toMatchObject({
      ...{ kind: 'refused', status: 422, words: '(larger than 1000 bytes)' },
    });
    client.close();
  }));

test.each([
  ['too large', large(2000)],
  ['too deep', JSON.stringify({ data: 1 }).replace('1', deep(300))],
])('answers that are %s are no outage: the API is there', (_, body) =>
  withServer(answer(body), async ({ url }) => {
    const waits: string[] = [];
    const onEvent: OnEvent = (event) => void (event.type === 'waiting' && waits.push(event.for));
    const { client, api } = apiAt(url, { maxAnswerBytes: 1000, budget: { ...BUDGET, concurrency: 1 }, onEvent });
    for (let call = 0; call < 20; call++) {
      expect(await api.getContact(ID)).toMatchObject({ isFinal: true, attempts: 1 });
    }
    expect(waits).toEqual([]);
    client.close();
  }),
);

describe('JSON nested too deeply', () => {
  test.each([
    ['as a contact', `{"data":{"id":"${ID}","notes":${deep(200_000)}}}`],
    ['as the whole answer', deep(200_000)],
    ['and never closed', '['.repeat(200_000)],
  ])('is refused without a stack, %s', (_, body) =>
    withServer(answer(body), async ({ url }) => {
      const { client, api } = apiAt(url);
      expect(await api.getContact(ID)).toMatchObject({
        answer: `[GET] /v1/preview/contacts/${ID}: 200, but the body is JSON nested more than 200 levels deep`,
      });
      client.close();
    }),
  );

  test.each([400, 503])('in the text of a %d is cut', (status) =>
    withServer(answer(`{"detail":${deep(200_000)}}`, {}, status), async ({ url }) => {
      const { client, api } = apiAt(url);
      const reply = await api.getContact(ID);
      expect(reply).toMatchObject({ status, words: `{"detail":${deep(200_000)}}`.slice(0, 200) });
      client.close();
    }),
  );

  test.each([
    ['200 levels', deep(200), true],
    ['201 levels', deep(201), false],
    ['500 lists side by side', `[${Array(500).fill('[]').join()}]`, true],
    ['brackets in text', JSON.stringify('['.repeat(1000)), true],
    ['brackets behind an escaped quote', JSON.stringify(`"${'['.repeat(1000)}`), true],
    ['brackets behind escaped backslashes', JSON.stringify(['\\', '['.repeat(1000), '\\\\']), true],
    ['levels behind text that ends in a backslash', `["\\\\",${deep(201)}]`, false],
  ])('is told by levels alone: %s', (_, text, isFine) => {
    if (isFine) expect(parseAnswer(text)).toEqual(JSON.parse(text));
    else expect(() => parseAnswer(text)).toThrow(TooDeepError);
  });
});

test.each([
  ['a message', { error: { code: 'invalid', message: 'x'.repeat(2 * MB) } }],
  ['a detail', { detail: 'x'.repeat(2 * MB) }],
  ['a list of details', { detail: [{ msg: 'x'.repeat(2 * MB) }] }],
  ['something else', { other: 'x'.repeat(2 * MB) }],
])('an error text of megabytes is cut: %s', (_, body) =>
  withServer(answer(JSON.stringify(body), {}, 422), async ({ url }) => {
    const { client, api } = apiAt(url);
    const reply = await api.getContact(ID);
    expect(reply).toMatchObject({ kind: 'refused', status: 422 });
    expect((reply as { message: string }).message.length).toBeLessThan(600);
    client.close();
  }),
);

test('a body that trickles is cut off at the timeout', () =>
  withServer(
    (request, response) => {
      request.resume();
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    },
    async ({ url }) => {
      const { client, api } = apiAt(url, { timeoutMs: 1000 });
      expect(await api.getContact(ID)).toMatchObject({ kind: 'unanswered', code: 'ETIMEDOUT', attempts: 1 });
      client.close();
    },
  ));
