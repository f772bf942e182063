// The sandbox in a process of its own, so that its memory and its work are not those of the client measured.
// argv: its options, as JSON. Tells its address when it serves. Answers 'counts' with the requests so far, and
// { wrong: {id: title} } with how many of those contacts do not have the title that they should have.
import process from 'node:process';
import { startSandbox } from '../dist/sandbox/start-sandbox.js';

const sandbox = await startSandbox(JSON.parse(process.argv[2]));
let refused = 0;
process.on('message', (asked) => {
  if (asked.wrong) {
    const wrong = Object.entries(asked.wrong).filter(([id, title]) => sandbox.store.find(id)?.title !== title);
    return process.send({ wrong: wrong.length });
  }
  refused += sandbox.log.entries.filter(({ status }) => status === 429).length;
  process.send({ counts: sandbox.log.counts, refused });
  // Bodies of PATCHes are of no use here, and would fill this process.
  sandbox.log.entries.length = 0;
});
process.on('disconnect', () => sandbox.close());
process.send({ url: sandbox.url, key: sandbox.key });
