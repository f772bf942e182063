// The script that one would write without this tool: a PATCH for each row.
// argv: CSV, concurrency. Key and address from the same variables as the tool's.
import { createReadStream } from 'node:fs';
import process from 'node:process';
import { parse } from 'csv-parse';
import got from 'got';
import pLimit from 'p-limit';

const [file, concurrency] = process.argv.slice(2);
const { CONTACT_SYNC_BASE_URL: base, CONTACT_SYNC_API_KEY: key } = process.env;
const api = got.extend({
  prefixUrl: `${base}/v1/preview/contacts`,
  headers: { authorization: `Bearer ${key}` },
  responseType: 'json',
});

const limit = pLimit(Number(concurrency));
const tasks = [];
for await (const { contact_id, ...cells } of createReadStream(file).pipe(parse({ columns: true }))) {
  const json = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== ''));
  tasks.push(limit(() => api.patch(contact_id, { json })));
}
await Promise.all(tasks);
