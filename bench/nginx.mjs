// nginx's own limiter in front of the sandbox: 429 and no headers about the limit at all.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';

/** nginx's version, or undefined where it is not installed. */
export function nginxVersion() {
  const { stderr, error } = spawnSync(findNginx(), ['-v'], { encoding: 'utf8' });
  return error ? undefined : stderr.trim().replace(/^nginx version: /, '');
}

/**
 * @param limit `{ perSecond, burst }`: `limit_req` lets `burst` calls through at once beyond its pace, and no more
 * @returns its address, how many requests it refused, and how to stop it
 */
export async function startNginx(upstream, { perSecond, burst }, dir) {
  const root = path.join(dir, 'nginx');
  await mkdir(root, { mode: 0o755 });
  const port = await freePort();
  const log = path.join(root, 'access.log');
  await writeFile(path.join(root, 'nginx.conf'), config({ upstream, perSecond, burst, root, port, log }));
  // Without -e it would write its first words to the system's log.
  const args = ['-p', root, '-e', 'stderr', '-c', path.join(root, 'nginx.conf'), '-g', 'daemon off;'];
  const child = spawn(findNginx(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const serves = new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('start worker process')) resolve();
    });
    child.once('exit', () => reject(new Error(`nginx ended: ${said}`)));
  });
  await serves;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Statuses of all requests, in order. Complete once nginx is stopped. */
    statuses: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean).map(Number),
    async stop() {
      child.kill('SIGQUIT');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

function config({ upstream, perSecond, burst, root, port, log }) {
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${path.join(root, kind)};`,
  );
  return [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_processes 1;',
    `pid ${path.join(root, 'nginx.pid')};`,
    'error_log stderr notice;',
    'events { worker_connections 256; }',
    'http {',
    ...temps,
    "  log_format status '$status';",
    `  access_log ${log} status;`,
    `  limit_req_zone $binary_remote_addr zone=api:1m rate=${perSecond}r/s;`,
    '  limit_req_status 429;',
    '  limit_req_log_level info;',
    '  server {',
    `    listen 127.0.0.1:${port};`,
    `    location / { limit_req zone=api burst=${burst} nodelay; proxy_pass ${upstream}; }`,
    '  }',
    '}',
  ].join('\n');
}

/** Debian keeps it where users' PATH does not look. */
function findNginx() {
  const debian = '/usr/sbin/nginx';
  return spawnSync('nginx', ['-v']).error ? debian : 'nginx';
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
