import type { Contact } from '../../src/core/contacts/types.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/start-sandbox.js';
import type { SandboxOptions } from '../../src/sandbox/options.js';

/** An answer with its JSON body already read. */
export interface Answer {
  status: number;
  headers: Headers;
  body: {
    data?: unknown;
    pagination?: unknown;
    error?: { code: string; message: string };
    detail?: string;
    [key: string]: unknown;
  };
}

/** Runs a test against a sandbox of its own, closed whatever happens. */
export async function withSandbox(options: SandboxOptions, use: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await use(sandbox);
  } finally {
    await sandbox.close();
  }
}

export function request(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(sandbox.url + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${sandbox.key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

export async function call(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await request(sandbox, method, path, body);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

export function patch(sandbox: Sandbox, id: string, body: unknown): Promise<Answer> {
  return call(sandbox, 'PATCH', `/v1/preview/contacts/${encodeURIComponent(id)}`, body);
}

export function list(sandbox: Sandbox, body: unknown): Promise<Answer> {
  return call(sandbox, 'POST', '/v1/preview/contacts/list', body);
}

export function contactsOf(answer: Answer): Contact[] {
  return answer.body.data as Contact[];
}
