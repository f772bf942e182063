import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../support/root.js';
import { withFront, world, type World } from '../support/world.js';

/** A contact that the sample edits. */
const REFUSED = '7f61987d-58e7-4588-8441-aec020d8806e';

/** A test's body in a world of the sandbox's own people, with the jobs and what they read. */
function withJobs(use: (it: World) => Promise<void>): () => Promise<void> {
  return world({}, async (it) => {
    for (const folder of ['jobs', 'samples'])
      await cp(path.join(ROOT, folder), path.join(it.dir, folder), { recursive: true });
    await use(it);
  });
}

/** Collects what is posted to a webhook. */
async function withHook(use: (url: string, posts: Record<string, unknown>[]) => Promise<void>): Promise<void> {
  const posts: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      posts.push(JSON.parse(text) as Record<string, unknown>);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, posts);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test(
  'a night with a failure in it: one notification, exit 3, and the command that it names retries the next night',
  withJobs((it) =>
    withHook(async (url, posts) => {
      it.env['CONTACT_SYNC_NOTIFY'] = url;
      const isDown = ({ method, path: at }: { method: string; path: string }) =>
        method === 'PATCH' && at.endsWith(REFUSED) ? { status: 422, body: '{}' } : undefined;
      await withFront(it, isDown, async () => {
        const night = await it.cli('sync', '--job', 'jobs/nightly-sync.json');
        expect([night.code, night.summary.counts.updated, night.summary.counts.failed]).toEqual([3, 10, 1]);
        expect(posts).toMatchObject([{ exit_code: 3, counts: { updated: 10, failed: 1 } }]);
      });
      const [, ...words] = String(posts[0]?.['next_command']).split(' ');
      expect(words[0]).toBe('retry');
      const next = await it.cli(...words, '--job', 'jobs/nightly-sync.json');
      expect([next.code, next.summary.counts.updated, posts.length]).toEqual([0, 1, 1]);
    }),
  ),
);

test(
  'a clean-up whose first rows the CRM does not keep: halted behind the canary, and undone',
  withJobs(async (it) => {
    const job = ['--job', 'jobs/post-import-cleanup.json'];
    const before = new Map([...it.sandbox.store.contacts].map(([id, contact]) => [id, contact.location]));
    // A rule of the CRM puts a value back as soon as it is written.
    const putBack = ({ path: at }: { path: string }): undefined => {
      if (at.endsWith('/list') && it.sandbox.log.counts.patch > 0)
        it.sandbox.store.write(REFUSED, { location: 'Elsewhere' });
      return undefined;
    };
    await withFront(it, putBack, async () => {
      const halted = await it.cli('sync', ...job, '--concurrency', '1');
      expect(halted).toMatchObject({ code: 4, summary: { state: 'stopped', counts: { updated: 3 } } });
      expect(halted.stderr).toContain('contact-sync undo');
      expect(it.sandbox.log.patches()).toHaveLength(3);
      expect(await readFile(path.join(halted.runDir ?? '', 'report.html'), 'utf8')).toContain('<html');
    });
    const undone = await it.cli('undo', 'latest');
    // What the rule changed is not what the run wrote, so it is left alone.
    expect([undone.code, undone.summary.counts.conflict]).toEqual([3, 1]);
    const differing = [...it.sandbox.store.contacts].filter(([id, { location }]) => location !== before.get(id));
    expect(differing.map(([id]) => id)).toEqual([REFUSED]);
  }),
);
