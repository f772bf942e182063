import type { OnEvent, SyncEvent } from '../../../src/core/model/events.js';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Call } from '../../../src/core/api/call.js';
import { MACHINE_CLOCK } from '../../../src/core/model/clock.js';
import { answers, apiAt, BUDGET, withServer, type TestOptions } from '../../support/api.js';
import { LeapingClock } from '../../support/clock.js';

const GOOD = { status: 200, body: { data: 'yes' } };

const me: Call<unknown> = {
  ...{ kind: 'me', method: 'GET', path: '/v1/me' },
  parse(body) {
    const { data } = body as { data?: unknown };
    if (data === undefined) throw new Error('no data');
    return data;
  },
};

// Full jitter with its dice nailed to 0: retries follow at once.
beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void jest.restoreAllMocks());

const NOW = Date.parse('2026-03-01T10:00:00Z');
/** The server's clock agrees with ours. */
const DATE = { date: new Date(NOW).toUTCString() };

/** Makes one call to a server with these answers. `waited` is what passed on its clock, milliseconds. */
async function ask(list: Parameters<typeof answers>, options: TestOptions = {}) {
  const outcome = { asked: 0, traffic: { requests: 0, retries: 0, rateLimited: 0 }, waitedMs: 0, waited: 0 };
  let reply: unknown;
  const onEvent: OnEvent = (event) => {
    if (event.type === 'request') outcome.traffic.requests++;
    else if (event.type === 'retry') outcome.traffic.retries++;
    else if (event.type === 'response' && event.status === 429) outcome.traffic.rateLimited++;
    else if (event.type === 'waited') outcome.waitedMs += event.ms;
  };
  await withServer(answers(...list), async ({ url, asked }) => {
    const clock = new LeapingClock(NOW);
    const { client } = apiAt(url, { clock, onEvent, ...options });
    try {
      reply = await client.call(me);
    } finally {
      client.close();
    }
    Object.assign(outcome, { asked: asked.length, waited: clock.waited });
  });
  return { ...outcome, reply };
}

test('a call carries the key and gives what its parser takes from the answer', () =>
  withServer(answers(GOOD), async ({ url, asked }) => {
    const { client } = apiAt(`${url}/base/`, { key: 'mks_k' });
    expect(await client.call(me)).toEqual({ kind: 'ok', value: 'yes', status: 200, attempts: 1 });
    expect(asked).toEqual([{ method: 'GET', url: '/base/v1/me', authorization: 'Bearer mks_k' }]);
    client.close();
  }));

describe('an answer that repeating cannot heal is final:', () => {
  test.each([
    [400, 'refused'],
    [402, 'refused'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'refused'],
    [409, 'conflict'],
    [410, 'not_found'],
    [413, 'refused'],
    [422, 'refused'],
    [501, 'refused'],
    [505, 'refused'],
  ])('%d is %s', async (status, verdict) => {
    const body = { error: { code: 'why', message: 'because' } };
    const { reply, asked, traffic } = await ask([{ status, body }], { retries: 3 });
    expect(reply).toEqual({
      ...{ kind: 'refused', verdict, status, attempts: 1 },
      ...{ message: `[GET] /v1/me: ${status} why: because`, answer: `[GET] /v1/me: ${status}`, words: 'why: because' },
    });
    expect(asked).toBe(1);
    expect(traffic).toMatchObject({ requests: 1, retries: 0 });
  });
});

describe('an answer that may heal is asked for again', () => {
  test.each([408, 425, 500, 502, 503, 504, 520, 599])('after %d', async (status) => {
    const { reply, asked, traffic } = await ask([{ status }, { status }, GOOD], { retries: 2 });
    expect(reply).toEqual({ kind: 'ok', value: 'yes', status: 200, attempts: 3 });
    expect(asked).toBe(3);
    expect(traffic).toMatchObject({ requests: 3, retries: 2 });
  });

  test('until the retries are used up', async () => {
    const { reply, asked } = await ask([{ status: 503, body: '<html>sorry</html>' }], { retries: 2 });
    expect(reply).toEqual({
      ...{ kind: 'unanswered', code: 'http_503', status: 503, attempts: 3 },
      ...{ message: '[GET] /v1/me: 503 (an HTML page)', answer: '[GET] /v1/me: 503', words: '(an HTML page)' },
    });
    expect(asked).toBe(3);
  });

  test('never, with --retries 0', async () => {
    expect((await ask([{ status: 503 }, GOOD])).asked).toBe(1);
  });
});

describe('a 200 is no success', () => {
  test.each([
    ['that is not JSON', '<html>Please stand by</html>', '(an HTML page)'],
    ['that is cut off', '{"data":', '{"data":'],
    ['that is empty', '', ''],
  ])('%s, and worth another try', async (_what, body, words) => {
    const bad = { status: 200, body };
    const answer = '[GET] /v1/me: 200, but the body is not the JSON that was expected';
    expect((await ask([bad], { retries: 1 })).reply).toEqual({
      ...{ kind: 'unanswered', code: 'bad_answer', status: 200, attempts: 2 },
      ...{ message: `${answer} ${words}`.trimEnd(), answer, words },
    });
    expect((await ask([bad, GOOD], { retries: 1 })).reply).toMatchObject({ kind: 'ok', attempts: 2 });
  });

  test.each([
    ['that has no data', '{"errors":[{"message":"No"}]}'],
    ['that is null', 'null'],
  ])('%s: the API would say it again, and is not asked', async (_what, body) => {
    const answer = '[GET] /v1/me: 200, but the body is not the JSON that was expected';
    expect((await ask([{ status: 200, body }], { retries: 5 })).reply).toEqual({
      ...{ kind: 'unanswered', code: 'bad_answer', status: 200, isFinal: true, attempts: 1 },
      ...{ message: `${answer} ${body}`, answer, words: body },
    });
  });
});

test('a redirect is never followed, so that the key goes nowhere else', () =>
  withServer(answers(GOOD), (elsewhere) =>
    withServer(
      answers(
        GOOD,
        ...[301, 302, 303, 307, 308].map((status) => ({ status, headers: { location: `${elsewhere.url}/v1/me` } })),
      ),
      async ({ url }) => {
        const { client } = apiAt(url, { retries: 2 });
        await client.call(me);
        for (const status of [301, 302, 303, 307, 308]) {
          expect(await client.call(me)).toMatchObject({ kind: 'refused', verdict: 'refused', status, attempts: 1 });
        }
        expect(elsewhere.asked).toEqual([]);
        client.close();
      },
    ),
  ));

test('401 stops everything, and the message shows neither the key nor what the API says', () =>
  withServer(answers({ status: 401, body: { detail: 'No key found' } }), async ({ url, asked }) => {
    const { client } = apiAt(url, { key: 'mks_secret0123', retries: 3 });
    const failure = await client.call(me).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({
      ...{ code: 'key_refused', kind: 'key' },
      message: 'the API refuses the key: [GET] /v1/me: 401',
      facts: { answer: '[GET] /v1/me: 401', words: 'No key found' },
    });
    expect(asked).toHaveLength(1);
    client.close();
  }));

describe('a connection', () => {
  test('that is cut is tried again', () => {
    let requests = 0;
    return withServer(
      (request, response) => {
        if (++requests < 3) request.socket.destroy();
        else response.end('{"data": 1}');
      },
      async ({ url }) => {
        const { client } = apiAt(url, { retries: 2 });
        expect(await client.call(me)).toEqual({ kind: 'ok', value: 1, status: 200, attempts: 3 });
        client.close();
      },
    );
  });

  test('that nobody accepts any more is unanswered', async () => {
    let client: ReturnType<typeof apiAt>['client'] | undefined;
    await withServer(answers(GOOD), async ({ url }) => {
      ({ client } = apiAt(url, { retries: 1 }));
      await client.call(me);
    });
    expect(await client?.call(me)).toMatchObject({ kind: 'unanswered', code: 'ECONNREFUSED', attempts: 3 });
    client?.close();
  });

  test('that nobody ever accepted ends everything, without a retry', async () => {
    let gone = '';
    await withServer(answers(GOOD), ({ url }) => Promise.resolve(void (gone = url)));
    let requests = 0;
    const { client } = apiAt(gone, { retries: 3, onEvent: ({ type }) => void (type === 'request' && requests++) });
    await expect(client.call(me)).rejects.toMatchObject({
      ...{ code: 'connection_impossible', kind: 'usage' },
      facts: { cause: 'nothing_listens', baseUrl: gone, host: new URL(gone).host, detail: 'ECONNREFUSED' },
    });
    expect(requests).toBe(1);
    client.close();
  });

  test('on which no answer comes is given up after the timeout', () =>
    withServer(
      () => undefined,
      async ({ url }) => {
        const { client } = apiAt(url, { timeoutMs: 100 });
        const reply = await client.call(me);
        expect(reply).toMatchObject({ kind: 'unanswered', code: 'ETIMEDOUT', attempts: 1 });
        expect(reply).not.toHaveProperty('status');
        client.close();
      },
    ));
});

describe('429', () => {
  test('waits as long as Retry-After says, and is no retry', async () => {
    const limited = { status: 429, headers: { 'retry-after': '100' } };
    const { reply, traffic, waitedMs, waited } = await ask([limited, limited, limited, GOOD], { retries: 0 });
    expect(reply).toEqual({ kind: 'ok', value: 'yes', status: 200, attempts: 4 });
    expect(traffic).toMatchObject({ requests: 4, retries: 0, rateLimited: 3 });
    expect(waited).toBeGreaterThanOrEqual(300_000);
    // Time to spare after each wait, for a server whose clock is a little behind.
    expect(waited).toBeLessThanOrEqual(300_000 + 3 * 1000);
    expect(waitedMs).toBe(waited);
  });

  test('without Retry-After waits until X-RateLimit-Reset', async () => {
    const reset = { status: 429, headers: { ...DATE, 'x-ratelimit-reset': String(NOW + 300_000) } };
    const { reply, waitedMs, waited } = await ask([reset, GOOD]);
    expect(reply).toMatchObject({ kind: 'ok', attempts: 2 });
    expect(waited).toBeGreaterThanOrEqual(300_000);
    expect(waited).toBeLessThanOrEqual(300_000 + 1000);
    expect(waitedMs).toBe(waited);
  });

  test.each([3_600_000, -3_600_000, 86_400_000, -86_400_000])(
    'is waited for as long though the wall clock is set by %d ms meanwhile',
    (ms) => {
      const clock = new LeapingClock(NOW);
      const headers = { ...DATE, 'x-ratelimit-reset': String((NOW + 300_000) / 1000) };
      const answer = answers({ status: 429, headers }, GOOD);
      return withServer(
        (request, response) => {
          clock.step(ms);
          answer(request, response);
        },
        async ({ url }) => {
          const { client } = apiAt(url, { clock });
          expect(await client.call(me)).toMatchObject({ kind: 'ok', attempts: 2 });
          // A server's clock is told in whole seconds.
          expect(clock.waited).toBeGreaterThanOrEqual(299_000);
          expect(clock.waited).toBeLessThanOrEqual(303_000);
          client.close();
        },
      );
    },
  );

  test('that names no time waits longer each time, and is no retry', async () => {
    const bare = { status: 429, body: '<html>' };
    const { reply, traffic, waited } = await ask([bare, bare, GOOD], { retries: 0 });
    expect(reply).toMatchObject({ kind: 'ok', attempts: 3 });
    expect(traffic).toMatchObject({ retries: 0, rateLimited: 2 });
    expect(waited).toBeGreaterThanOrEqual(250 + 500);
  });

  test('leaves the retries to failures', async () => {
    const limited = { status: 429, headers: { 'retry-after': '5' } };
    const { reply, asked } = await ask([limited, { status: 503 }, limited, GOOD], { retries: 1 });
    expect([reply, asked]).toEqual([{ kind: 'ok', value: 'yes', status: 200, attempts: 4 }, 4]);
  });

  test('closes the gate for every call, and an abort ends the wait at once', () =>
    withServer(answers({ status: 429, headers: { 'retry-after': '3600' } }), async ({ url, asked }) => {
      const stop = new AbortController();
      const { client } = apiAt(url, { stop });
      const ends = Promise.allSettled([client.call(me), client.call(me)]);
      await untilAsked(asked, 2);
      stop.abort(new Error('enough'));
      expect((await ends).map((end) => end.status)).toEqual(['rejected', 'rejected']);
      client.close();
      const late = apiAt(url, { stop });
      await expect(late.client.call(me)).rejects.toThrow('enough');
      expect(asked).toHaveLength(2);
    }));
});

test('a budget that is used up stops the run, which is told once', async () => {
  await withServer(answers(GOOD), async ({ url, asked }) => {
    const stop = new AbortController();
    const events: SyncEvent[] = [];
    const onEvent: OnEvent = (event) => void (event.type === 'warning' && events.push(event));
    const { client } = apiAt(url, { stop, onEvent, budget: { ...BUDGET, maxRequests: 1 } });
    await client.call(me);
    const ends = await Promise.allSettled([client.call(me), client.call(me)]);
    const refused: unknown = expect.objectContaining({ code: 'max_requests' });
    expect(ends).toEqual([
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
    ]);
    expect(stop.signal.reason).toEqual(refused);
    expect(events).toEqual([{ type: 'warning', code: 'budget_spent', facts: { why: 'max_requests', limit: 1 } }]);
    expect(asked).toHaveLength(1);
    client.close();
  });
});

test('a call that would begin too late is told so, with what was made of it before', async () => {
  await withServer(answers(GOOD), async ({ url, asked }) => {
    const { client } = apiAt(url, { clock: new LeapingClock(NOW) });
    const earlier = { attempts: 2, retried: 1, lostAt: 5 };
    expect(await client.call({ ...me, until: NOW, earlier })).toEqual({ kind: 'late', earlier });
    expect(asked).toEqual([]);
    client.close();
  });
});

test('an allowance that is used up closes the gate before the API has to refuse a call', async () => {
  const last = {
    ...GOOD,
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.now() + 60_000) },
  };
  await withServer(answers(last), async ({ url, asked }) => {
    const stop = new AbortController();
    const { client } = apiAt(url, { stop });
    await client.call(me);
    const next = client.call(me);
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow();
    expect(asked).toHaveLength(1);
    client.close();
  });
});

/** Resolves when so many requests have arrived. */
async function untilAsked(asked: readonly unknown[], count: number): Promise<void> {
  while (asked.length < count) await new Promise((resolve) => setImmediate(resolve));
}

describe('a PATCH without an answer', () => {
  const patch: Call<unknown> = { ...me, kind: 'patch', method: 'PATCH', json: { title: 'New' } };

  /** Makes the PATCH, and tells when it was sent that may still be carried out. */
  async function lostAt(baseUrl: string, options: TestOptions = {}) {
    const { client } = apiAt(baseUrl, { timeoutMs: 2000, ...options });
    const reply = await client.call(patch);
    client.close();
    const { kind, attempts, lostAt: time } = reply;
    return { kind, attempts, ...(time === undefined ? {} : { lostAt: time }) };
  }

  test('may have been carried out where the connection was cut, and has a time', () =>
    withServer(
      (request) => request.socket.destroy(),
      async ({ url }) => {
        const before = MACHINE_CLOCK.monotonic();
        const { lostAt: time = 0, kind } = await lostAt(url);
        expect([kind, time >= before, time <= MACHINE_CLOCK.monotonic()]).toEqual(['unanswered', true, true]);
      },
    ));

  test.each([502, 503, 504])('that a gateway may have passed on, answering %d, may have been as well', (status) =>
    withServer(answers({ status }), async ({ url }) => {
      expect(await lostAt(url)).toEqual({ kind: 'unanswered', lostAt: expect.any(Number), attempts: 1 });
    }),
  );

  test('keeps the time of the request that was lost where a later one was answered', () =>
    withServer(answers({ status: 504 }, GOOD), async ({ url }) => {
      expect(await lostAt(url, { retries: 1 })).toEqual({ kind: 'ok', lostAt: expect.any(Number), attempts: 2 });
    }));

  test('may have been on a connection that was open before, even if the server has left it', () => {
    let requests = 0;
    return withServer(
      (request, response) => void (++requests === 1 ? response.end('{"data": 1}') : request.socket.destroy()),
      async ({ url }) => {
        const { client } = apiAt(url);
        expect(await client.call(patch)).not.toHaveProperty('lostAt');
        expect(await client.call(patch)).toMatchObject({ kind: 'unanswered', lostAt: expect.any(Number) });
        client.close();
      },
    );
  });

  test('was surely not where nobody accepted the connection', async () => {
    let client: ReturnType<typeof apiAt>['client'] | undefined;
    // The next request needs a connection of its own.
    await withServer(answers({ ...GOOD, headers: { connection: 'close' } }), async ({ url }) => {
      ({ client } = apiAt(url, { retries: 1 }));
      await client.call(me);
    });
    const reply = await client?.call(patch);
    expect(reply).toMatchObject({ kind: 'unanswered', code: 'ECONNREFUSED', attempts: 2 });
    expect(reply).not.toHaveProperty('lostAt');
    client?.close();
  });

  test('is not given up as impossible once it may have been carried out', async () => {
    const server = createServer(
      (socket) =>
        void socket
          .on('error', () => undefined)
          .once('data', () => {
            socket.destroy();
            server.close();
          }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await lostAt(`http://127.0.0.1:${port}`, { retries: 1 })).toEqual({
      ...{ kind: 'unanswered', attempts: 2, lostAt: expect.any(Number) },
    });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['was cut', (socket) => void socket.once('data', () => socket.destroy())],
    ['did not come about in time', () => undefined],
  ])('was surely not where the handshake of TLS %s', async (_how, meet) => {
    const received: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', (data) => received.push(data.toString('latin1')));
      meet(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await lostAt(`https://127.0.0.1:${port}`)).toEqual({ kind: 'unanswered', attempts: 1 });
    expect(received.join('')).not.toContain('PATCH');
    server.close();
  });

  test('was surely not where the API refused it for the rate limit', () =>
    withServer(answers({ status: 429, headers: { 'retry-after': '0.05' } }, GOOD), async ({ url }) => {
      expect(await lostAt(url)).toEqual({ kind: 'ok', attempts: 2 });
    }));
});
