import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { listening } from '../../support/listening.js';
import { selfSigned } from '../../support/tls.js';
import { id, people, requestCount, world, type World } from '../../support/world.js';

const CONTACTS = { contacts: people(2) };
const CSV = `id,title\n${id(1)},New\n`;

/** Every command that calls the API ends at once, with the reason and what to do, and leaves no run. */
async function expectImpossible(world: World, baseUrl: string, ...words: readonly string[]): Promise<void> {
  await world.write('edits.csv', CSV);
  for (const command of [['sync', 'edits.csv', '--yes'], ['plan', 'edits.csv'], ['export']]) {
    const run = await world.cli(...command, '--base-url', baseUrl);
    expect(run).toMatchObject({ code: 2, runDir: undefined });
    const lines = run.stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(`contact-sync: cannot connect to ${baseUrl}: `);
    expect(lines[2]).toContain('The address comes from --base-url. ');
    for (const word of words) expect(run.stderr).toContain(word);
    expect(run.stderr).toContain('Nothing was sent');
    expect(run.stderr).not.toMatch(/SSL routines|openssl|resume|attempts/);
  }
  expect((await readdir('runs')).filter((name) => /^\d/.test(name))).toEqual([]);
  expect(requestCount(world.sandbox)).toBe(0);
}

describe('a command ends at once, with exit code 2, where', () => {
  test(
    'nothing listens',
    world(CONTACTS, async (world) => {
      let url = '';
      await listening(createTcp(), (port) => Promise.resolve(void (url = `http://127.0.0.1:${port}`)));
      await expectImpossible(world, url, 'ECONNREFUSED', 'the port');
    }),
  );

  test(
    'there is no such host',
    world(CONTACTS, (world) => expectImpossible(world, 'https://crm.invalid', 'crm.invalid', 'spelling', 'proxy')),
  );

  test(
    'the certificate signs itself',
    world(CONTACTS, async (world) => {
      const server = createHttps(await selfSigned(world.dir), (_, response) => void response.end('{}'));
      await listening(server, (port) =>
        expectImpossible(world, `https://localhost:${port}`, 'unknown authority', 'NODE_EXTRA_CA_CERTS'),
      );
    }),
  );

  test(
    'https is spoken to a port for plain http',
    world(CONTACTS, (world) =>
      listening(createHttp(), (port) => expectImpossible(world, `https://127.0.0.1:${port}`, 'does not use TLS')),
    ),
  );

  test(
    'plain http is spoken to a port for TLS',
    world(CONTACTS, async (world) => {
      // A TLS alert, as a server sends it.
      const server = createTcp(
        (socket) =>
          void socket
            .resume()
            .on('error', () => undefined)
            .end('\x15\x03\x01\x00\x02\x02\x46'),
      );
      await listening(server, (port) => expectImpossible(world, `http://127.0.0.1:${port}`, 'https:// in place of'));
    }),
  );

  test(
    'the address redirects to another one',
    world(CONTACTS, async (world) => {
      const server = createHttp((_, response) => {
        response.writeHead(301, { location: 'https://crm.example/v1/me', connection: 'close' }).end();
      });
      await listening(server, (port) =>
        expectImpossible(
          world,
          `http://127.0.0.1:${port}`,
          'redirects to https://crm.example, and redirects are not followed',
        ),
      );
    }),
  );
});

test(
  'the message names the variable, file or default that the address comes from',
  world(CONTACTS, async ({ env, cli, write }) => {
    const told = async (...args: string[]) =>
      /The address comes from (\S+ ?\S*)\. /.exec((await cli('export', ...args)).stderr)?.[1];
    env['CONTACT_SYNC_BASE_URL'] = 'https://crm.invalid';
    expect(await told()).toBe('CONTACT_SYNC_BASE_URL');
    env['CONTACT_SYNC_BASE_URL'] = undefined;
    await write('job.json', JSON.stringify({ 'base-url': 'https://crm.invalid' }));
    expect(await told('--job', 'job.json', '--trust-env-file')).toBe('job.json: base-url');
    await write('.env', 'CONTACT_SYNC_BASE_URL=https://crm.invalid\n');
    expect(await told('--trust-env-file')).toBe('.env: CONTACT_SYNC_BASE_URL');
  }),
);

test(
  'an address that fails leaves a plan that can be continued',
  world(CONTACTS, async (world) => {
    await world.write('edits.csv', CSV);
    await world.cli('export', '--out', 'all.csv');
    // What comes from a snapshot is read again first.
    const planned = await world.cli('plan', 'edits.csv', '--snapshot', 'all.csv');
    await world.door.close();
    const run = await world.cli('apply', 'latest', '--yes');
    expect(run.code).toBe(2);
    expect(run.runDir).toBe(planned.runDir);
    expect(run.summary).toMatchObject({ state: 'stopped', calls: { patch: 0 } });
    expect(run.stderr).toContain('; continue with: contact-sync resume ');
  }),
);
