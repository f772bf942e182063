import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redact, redactDeep, redactor } from '../../../src/core/model/redact.js';

/** Any key that an HTTP header can carry. */
const key = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 8,
  maxLength: 60,
});

function percent(text: string, all: boolean): string {
  if (!all) return encodeURIComponent(text);
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function html(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (letter) => names[letter]!);
}

const FORMS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  'in upper case': (text) => text.toUpperCase(),
  'in lower case': (text) => text.toLowerCase(),
  'in a URL': (text) => percent(text, false),
  'in a URL, all escaped': (text) => percent(text, true),
  'in a URL in lower case': (text) => percent(text, false).toLowerCase(),
  'in a URL within a URL': (text) => encodeURIComponent(percent(text, false)),
  'in JSON': (text) => JSON.stringify(text).slice(1, -1),
  'in JSON within JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'in JSON, all escaped': (text) =>
    [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'in HTML': html,
  'in hex': (text) => Buffer.from(text).toString('hex'),
  'in upper-case hex': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
  'in base64 in a URL': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
};

describe('the key is not left in a text', () => {
  // One expression a key: to compile it takes longer than to look at all of the forms.
  test('in any form', () => {
    fc.assert(
      fc.property(key, (secret) => {
        const clean = redactor(secret);
        for (const [name, write] of Object.entries(FORMS))
          expect([name, clean(`before ${write(secret)} after`)]).toEqual([name, 'before [key] after']);
      }),
    );
  });

  test('wrapped over lines, plain, in hex or in base64', () => {
    const width = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(key, width, fc.constantFrom('\n', '\r\n', '\n  ', '\\n', '\\r\\n'), (secret, at, end) => {
        const clean = redactor(secret);
        for (const name of ['plain', 'in hex', 'in base64']) {
          const text = FORMS[name]!(secret).replace(new RegExp(`.{${at}}(?=.)`, 'g'), `$&${end}`);
          expect([name, clean(`before ${text} after`)]).toEqual([name, 'before [key] after']);
        }
      }),
    );
  });

  test('in base64 of a text that has something around it: what is left tells less than two of its characters', () => {
    fc.assert(
      fc.property(key, fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), (secret, before, after) => {
        const left = redact(Buffer.from(before + secret + after).toString('base64'), secret).split('[key]');
        expect(left).toHaveLength(2);
        const length = Math.ceil((Buffer.byteLength(before) * 4) / 3) + Math.ceil((Buffer.byteLength(after) * 4) / 3);
        expect(left.join('').length - length).toBeLessThanOrEqual(5);
      }),
    );
  });
});

test('a text without the key stays as it is', () => {
  fc.assert(
    fc.property(key, fc.string(), (secret, text) => {
      fc.pre(!/mks_/i.test(text));
      fc.pre(text.length < 8);
      fc.pre(!text.toLowerCase().includes(secret.toLowerCase()));
      expect(redact(text, secret)).toBe(text);
    }),
  );
});

test('a short key is looked for as it is, and none at all is no reason to stop', () => {
  expect(redact('a 12 b', '12')).toBe('a [key] b');
  expect([redact('text', ''), redact('text', undefined)]).toEqual(['text', 'text']);
});

describe('a value', () => {
  const clean = redactor('12345678');

  test('is cleaned in depth: texts, names of properties, numbers that spell the key', () => {
    const value = { a: ['x 12345678', { 12345678: true }], n: 12345678, m: 12, none: null, nothing: undefined };
    expect(redactDeep(value, clean)).toEqual({
      ...{ a: ['x [key]', { '[key]': true }], n: '[key]', m: 12, none: null, nothing: undefined },
    });
  });

  test('may contain itself, and an error is a text', () => {
    const value: Record<string, unknown> = { why: new TypeError('no 12345678') };
    value['self'] = value;
    expect(redactDeep(value, clean)).toEqual({ why: 'TypeError: no [key]', self: '[circular]' });
  });

  test('may be nested however deeply', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    expect(JSON.stringify(redactDeep(deep, clean))).toMatch(/^\[+"\[…\]"\]+$/);
  });

  test('without the key stays as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('12345678') && !/mks_/i.test(JSON.stringify(value)));
        expect(JSON.stringify(redactDeep(value, clean))).toBe(JSON.stringify(value));
      }),
    );
  });
});
