import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';
import { isExecutable } from './executable.js';

const run = promisify(execFile);

/** Debian keeps its programs off the path. */
const DEBIAN = '/usr/lib/postgresql';

/** A server that belongs to one test file. */
export interface Postgres {
  /** For the database `postgres`, over a socket in a folder of the server's own: no port is taken. */
  url: string;
  /** Ends all sessions, as a crash does. */
  stop: () => Promise<void>;
  start: () => Promise<void>;
  /** Stops the server and removes its folder. */
  remove: () => Promise<void>;
}

/** The folder of the server's programs; undefined where there is none. */
function findPrograms(): string | undefined {
  const versions = (() => {
    try {
      return readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    } catch {
      return [];
    }
  })();
  const places = [
    ...versions.map((version) => path.join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ];
  return places.find((dir) => ['initdb', 'postgres'].every((name) => isExecutable(path.join(dir, name))));
}

const PROGRAMS = findPrograms();
const IS_ROOT = process.getuid?.() === 0;

/** Tests that need a PostgreSQL. Where there is none they are skipped, and their title says why. */
export function describeWithPostgres(title: string, body: () => void): void {
  if (PROGRAMS !== undefined) describe(title, body);
  else describe.skip(`${title} (skipped: no PostgreSQL here; on Debian: apt-get install postgresql)`, body);
}

/** Makes a server with data in a folder of its own. It refuses to work as root: then it is the user postgres who starts it. */
export async function startPostgres(): Promise<Postgres> {
  const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-pg-'));
  const user = IS_ROOT ? await userIds() : undefined;
  await chmod(dir, 0o700);
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const options = { ...user, cwd: dir, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
  const data = path.join(dir, 'data');
  const program = (name: string): string => path.join(PROGRAMS!, name);
  await run(program('initdb'), ['-D', data, '-U', 'fleet', '-A', 'trust', '-N', '--encoding', 'UTF8'], options);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const flags = ['-D', data, '-k', dir, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=60'];
    server = spawn(program('postgres'), flags, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const started = server;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      started.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('ready to accept connections')) resolve();
      });
      started.once('exit', () => reject(new Error(`PostgreSQL does not start: ${said}`)));
    });
  };
  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGQUIT');
    await ended;
  };
  await start();
  const remove = async (): Promise<void> => {
    await stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { url: `postgres://fleet@localhost/postgres?host=${encodeURIComponent(dir)}`, stop, start, remove };
}

/** Of the user that Debian's package makes. */
async function userIds(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid!.stdout), gid: Number(gid!.stdout) };
}

/** A way to a server that can be cut while others still reach it. */
export interface Cable {
  url: string;
  /** Ends what goes through it, and lets nothing new through. */
  cut: () => void;
  mend: () => Promise<void>;
  remove: () => Promise<void>;
}

/** Lays a cable to a server: a socket of its own, in a folder that only this user can enter. */
export async function layCable(postgres: Postgres): Promise<Cable> {
  const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-pg-'));
  const name = '.s.PGSQL.5432';
  const target = path.join(new URL(postgres.url).searchParams.get('host')!, name);
  const open = new Set<Socket>();
  let server: Server;
  const mend = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(target);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(from);
        from.on('error', () => to.destroy()).on('close', () => open.delete(from) && to.destroy());
        from.pipe(to);
      }
    });
    await new Promise<void>((resolve) => server.listen(path.join(dir, name), resolve));
  };
  const cut = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  await mend();
  const remove = async (): Promise<void> => {
    cut();
    await rm(dir, { recursive: true, force: true });
  };
  return { url: `postgres://fleet@localhost/postgres?host=${encodeURIComponent(dir)}`, cut, mend, remove };
}
