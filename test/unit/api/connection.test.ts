import { describe, expect, test } from '@jest/globals';
import { findConnectionProblem, plainMessage } from '../../../src/core/api/connection.js';
import type { Attempt } from '../../../src/core/api/judge.js';

const WRONG_VERSION =
  'write EPROTO 80FCC7A8847F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl3_record.c:350:\n';
const ALERT =
  'write EPROTO 80FCC7A8847F0000:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../deps/openssl/rec_layer_s3.c:1605:SSL alert number 40\n';

function broken(code: string, message = code): Attempt {
  return { kind: 'broken', code, message, sentAt: undefined };
}

function answered(status: number, more: { redirectsTo?: string; text?: string } = {}): Attempt {
  return { kind: 'answered', status, text: '', info: {}, sentAt: 0, ...more };
}

describe('no request can succeed after', () => {
  test.each([
    ['a certificate that signs itself', broken('DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate_untrusted'],
    ['an unknown authority', broken('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'certificate_untrusted'],
    ['an expired certificate', broken('CERT_HAS_EXPIRED'), 'certificate_expired'],
    ["another host's certificate", broken('ERR_TLS_CERT_ALTNAME_INVALID'), 'certificate_name'],
    ['plain text in place of TLS', broken('EPROTO', WRONG_VERSION), 'not_tls'],
    ['a refused handshake', broken('EPROTO', ALERT), 'tls_failed'],
    ['bytes that are not HTTP', broken('HPE_INVALID_CONSTANT'), 'not_http'],
    ['a 400 that wants TLS', answered(400, { text: 'The plain HTTP request was sent to HTTPS port' }), 'not_http'],
    ['an unknown host', broken('ENOTFOUND'), 'host_unknown'],
    ['a name that no server resolves', broken('EAI_AGAIN'), 'host_unknown'],
    ['a refused connection', broken('ECONNREFUSED'), 'nothing_listens'],
    ['a redirect', answered(301, { redirectsTo: 'https://other.example/x' }), 'redirect'],
  ])('%s', (_what, attempt, cause) => {
    expect(findConnectionProblem(attempt)).toMatchObject({ cause });
  });

  test('a redirect, which names the origin alone', () => {
    expect(findConnectionProblem(answered(308, { redirectsTo: 'https://u:p@other.example/x?y=1' }))?.detail).toBe(
      'https://other.example',
    );
    expect(findConnectionProblem(answered(302, { redirectsTo: '/login' }))?.detail).toBe('');
  });
});

test.each([
  broken('ECONNRESET'),
  broken('ETIMEDOUT'),
  broken('EHOSTUNREACH'),
  answered(200),
  answered(400),
  answered(503),
])('what another try may mend is no such problem: %j', (attempt) => {
  expect(findConnectionProblem(attempt)).toBeUndefined();
});

test('what OpenSSL says is shown without its file names and numbers', () => {
  expect(plainMessage('EPROTO', WRONG_VERSION)).toBe('TLS failed: wrong version number');
  expect(plainMessage('EPROTO', ALERT)).toBe('TLS failed: sslv3 alert handshake failure');
  expect(plainMessage('EPROTO', 'write EPROTO')).toBe('TLS failed: EPROTO');
  expect(plainMessage('ECONNRESET', 'socket hang up')).toBe('socket hang up');
});
