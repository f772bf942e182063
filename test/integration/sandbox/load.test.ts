import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { loadContacts } from '../../../src/sandbox/load-contacts.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import type { Contact } from '../../../src/core/contacts/types.js';
import { call, list, patch, withSandbox } from '../../support/sandbox-client.js';

const ID = seedContact(0).id;
const OTHER = seedContact(1).id;

async function load(name: string, text: string): Promise<Contact[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-load-'));
  try {
    await writeFile(join(folder, name), text);
    return await loadContacts(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a CSV of contacts is read by the types of the schema', async () => {
  const { seats, newsletter, interests, erpNumber } = CUSTOM_FIELDS;
  const contacts = await load(
    'contacts.csv',
    `\uFEFFid,First Name,do_not_contact,tags,scoring,${seats},${newsletter},Interests,${erpNumber},Account Tier,_status\r\n` +
      `${ID},"Zoë\nAnn",true,VIP; Customer,55,12,no,Pricing;Mobile,0004711,Strategic,failed\r\n` +
      `${OTHER},,,,,,,,,,\r\n`,
  );
  expect(contacts).toEqual([
    {
      id: ID,
      first_name: 'Zoë\nAnn',
      do_not_contact: true,
      tags: ['VIP', 'Customer'],
      scoring: { heat_score: 55 },
      [seats]: 12,
      [newsletter]: false,
      [interests]: ['Pricing', 'Mobile'],
      [erpNumber]: '0004711',
      [CUSTOM_FIELDS.accountTier]: 'tier_1',
    },
    expect.objectContaining({ id: OTHER, first_name: null, tags: null, [seats]: null }),
  ]);
});

test('a line separator inside a value does not end a line of NDJSON', async () => {
  const notes = 'one\u2028two\u2029three';
  const lines = [ID, OTHER].map((id) => JSON.stringify({ id, notes }));
  expect(await load('contacts.ndjson', lines.join('\n'))).toEqual([
    { id: ID, notes },
    { id: OTHER, notes },
  ]);
});

test('NDJSON is read as the API gives contacts', async () => {
  const lines = [seedContact(0), seedContact(1)].map((contact) => JSON.stringify(contact));
  expect(await load('contacts.ndjson', `${lines.join('\n\n')}\n`)).toEqual([seedContact(0), seedContact(1)]);
});

test.each([
  ['a.csv', `id,frist_name\n${ID},Zoë\n`, 'a.csv:1: unknown column "frist_name": did you mean "first_name"?'],
  ['a.csv', 'first_name\nZoë\n', 'a.csv:1: there is no column "id"'],
  ['a.csv', `id,title\n${ID},VP\n\n,CEO\n`, 'a.csv:4: the contact has no id'],
  ['a.csv', `id,title\n${ID},"V\nP"\n${ID},CEO\n`, `a.csv:4: contact ${ID} is already on line 2`],
  ['a.csv', `id,Seats\n${ID},many\n`, `a.csv:2: ${CUSTOM_FIELDS.seats}: "many" must be a number`],
  ['a.csv', `id,title\n${ID},VP,extra\n`, 'a.csv:2: Invalid Record Length'],
  ['a.ndjson', `{"id":"${ID}"}\n{"id":\n`, 'a.ndjson:2: Unexpected end of JSON input'],
  ['a.ndjson', `{"id":"${ID}"}\n[]\n`, 'a.ndjson:2: expected a JSON object'],
  ['a.ndjson', '{"id":"con_1","tags":[1]}', 'a.ndjson:1: tags: must be an array of tag names'],
  ['a.ndjson', '{"id":"con_1","title":7}', 'a.ndjson:1: title: must be a string'],
])('%s with %j is refused, with its line', async (name, text, message) => {
  await expect(load(name, text)).rejects.toThrow(message);
});

test('a file that is not there is named', async () => {
  await expect(loadContacts('/nowhere/a.csv')).rejects.toThrow('/nowhere/a.csv: ENOENT');
});

test('tags and custom fields of another organisation become known to the sandbox', async () => {
  const foreign = `custom_field_${OTHER}`;
  const contacts = await load('x.csv', `id,tags,${foreign}\n${ID},Colleague,red\n`);
  await withSandbox({ contacts }, async (sandbox) => {
    const tags = (await call(sandbox, 'GET', '/v1/tags/?object=contacts')).body.data as { id: string; name: string }[];
    const colleague = tags.find(({ name }) => name === 'Colleague');
    const answer = await patch(sandbox, ID, { tags: [colleague?.id], [foreign]: 'blue' });
    expect(answer.body.data).toMatchObject({ tags: ['Colleague'], [foreign]: 'blue' });
    const filters = [{ field: foreign, condition: 'equals', value: 'blue' }];
    expect((await list(sandbox, { filters })).body.pagination).toMatchObject({ total_count: 1 });
  });
});
