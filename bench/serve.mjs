// The sandbox in a process of its own, so that its memory and its work are not those of the client measured.
// argv: how many contacts. Tells its address when it serves; answers 'counts' with the requests so far.
import process from 'node:process';
import { startSandbox } from '../dist/sandbox/start-sandbox.js';

const sandbox = await startSandbox({ contacts: Number(process.argv[2]) });
process.on('message', () => {
  process.send({ counts: sandbox.log.counts });
  // Bodies of PATCHes are of no use here, and would fill this process.
  sandbox.log.entries.length = 0;
});
process.on('disconnect', () => sandbox.close());
process.send({ url: sandbox.url, key: sandbox.key });
