// The rival of the budget benchmark: p-limit and got with its default retries, a PATCH for each row; a row whose PATCH
// fails in the end is counted and passed over. argv: CSV, concurrency, and `patch` to have PATCHes retried as well, which
// got by default does not do. Prints how many rows failed, as JSON.
import { createReadStream } from 'node:fs';
import console from 'node:console';
import process from 'node:process';
import { parse } from 'csv-parse';
import got from 'got';
import pLimit from 'p-limit';

const [file, concurrency, also] = process.argv.slice(2);
const { CONTACT_SYNC_BASE_URL: base, CONTACT_SYNC_API_KEY: key } = process.env;
const api = got.extend({
  prefixUrl: `${base}/v1/preview/contacts`,
  headers: { authorization: `Bearer ${key}` },
  responseType: 'json',
  ...(also === 'patch' ? { retry: { methods: ['PATCH'] } } : {}),
});

const limit = pLimit(Number(concurrency));
const tasks = [];
let failed = 0;
for await (const { contact_id, ...cells } of createReadStream(file).pipe(parse({ columns: true }))) {
  const json = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== ''));
  tasks.push(limit(() => api.patch(contact_id, { json }).catch(() => failed++)));
}
await Promise.all(tasks);
console.log(JSON.stringify({ failed }));
