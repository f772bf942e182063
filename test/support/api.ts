import http, { type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient, Transport, type ClientOptions } from '../../src/core/api/client.js';
import type { TransportOptions } from '../../src/core/api/transport-options.js';
import { newBudget, type BudgetOptions } from '../../src/core/budget/new-budget.js';
import { MACHINE_CLOCK } from '../../src/core/model/clock.js';
import type { OnEvent } from '../../src/core/model/events.js';
import { ContactsApi } from '../../src/core/contacts/contacts-api.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/start-sandbox.js';
import { SANDBOX_KEY, SANDBOX_PREFIX } from '../../src/sandbox/defaults.js';
import type { SandboxOptions } from '../../src/sandbox/options.js';

/** No rate of its own, and no end. */
export const BUDGET: BudgetOptions = {
  ...{ rate: undefined, reserve: { count: 0 }, concurrency: 4 },
  ...{ maxRequests: undefined, deadlines: [], outageLimit: 60_000 },
};

/** Hears nothing of what happens. */
export const unheard: OnEvent = () => undefined;

/** What a client of a test may be told. */
export type TestOptions = Partial<ClientOptions & TransportOptions & { prefix: string; budget: BudgetOptions }>;

/** A client and its typed endpoints, closed with `client.close()`. */
export function apiAt(baseUrl: string, options: TestOptions = {}): { client: ApiClient; api: ContactsApi } {
  const { prefix = SANDBOX_PREFIX, budget = BUDGET, clock = MACHINE_CLOCK, onEvent = unheard } = options;
  const { concurrency, deadlines } = budget;
  const transport = new Transport({
    ...{ baseUrl, key: SANDBOX_KEY, timeoutMs: 5000, concurrency, deadlines, onEvent },
    ...options,
  });
  const paced = newBudget(budget, { probe: () => transport.probe(), onEvent, clock });
  const client = new ApiClient(transport, paced, { retries: 0, stop: new AbortController(), onEvent, ...options });
  return { client, api: new ContactsApi(client, prefix) };
}

/** Runs a test against a sandbox of its own and a client of it. */
export async function withApi(
  options: SandboxOptions,
  use: (parts: { sandbox: Sandbox; api: ContactsApi; client: ApiClient }) => Promise<void>,
  clientOptions: TestOptions = {},
): Promise<void> {
  const sandbox = await startSandbox(options);
  const { client, api } = apiAt(sandbox.url, { key: sandbox.key, ...clientOptions });
  try {
    await use({ sandbox, api, client });
  } finally {
    client.close();
    await sandbox.close();
  }
}

/** What a server of a test was asked. */
export interface Asked {
  method: string;
  url: string;
  authorization: string | undefined;
}

/** Runs a test against a real server that does what no sandbox does. */
export async function withServer(
  handle: RequestListener,
  use: (server: { url: string; asked: Asked[] }) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    asked.push(describeRequest(request));
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A server whose answers are given in advance, one a request; the last one goes for all that follow. */
export function answers(
  ...list: { status: number; headers?: Record<string, string>; body?: unknown }[]
): RequestListener {
  let next = 0;
  return (request, response) => {
    const { status, headers = {}, body = '' } = list[Math.min(next++, list.length - 1)]!;
    request.resume().on('end', () => {
      response.writeHead(status, headers);
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  };
}

function describeRequest({ method = '', url = '', headers }: IncomingMessage): Asked {
  return { method, url, authorization: headers.authorization };
}
