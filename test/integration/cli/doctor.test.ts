import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { fileLock } from '../../../src/core/run/lock.js';
import { scopeOf } from '../../../src/core/run/target.js';
import { SANDBOX_ORGANISATION } from '../../../src/sandbox/defaults.js';
import { listening } from '../../support/listening.js';
import { selfSigned } from '../../support/tls.js';
import { people, requestCount, withFront, world, type World } from '../../support/world.js';

const CONTACTS = { contacts: people(3) };

interface Said {
  ok: boolean;
  exit_code: number;
  findings: { check: string; level: string; text: string; advice?: string }[];
}

async function doctor({ cli }: World, ...flags: string[]) {
  const { code, stdout, stderr } = await cli('doctor', '--json', ...flags);
  const said = JSON.parse(stdout) as Said;
  expect(said).toMatchObject({ exit_code: code, ok: code === 0 });
  return {
    code,
    said,
    stdout,
    stderr,
    of: (check: string) => said.findings.find((finding) => finding.check === check),
  };
}

test(
  'doctor checks everything in order with three requests, and never shows the key',
  world(CONTACTS, async (world) => {
    const { code, stdout } = await world.cli('doctor');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 20).trim().split(/ {2,}/)[1]).filter(Boolean)).toEqual([
      ...['node', 'settings', 'key', 'files', 'dns', 'tls', 'organisation', 'read by id', 'read changes', 'fields'],
      ...['allowance', 'clock', 'runs folder', 'disk', 'lock'],
    ]);
    expect([code, lines.filter((line) => line.startsWith('fail'))]).toEqual([0, []]);
    expect(stdout).toContain('base-url (CONTACT_SYNC_BASE_URL)');
    expect(stdout).toContain(`${SANDBOX_ORGANISATION.name}, 3 contacts`);
    expect(stdout).not.toContain(world.sandbox.key);
    expect(requestCount(world.sandbox)).toBe(3);
    expect(await readdir('.')).not.toContain('runs');
  }),
);

describe('doctor fails, and says what to do, where', () => {
  test(
    'the key is refused (exit 7)',
    world(CONTACTS, async (world) => {
      world.env['CONTACT_SYNC_API_KEY'] = 'mks_wrong0123456789';
      const { code, of, stdout } = await doctor(world);
      expect([code, of('key')?.level]).toEqual([7, 'ok']);
      expect(stdout).toContain('the API refuses the key');
      expect(stdout).not.toContain('mks_wrong');
    }),
  );

  test(
    'there is no key (exit 7), without a request',
    world(CONTACTS, async (world) => {
      world.env['CONTACT_SYNC_API_KEY'] = undefined;
      const { code, of } = await doctor(world);
      expect([code, of('key')?.level, of('tls')?.level]).toEqual([7, 'fail', 'ok']);
      expect(requestCount(world.sandbox)).toBe(0);
    }),
  );

  test(
    'the prefix is wrong (exit 2)',
    world(CONTACTS, async (world) => {
      const { code, of } = await doctor(world, '--api-prefix', '/v9');
      expect(code).toBe(2);
      expect(of('api')).toMatchObject({ level: 'fail', text: expect.stringContaining('--api-prefix') });
    }),
  );

  test(
    'there is no such host (exit 2)',
    world(CONTACTS, async (world) => {
      const { code, of } = await doctor(world, '--base-url', 'https://crm.invalid');
      expect([code, of('dns')?.level, of('tls'), of('api')?.text]).toEqual([
        ...[2, 'fail', undefined, 'not asked, as the connection fails'],
      ]);
    }),
  );

  test(
    'nothing listens (exit 2)',
    world(CONTACTS, async (world) => {
      let url = '';
      await listening(createTcp(), (port) => Promise.resolve(void (url = `http://127.0.0.1:${port}`)));
      const { code, of } = await doctor(world, '--base-url', url);
      expect(code).toBe(2);
      expect(of('api')).toMatchObject({ level: 'fail', text: expect.stringContaining('ECONNREFUSED') });
    }),
  );

  test(
    'the certificate is not trusted (exit 2), without sending the key',
    world(CONTACTS, async (world) => {
      let requests = 0;
      const server = createHttps(await selfSigned(world.dir), (_, response) => {
        requests++;
        response.end('{}');
      });
      await listening(server, async (port) => {
        const { code, of } = await doctor(world, '--base-url', `https://localhost:${port}`);
        expect(code).toBe(2);
        expect(of('tls')).toMatchObject({ level: 'fail', advice: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
      });
      expect(requests).toBe(0);
    }),
  );

  test(
    'a file of the working folder sends the key elsewhere (exit 2), without a request',
    world(CONTACTS, async (world) => {
      world.env['CONTACT_SYNC_BASE_URL'] = undefined;
      await world.write('.env', 'CONTACT_SYNC_BASE_URL=https://crm.invalid\n');
      const { code, of } = await doctor(world);
      expect([code, of('trust')?.level, of('api')]).toEqual([2, 'fail', undefined]);
      expect(of('trust')?.advice).toContain('--trust-env-file');
    }),
  );
});

describe('doctor warns of', () => {
  test(
    'a proxy of a kind that is not used, without its address',
    world(CONTACTS, async (world) => {
      world.env['all_proxy'] = 'http://user:secret@proxy:3128';
      const { code, of, stdout } = await doctor(world);
      expect([code, of('proxy')?.level]).toEqual([0, 'warn']);
      expect(of('proxy')?.text).toContain('all_proxy');
      expect(stdout).not.toContain('secret');
    }),
  );

  test(
    'a folder of runs and a key file that others can read',
    world(CONTACTS, async (world) => {
      await mkdir('runs');
      await chmod('runs', 0o755);
      const file = await world.write('key', world.sandbox.key);
      await chmod(file, 0o644);
      Object.assign(world.env, { CONTACT_SYNC_API_KEY: undefined, CONTACT_SYNC_API_KEY_FILE: file });
      const { code, of } = await doctor(world);
      expect([code, of('runs folder')?.advice, of('files')?.advice]).toEqual([
        ...[0, expect.stringContaining('chmod 700'), expect.stringContaining('chmod 600')],
      ]);
    }),
  );

  test(
    'a lock that a run holds',
    world(CONTACTS, async (world) => {
      const machine = `${world.dir}/.contact-sync`;
      const target = {
        base_url: world.door.url,
        api_prefix: '',
        organisation: SANDBOX_ORGANISATION,
        key_fingerprint: '',
      };
      const release = await fileLock(`${machine}/locks`).take({
        ...{ scope: await scopeOf(target, world.sandbox.key, machine), runId: 'r1', pid: 7, waitMs: 0 },
        ...{ signal: new AbortController().signal, onWait: () => undefined, onLost: () => undefined },
      });
      const { code, of } = await doctor(world);
      expect([code, of('lock')]).toEqual([
        0,
        {
          check: 'lock',
          level: 'warn',
          text: expect.stringContaining('run r1'),
          advice: expect.stringContaining('--wait-lock'),
        },
      ]);
      await release();
      expect((await doctor(world)).of('lock')?.level).toBe('ok');
    }),
  );

  test(
    'a schema without filters, and without a field',
    world(CONTACTS, async (world) => {
      const body = JSON.stringify({ data: [{ name: 'Id', key: 'id', type: 'string', filterable: false }] });
      const answer = ({ path }: { path: string }) =>
        path === '/v1/schemas/contacts' ? { status: 200, body } : undefined;
      await withFront(world, answer, async () => {
        const { code, of } = await doctor(world);
        expect([code, ...['read by id', 'read changes', 'fields'].map((check) => of(check)?.level)]).toEqual([
          ...[0, 'warn', 'warn', 'warn'],
        ]);
        expect(of('fields')?.text).toContain('title');
      });
    }),
  );
});
