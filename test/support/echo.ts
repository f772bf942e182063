import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { behind, type World } from './world.js';

/** What a server may make of a text that it quotes. */
export interface Echo {
  body: string;
  reason?: string;
  headers?: Record<string, string>;
}

const json = (body: object): Echo => ({ body: JSON.stringify(body) });
const detail = (text: string): Echo => json({ detail: text });
const hex = (text: string): string => Buffer.from(text).toString('hex');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** Each letter as JSON may write it. */
const escaped = (text: string): string =>
  text.replace(/[^]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
const split = (text: string): string => text.replace(/.{4}/g, '$&\n');

/** The forms in which a server quotes something. */
export const FORMS: Readonly<Record<string, (text: string) => Echo>> = {
  plain: (text) => ({ body: `cannot do that: ${text}` }),
  'in code': (text) => json({ error: { code: text, message: 'no' } }),
  'in detail': (text) => json({ detail: [{ msg: 'no', input: text }] }),
  HTML: (text) => ({ body: `<html><h1>${text}</h1></html>` }),
  'in the reason phrase': (text) => ({ ...detail('no'), reason: text }),
  'in a header': (text) => ({
    ...detail('no'),
    headers: { 'x-echo': text, 'set-cookie': `was=${encodeURIComponent(text)}` },
  }),
  'URL-encoded': (text) => detail(encodeURIComponent(text)),
  base64: (text) => detail(base64(text)),
  hex: (text) => detail(hex(text)),
  'upper case': (text) => detail(text.toUpperCase()),
  'JSON-escaped': (text) => ({ body: `{"detail":"no \\"${escaped(text)}\\", ${escaped(escaped(text))}"}` }),
  'split by line breaks': (text) => detail(split(text)),
};

/** Bodies that are read each in their own way, with a text in every form at once, in the head as well. */
export const BODIES: Readonly<Record<string, (text: string) => Echo>> = Object.fromEntries(
  ['plain', 'in code', 'in detail', 'HTML'].map((name) => [
    name,
    (text) => {
      const forms = [
        text,
        text.toUpperCase(),
        encodeURIComponent(text),
        base64(text),
        hex(text),
        escaped(text),
        split(text),
      ];
      return { ...FORMS[name]!(forms.join(' ')), reason: text, headers: { 'x-echo': forms.slice(0, -1).join(' ') } };
    },
  ]),
);

/** Whether a text holds a secret in one of these forms. */
export function holds(text: string, secret: string): boolean {
  const small = text.toLowerCase();
  // The first and last letters of base64 depend on what stands beside the secret.
  const shifted = [0, 1, 2].map((by) => base64('x'.repeat(by) + secret).slice(by === 0 ? 0 : by + 1, -4));
  const needles = [secret, encodeURIComponent(secret), hex(secret), escaped(secret)].map((form) => form.toLowerCase());
  // Line breaks, and what JSON and CSV put before quotes.
  const bare = (word: string): string => word.toLowerCase().replace(/\\+[nrt]|[\s\\"]/g, '');
  return (
    needles.some((needle) => small.includes(needle)) ||
    bare(text).includes(bare(secret)) ||
    shifted.some((form) => text.includes(form))
  );
}

/** What a server that stands in front of the sandbox makes of a request: a status, and what it quotes; or it passes it on. */
export type Quote = (request: {
  method: string;
  path: string;
  key: string;
}) => { status: number; text: string } | undefined;

/** Puts a server before the sandbox that quotes something in a form, and points the world's CLI at it. */
export async function withEcho(
  world: World,
  form: (text: string) => Echo,
  quote: Quote,
  use: () => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => void answer(world, form, quote, request, response));
  await behind(world, server, use);
}

async function answer(
  { sandbox }: World,
  form: (text: string) => Echo,
  quote: Quote,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const sent = await textOf(request);
  const { method = '', url = '', headers } = request;
  const { authorization = '', 'content-type': type } = headers;
  const quoted = quote({ method, path: url, key: authorization.replace('Bearer ', '') });
  if (quoted) {
    const { body, reason, headers: more = {} } = form(quoted.text);
    const head = { 'content-type': 'application/json', ...more };
    response.writeHead(quoted.status, reason ?? 'No', head).end(body);
    return;
  }
  const passed = await fetch(sandbox.url + url, {
    method,
    headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(sent === '' ? {} : { body: sent }),
  });
  response.writeHead(passed.status, { 'content-type': 'application/json' }).end(await passed.text());
}
