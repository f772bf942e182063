import type { ConnectionCause, CsvProblem, Damage } from './error-facts.js';

/** Why no request can succeed. */
export const CONNECTION_CAUSES: Readonly<Record<ConnectionCause, (host: string, detail: string) => string>> = {
  certificate_untrusted: (host, detail) => `the certificate of ${host} is signed by an unknown authority (${detail})`,
  certificate_expired: (host, detail) => `the certificate of ${host} is expired or not yet valid (${detail})`,
  certificate_name: (host) => `the certificate is not for ${host}`,
  not_tls: (host) => `${host} does not use TLS on this port`,
  tls_failed: (host, detail) => `the TLS handshake with ${host} failed (${detail})`,
  not_http: (host) => `${host} does not accept plain http on this port`,
  host_unknown: (host, detail) => `no host named ${host} was found (${detail})`,
  nothing_listens: (host, detail) => `nothing listens at ${host} (${detail})`,
  redirect: (host, detail) =>
    `${host} redirects to ${detail === '' ? 'another path' : detail}, and redirects are not followed`,
  proxy_unreachable: (host, detail) => `the proxy ${host} cannot be reached (${detail})`,
  proxy_refused: (host, detail) => `the proxy ${host} refuses the connection (${detail})`,
};

/** Why a CSV cannot be parsed. */
export function csvProblem(problem: CsvProblem): string {
  switch (problem.kind) {
    case 'quote_not_closed':
      return 'a quote is opened and never closed';
    case 'text_after_quote':
      return 'a closing quote is followed by more text (a quote inside a quoted cell is written "")';
    case 'quote_inside':
      return 'a quote is inside a cell that is not quoted (quote the cell, and write the quote as "")';
    case 'record_too_long':
      return `a record is longer than ${problem.maxChars} characters (is a quote left open?)`;
    case 'other':
      return problem.detail;
  }
}

/** What is wrong with a file of a run. */
export function damageOf(damage: Damage): string {
  switch (damage.kind) {
    case 'not_json':
      return 'is not JSON';
    case 'too_long':
      return 'is too long';
    case 'unexpected':
      return `is not as expected: ${damage.detail}`;
    case 'row_unknown':
      return `has row ${damage.row}, and the plan has ${damage.rows}`;
    case 'row_repeated':
      return `has two results for row ${damage.row}`;
    case 'row_missing':
      return `lacks row ${damage.row}, which was sent`;
    case 'incomplete':
      return `has ${damage.lines} lines, the plan has ${damage.rows}`;
  }
}
