import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A certificate for `localhost` and perhaps another name, signed by nobody but itself, made in a test's folder. */
export async function selfSigned(
  dir: string,
  name = 'localhost',
): Promise<{ key: Buffer; cert: Buffer; certFile: string }> {
  const [keyFile, certFile] = [path.join(dir, 'tls-key.pem'), path.join(dir, 'tls-cert.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,DNS:${name},IP:127.0.0.1`],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return { key: await readFile(keyFile), cert: await readFile(certFile), certFile };
}
