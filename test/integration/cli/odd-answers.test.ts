import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERP, TAGS, TIER, type Answer, type Answering, type Oddity, type Stored } from '../../support/odd-api.js';
import { OddRuns, type Expected } from '../../support/odd-runs.js';
import { id } from '../../support/world.js';

const runs = new OddRuns();
beforeAll(() => runs.open());
afterAll(() => runs.close());

type Row = [behaviour: string, oddity: Oddity, expected: Expected];

async function expectRun(
  oddity: Oddity,
  { file = 'all', flags = [], says = /(?:)/, after = 0, ...end }: Expected,
): Promise<void> {
  const { said, ...run } = await runs.sync(oddity, { file, flags });
  expect({ ...run, said }).toMatchObject({
    ...end,
    lies: [],
    after: { code: after, lacks: [] },
    said: expect.stringMatching(says),
  });
}

const answers =
  (status: number, body: object | string = '', headers = {}): Answering =>
  () => ({ status, body, headers });
/** Carries it out, and answers otherwise. */
const done =
  (make: (honest: Answer) => Answer): Answering =>
  ({ honest }) =>
    make(honest());

describe('a PATCH that is carried out and answered', () => {
  const G = { patch: 6, get: 6 };
  test.each<Row>([
    ['with 204', { answer: { patch: done(() => ({ status: 204 })) } }, { code: 0, ends: 'uuuuuu', calls: G }],
    [
      'with 200 and nothing',
      { answer: { patch: done(() => ({ status: 200 })) } },
      { code: 0, ends: 'uuuuuu', calls: G },
    ],
    ['with 202', { answer: { patch: done(() => ({ status: 202, body: {} })) } }, { code: 0, ends: 'uuuuuu', calls: G }],
    [
      'with an empty object',
      { answer: { patch: done(() => ({ status: 200, body: {} })) } },
      { code: 0, ends: 'uuuuuu', calls: G },
    ],
    [
      'with an HTML page',
      { answer: { patch: done(() => ({ status: 200, body: '<html>Sign in</html>' })) } },
      { code: 0, ends: 'uuuuuu', calls: G },
    ],
    [
      'with a bare contact',
      { answer: { patch: done(({ body }) => ({ status: 200, body: (body as { data: object }).data })) } },
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'with a byte order mark',
      { answer: { patch: done(({ body }) => ({ status: 200, body: `\ufeff${JSON.stringify(body)}` })) } },
      { code: 0, ends: 'uuuuuu', calls: { patch: 6 } },
    ],
    [
      'with another contact',
      { answer: { patch: done(() => ({ status: 200, body: { data: { id: id(99) } } })) } },
      { code: 0, ends: 'uuuuuu', calls: G },
    ],
    ['with its id alone', { show: (c, where) => (where === 'patch' ? { id: c.id } : c) }, { code: 0, ends: 'uuuuuu' }],
    [
      'with errors in a 200',
      { answer: { patch: done(() => ({ status: 200, body: { errors: [{ message: 'queued' }] } })) } },
      { code: 0, ends: 'uuuuuu', calls: G },
    ],
    [
      'with the old contact',
      {
        answer: {
          patch: ({ id, honest }) => {
            const old = structuredClone(runs.api.contacts.get(id));
            honest();
            return { status: 200, body: { data: old! } };
          },
        },
      },
      { code: 0, ends: 'uuuuuu', calls: G },
    ],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});

describe('a PATCH that is not carried out and answered', () => {
  test.each<Row>([
    [
      'with 200 and errors',
      { answer: { patch: answers(200, { errors: [{ message: 'No quota of words' }] }) } },
      { code: 3, ends: 'ffffff', says: /No quota of words/, calls: { patch: 6, get: 6 } },
    ],
    ['with 204', { answer: { patch: answers(204) } }, { code: 3, ends: 'ffffff', calls: { patch: 6, get: 6 } }],
    [
      'with a sign-in page',
      { answer: { patch: answers(200, '<html>') } },
      { code: 3, ends: 'ffffff', says: /HTML/, calls: { patch: 6, get: 6 } },
    ],
    ['with 202', { answer: { patch: answers(202, {}) } }, { code: 3, ends: 'ffffff' }],
    ['with the contact unchanged', { take: () => ({}) }, { code: 3, ends: 'uuuuuu', says: /not_kept/ }],
    [
      'with 403',
      { answer: { patch: answers(403, { detail: 'No' }) } },
      { code: 3, ends: 'ffffff', says: /not permitted/ },
    ],
    [
      'with 409',
      { answer: { patch: answers(409, { detail: 'duplicate' }) } },
      { code: 3, ends: 'cccccc', says: /duplicate/ },
    ],
    [
      'with 422 for null',
      {
        answer: {
          patch: ({ body }) =>
            Object.values(body).includes(null) ? { status: 422, body: { detail: 'no null' } } : undefined,
        },
      },
      { code: 3, ends: 'ufuufu', says: /no null/ },
    ],
    ['with 404', { answer: { patch: answers(404) } }, { code: 3, ends: 'nnnnnn' }],
    [
      'with a redirect',
      { answer: { patch: answers(307, '', { location: 'https://else.example/v2' }) } },
      { code: 3, ends: 'ffffff', says: /else\.example/ },
    ],
    [
      'with 503',
      { answer: { patch: ({ nth }) => (nth < 3 ? { status: 503 } : undefined) } },
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'with 429 for 1 second',
      { answer: { patch: ({ nth }) => (nth < 2 ? { status: 429, headers: { 'retry-after': '1' } } : undefined) } },
      { code: 0, ends: 'uuuuuu', calls: { patch: 7 } },
    ],
    [
      'with 403 for the quota',
      {
        answer: {
          patch: ({ nth }) =>
            nth < 2 ? { status: 403, body: { error: { code: 'quota_exceeded', message: 'x' } } } : undefined,
        },
      },
      { code: 0, ends: 'uuuuuu', calls: { patch: 7 } },
    ],
    [
      'with 403 and Retry-After',
      { answer: { patch: ({ nth }) => (nth < 2 ? { status: 403, headers: { 'retry-after': '1' } } : undefined) } },
      { code: 0, ends: 'uuuuuu', calls: { patch: 7 } },
    ],
    [
      'with 503 and Retry-After',
      { answer: { patch: ({ nth }) => (nth < 4 ? { status: 503, headers: { 'retry-after': '1' } } : undefined) } },
      { code: 0, ends: 'uuuuuu' },
    ],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});

/** Contacts of the list and of GETs. */
const shows = (change: (contact: Stored) => object, where: readonly string[] = ['list', 'get', 'patch']): Oddity => ({
  show: (c, w) => (where.includes(w) ? change(c) : c),
});
const custom =
  (change: (value: unknown, key: string) => unknown) =>
  (c: Stored): object => ({ ...c, [ERP]: change(c[ERP], ERP), [TIER]: change(c[TIER], TIER) });
const without =
  (...keys: string[]) =>
  (c: Stored): object =>
    Object.fromEntries(Object.entries(c).filter(([key]) => !keys.includes(key)));
const tags =
  (change: (names: string[]) => unknown) =>
  (c: Stored): object => ({ ...c, tags: change(c['tags'] as string[]) });
const idOf = (name: string) => TAGS.find((tag) => tag.name === name)!.id;

describe('contacts that show', () => {
  test.each<Row>([
    ['tags as ids', shows(tags((n) => n.map(idOf))), { code: 0, ends: 'uuuuuu' }],
    ['tags as {id,name}', shows(tags((n) => n.map((name) => ({ id: idOf(name), name })))), { code: 0, ends: 'uuuuuu' }],
    [
      'tags as {name,color}',
      shows(tags((n) => n.map((name) => ({ name, color: 'red' })))),
      { code: 0, ends: 'uuuuuu' },
    ],
    ['tags as text', shows(tags((n) => n.join(', '))), { code: 3, ends: 'uuffuu' }],
    ['tags as other objects', shows(tags((n) => n.map((x) => ({ x })))), { code: 3, ends: 'uuffuu' }],
    ['no tags key', shows(without('tags')), { code: 3, ends: 'uuffuu' }],
    ['no tags in the list', shows(without('tags'), ['list']), { code: 0, ends: 'uuuuuu' }],
    ['custom as {value}', shows(custom((value) => ({ value, reasoning: 'r' }))), { code: 0, ends: 'uuuuuu' }],
    [
      'custom as {id,name,value}',
      shows(custom((value, key) => ({ id: key.slice(13), name: 'X', value }))),
      { code: 0, ends: 'uuuuuu' },
    ],
    ['custom as a list of one', shows(custom((value) => [value])), { code: 0, ends: 'uuuuuu' }],
    [
      'custom nested by key',
      shows((c) => ({ ...without(ERP, TIER)(c), custom_fields: { [ERP]: c[ERP], [TIER]: c[TIER] } })),
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'custom nested by id',
      shows((c) => ({
        ...without(ERP, TIER)(c),
        custom_fields: { [ERP.slice(13)]: c[ERP], [TIER.slice(13)]: c[TIER] },
      })),
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'custom in a list of {id,name,value}',
      shows((c) => ({
        ...without(ERP, TIER)(c),
        custom_fields: [ERP, TIER].map((k) => ({ id: k.slice(13), name: 'X', value: c[k] })),
      })),
      { code: 0, ends: 'uuuuuu' },
    ],
    ['custom never', shows(without(ERP, TIER)), { code: 3, ends: 'uuuufu', says: /does not show/, after: 0 }],
    ['custom not in the list', shows(without(ERP, TIER), ['list']), { code: 0, ends: 'uuuuuu' }],
    ['custom not in the answer to a PATCH', shows(without(ERP, TIER), ['patch']), { code: 0, ends: 'uuuuuu' }],
    [
      'custom in the list where asked',
      {
        answer: {
          list: ({ body, honest }) => {
            const a = honest();
            if (body['include_custom_fields'] !== true)
              (a.body as { data: object[] }).data = (a.body as { data: Stored[] }).data.map(without(ERP, TIER));
            return a;
          },
        },
      },
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'custom, but refuses to be asked',
      {
        answer: {
          list: ({ body }) =>
            'include_custom_fields' in body ? { status: 422, body: { detail: 'extra' } } : undefined,
        },
      },
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'no empty values',
      shows((c) => Object.fromEntries(Object.entries(c).filter(([, v]) => v !== null))),
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'null as ""',
      shows((c) => Object.fromEntries(Object.entries(c).map(([k, v]) => [k, v ?? '']))),
      { code: 0, ends: 'uuuuuu' },
    ],
    [
      'an opt-out as 1',
      shows((c) => ({ ...c, do_not_contact: c['do_not_contact'] === true ? 1 : 0 })),
      { code: 0, ends: 'uuuuuu' },
    ],
    ['no updated_at', shows(without('updated_at')), { code: 0, ends: 'uuuuuu' }],
    ['ids in upper case', shows((c) => ({ ...c, id: c.id.toUpperCase() })), { code: 0, ends: 'uuuuuu' }],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});

const NO = { detail: 'No' };
const filterless = (status: number): Oddity => ({
  answer: { list: ({ body }) => ('filters' in body ? { status } : undefined) },
});
describe('reads', () => {
  test.each<Row>([
    ['filter 422', filterless(422), { code: 0, ends: 'uuuuuu' }],
    ['filter 502', filterless(502), { code: 0, ends: 'uuuuuu' }],
    ['filter 503', filterless(503), { code: 0, ends: 'uuuuuu' }],
    ['filter 504', filterless(504), { code: 0, ends: 'uuuuuu' }],
    [
      'filter hangs',
      { answer: { list: ({ body }) => ('filters' in body ? 'hang' : undefined) } },
      { code: 0, ends: 'uuuuuu' },
    ],
    ['schema 403', { answer: { schema: answers(403, NO) } }, { file: 'plain', code: 0, ends: 'uuuuuu' }],
    ['schema 404', { answer: { schema: answers(404, NO) } }, { file: 'plain', code: 0, ends: 'uuuuuu' }],
    ['schema 405', { answer: { schema: answers(405, NO) } }, { file: 'plain', code: 0, ends: 'uuuuuu' }],
    ['schema 403 custom', { answer: { schema: answers(403, NO) } }, { code: 7, ends: '......', says: /schema/ }],
    ['tags 403', { answer: { tags: answers(403, NO) } }, { code: 7, ends: '......', says: /tags/ }],
    [
      'tags 403, none needed',
      { answer: { tags: answers(403, NO) } },
      { file: 'plain', code: 0, ends: 'uuuuuu', calls: { patch: 6 } },
    ],
    ['tags 404', { answer: { tags: answers(404, NO) } }, { code: 2, ends: '......', says: /tags/ }],
    ['list 403', { answer: { list: answers(403, NO) } }, { file: 'plain', code: 0, ends: 'uuuuuu' }],
    ['list 404', { answer: { list: answers(404, NO) } }, { file: 'plain', code: 0, ends: 'uuuuuu' }],
    ['list 405', { answer: { list: answers(405, NO) } }, { file: 'plain', code: 0, ends: 'uuuuuu' }],
    [
      'list and schema 403',
      { answer: { list: answers(403, NO), schema: answers(403, NO) } },
      { file: 'plain', code: 0, ends: 'uuuuuu' },
    ],
    ['prefix /v1, one row', { prefix: '/v1' }, { file: 'one', code: 2, ends: '.', says: /--api-prefix \/v1/ }],
    [
      'prefix /v1, by get',
      { prefix: '/v1' },
      { file: 'plain', flags: ['--reads', 'get'], code: 2, ends: '......', says: /--api-prefix \/v1/ },
    ],
    ['prefix /v1', { prefix: '/v1' }, { file: 'plain', code: 2, ends: '......', says: /--api-prefix \/v1/ }],
    [
      'all missing',
      { answer: { get: answers(404, NO) } },
      { file: 'one', code: 3, ends: 'n', calls: { get: 1, list: 1 } },
    ],
    [
      'merged',
      { answer: { get: answers(200, { data: { id: id(2) } }) } },
      { file: 'one', code: 3, ends: 'f', says: /merged/, calls: { get: 1 } },
    ],
    ['403 on GET', { answer: { get: answers(403, NO) } }, { file: 'one', code: 3, ends: 'f', says: /not permit/ }],
    [
      '200 errors on GET',
      { answer: { get: answers(200, { errors: [{ message: 'Sorry' }] }) } },
      { file: 'one', code: 3, ends: 'f', says: /Sorry/, calls: { get: 1 } },
    ],
    [
      'reset on GET once',
      { answer: { get: ({ nth }) => (nth === 1 ? 'reset' : undefined) } },
      { file: 'one', code: 0, ends: 'u' },
    ],
    [
      'key refused',
      { answer: { list: answers(403, NO), schema: answers(403, NO), me: answers(403, NO) } },
      { file: 'plain', code: 7, ends: '......' },
    ],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});
