// CSVs about the sandbox's seeded contacts.
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { seedContact } from '../dist/sandbox/seed-contacts.js';

const FIELDS = ['first_name', 'last_name', 'email', 'title', 'phone_number', 'linkedin_url', 'location', 'notes'];

/** Writes a row for each of the first `rows` contacts; the values are theirs, save a title of `mark` in one row of `every`. */
export async function writeEdits(file, { rows, every = Infinity, mark = '' }) {
  function* records() {
    yield ['contact_id', ...FIELDS];
    for (let at = 0; at < rows; at++) {
      const contact = seedContact(at);
      if (at % every === 0 && mark !== '') contact.title = `${mark} ${at}`;
      yield [contact.id, ...FIELDS.map((field) => contact[field])];
    }
  }
  await pipeline(Readable.from(records()), stringify(), createWriteStream(file));
}

/** Writes a new title for each of the first `rows` contacts, in cells that need no quotes. */
export async function writeTitles(file, rows, mark) {
  const lines = Array.from({ length: rows }, (_, at) => `${seedContact(at).id},${mark} ${at}\n`);
  await writeFile(file, 'contact_id,title\n' + lines.join(''));
}
