import { describe, expect, test } from '@jest/globals';
import { HINTS, messageOf } from '../../../src/cli/messages.js';
import { COMMANDS } from '../../../src/cli/manual.js';
import { kebab, OPTIONS } from '../../../src/cli/settings/options.js';
import { SyncError, type ErrorCode, type ErrorFacts } from '../../../src/core/model/errors.js';

const INPUT = { file: 'edits.csv' };
const SNAPSHOT = { file: 'before.csv', role: 'snapshot' as const };
const RUN = '20261123T020001000Z-3f9c';
const HEADER_PROBLEMS = [
  { code: 'unknown_column' as const, message: 'line 1, column 2: unknown column "Seat"', column: 'Seat' },
  { code: 'bad_mapping' as const, message: 'the file has no column "Job"', mapping: 'Job=title' },
  { code: 'no_id_column' as const, message: 'line 1: no column "contact_id" or "id"' },
];

/** Facts for each error, so that none can be forgotten. */
const FACTS: { readonly [C in ErrorCode]: ErrorFacts[C] } = {
  input_unreadable: { ...INPUT, errno: 'ENOENT' },
  input_binary: { ...INPUT, line: 1 },
  input_encoding: { ...INPUT, line: 3, encoding: 'utf-8' },
  input_empty: INPUT,
  input_missing: {},
  input_changed: { ...INPUT, when: 'since_planned' },
  input_incomplete: {},
  csv_invalid: { ...INPUT, line: 3, column: 2, problem: { kind: 'quote_not_closed' } },
  header_invalid: { ...INPUT, problems: HEADER_PROBLEMS },
  contacts_repeated: { ...INPUT, repeated: [2, 3].map((row) => ({ row, contactId: 'a', earlier: 1 })), more: 4 },
  reference_empty: SNAPSHOT,
  reference_invalid: { ...SNAPSHOT, line: 2, problem: { code: 'bad_id', message: 'id: "x" is not a UUID' } },
  reference_incomplete: { ...SNAPSHOT, fields: ['title'] },
  latest_export_missing: { note: '/runs/latest-export.json', errno: 'ENOENT' },
  latest_export_refused: { reason: 'other_organisation', file: 'all.csv' },
  key_refused: { answer: '[GET] /v1/me: 401' },
  key_read_only: { answer: '[PATCH] /contacts/1: 403' },
  access_missing: { endpoint: 'schema', answer: '[GET] /v1/schemas/contacts: 403' },
  endpoint_missing: { endpoint: 'schema', answer: '[GET] /v1/schemas/contacts: 404' },
  address_unknown: { answer: '[POST] /contacts/list: 404', works: '/v1' },
  connection_impossible: {
    ...{ cause: 'nothing_listens', baseUrl: 'https://crm.example', host: 'crm.example', detail: 'ECONNREFUSED' },
  },
  api_refused: { answer: '[POST] /contacts/list: 422' },
  api_unanswered: { answer: 'ECONNREFUSED', attempts: 6 },
  answer_unusable: { answer: '[GET] /contacts/1: 200, but the body is JSON nested too deeply' },
  api_rate_limited: { attempts: 30 },
  ids_not_filterable: {},
  key_not_filterable: { field: 'email' },
  filter_refused: { answer: '[POST] /contacts/list: 422' },
  aborted: { by: 'SIGINT' },
  max_requests: { limit: 12 },
  deadline: { limit: 'stop_at', time: '05:00' },
  deadline_before_allowance: { limit: 'max_duration' },
  reserve: {},
  outage: { seconds: 600 },
  too_many_refused: { answered: 20, refused: 13, limit: { percent: 20 } },
  canary_failed: { run: RUN, rows: 5, notKept: 1 },
  write_limit: { limit: 10 },
  ended_midway: { code: 'file_damaged', detail: 'plan.ndjson is damaged' },
  no_runs: { dir: '/runs' },
  no_run_wrote: { dir: '/runs' },
  run_not_found: { run: 'x', dir: '/runs', suggestion: RUN },
  run_ambiguous: { run: '2026', dir: '/runs', matching: [RUN, RUN] },
  run_id_invalid: { run: 'x' },
  not_a_run: { dir: '/runs/x', run: RUN },
  folder_not_trusted: { dir: '/runs', why: 'writable', owner: 1 },
  run_busy: { dir: '/runs/x' },
  folder_not_made: { dir: '/runs/x', detail: 'EACCES' },
  machine_dir_not_writable: { dir: '/home/x', detail: 'permission denied' },
  file_unreadable: { file: 'plan.ndjson', errno: 'ENOENT' },
  file_damaged: { file: 'plan.ndjson', line: 4, damage: { kind: 'not_json' } },
  format_unknown: { file: 'plan.ndjson', found: 7, expected: 1 },
  file_deleted: { file: 'results.ndjson' },
  plan_damaged: { file: 'plan.ndjson', lines: 3, expected: 4 },
  sent_missing: { file: 'sent.ndjson', run: RUN },
  run_incomplete: { results: 3, rows: 4, planned: 4 },
  not_approved: { run: 'r1' },
  target_unknown: { run: RUN },
  target_differs: { run: RUN, made: 'Acme (1) at https://a', now: 'Beta (2) at https://a' },
  prefix_differs: { run: RUN, made: '/v1', now: '/v1/preview' },
  lock_not_taken: { file: '/home/x/locks/a.lock', detail: 'EACCES' },
  lock_unsupported: { platform: 'linux x64' },
  lock_lost: { file: '/locks/x.lock' },
  lock_taken: { holder: { run: RUN, pid: 7, host: 'other', since: '2026-11-23T02:00:01.000Z' } },
  package_missing: { packages: ['pg@8'], purpose: 'coordinate runs on PostgreSQL' },
  database_unreachable: { database: 'db.example.com/fleet', detail: 'ECONNREFUSED' },
  database_refused: { database: 'db.example.com/fleet', detail: 'permission denied' },
  disk_full: { dir: '/runs/x', errno: 'ENOSPC' },
  locked: { holder: null, waited: false },
  organisation_differs: { wanted: 'Acme', found: null, url: 'https://api.example.com' },
  run_unfinished: { run: RUN, state: 'stopped' },
  run_purged: { run: RUN, at: '2026-11-23T02:00:00.000Z' },
  run_at_work: { run: RUN },
  mirror_in_use: { dir: '.mirror-1' },
  not_applicable: { run: RUN, state: 'stopped' },
  not_resumable: { run: RUN, state: 'done', error: null },
  not_retryable: { run: RUN, state: 'stopped' },
  nothing_to_undo: { run: RUN, state: 'planned' },
  already_undone: { run: RUN, by: RUN, isWhole: false },
  approval_missing: { verb: 'undo', run: RUN },
  approval_differs: { run: RUN, digest: `sha256:${'0'.repeat(64)}`, isShort: false },
  plan_refused: {
    run: RUN,
    refusals: [
      { code: 'max_changes', message: '5 of 10 rows (50%) would be changed; the limit is 2', needs: 5 },
      { code: 'strict', message: '1 of 10 rows (10%) cannot be applied', needs: 1 },
    ],
    kinds: 'title replaced 5',
  },
};

const CODES = Object.keys(FACTS) as ErrorCode[];

function errorOf<C extends ErrorCode>(code: C, options?: ErrorOptions): SyncError<C> {
  return new SyncError(code, FACTS[code], options);
}

test.each(CODES)('the plain message of %s names no flag, command or variable', (code) => {
  const { message } = errorOf(code);
  expect(message).not.toMatch(/--[a-z]|contact-sync|CONTACT_SYNC|undefined|\[object/);
  expect(message.length).toBeGreaterThan(10);
});

test('the flags and commands that messages name exist', () => {
  const said = [...CODES.map((code) => messageOf(errorOf(code))), ...Object.values(HINTS)].join('\n');
  const flags = [...said.matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag);
  const commands = [...said.matchAll(/contact-sync ([a-z]+)/g)].map(([, command]) => command);
  // Of export alone.
  const known = [...Object.keys(OPTIONS).flatMap((name) => [kebab(name), `no-${kebab(name)}`]), 'out'];
  expect(flags.length).toBeGreaterThan(10);
  expect(flags.filter((flag) => !known.includes(flag!))).toEqual([]);
  expect(new Set(commands)).toEqual(new Set(['sync', 'export', 'runs', 'apply', 'resume', 'retry', 'undo', 'doctor']));
  expect(Object.keys(COMMANDS)).toEqual(expect.arrayContaining([...commands]));
});

describe('on the command line', () => {
  test.each<[ErrorCode, string]>([
    ['key_refused', 'the API refuses the key: [GET] /v1/me: 401. Check CONTACT_SYNC_API_KEY.'],
    ['max_requests', 'stopped: --max-requests 12 is reached'],
    ['deadline', 'stopped: --stop-at 05:00 is reached'],
    [
      'locked',
      'another run holds the lock for this organisation; nothing was sent. Use --wait-lock 10m to wait for it.',
    ],
    [
      'not_applicable',
      `run ${RUN} cannot be applied: it has already been started; continue with: contact-sync resume ${RUN}`,
    ],
    ['not_resumable', `run ${RUN} has already finished; retry what failed with: contact-sync retry ${RUN}`],
    [
      'reference_invalid',
      '--snapshot before.csv: line 2: id: "…" is not a UUID (use --id-format any to accept other ids)',
    ],
    ['file_damaged', 'plan.ndjson: line 4 is not JSON; the file is damaged or was edited'],
  ])('%s is told with what helps', (code, text) => {
    expect(messageOf(errorOf(code))).toBe(text);
  });

  test('each problem of a header is told with the file and what helps', () => {
    expect(messageOf(errorOf('header_invalid')).split('\n')).toEqual([
      'edits.csv: line 1, column 2: unknown column "Seat". Map it with --map "Seat=field", skip it with --ignore-column "Seat", or skip all such columns with --ignore-unknown-columns',
      'edits.csv: --map "Job=title": the file has no column "Job"',
      'edits.csv: line 1: no column "contact_id" or "id"',
    ]);
  });

  test('each guard that refuses a plan is told with its flag', () => {
    expect(messageOf(errorOf('plan_refused')).split('\n')).toEqual([
      'guard: 5 of 10 rows (50%) would be changed; the limit is 2 (--max-changes)',
      'guard: 1 of 10 rows (10%) cannot be applied (without --strict, the others are sent)',
      'the largest kinds of change: title replaced 5',
      'nothing was sent',
      `to apply this plan anyway: contact-sync apply ${RUN} --max-changes 5 --no-strict`,
    ]);
  });

  test('what ended a run midway is told as the error that it was', () => {
    const cause = errorOf('no_runs');
    expect(messageOf(errorOf('ended_midway', { cause }))).toBe(messageOf(cause));
  });

  test('what is not an error of the tool says its own message', () => {
    expect([messageOf(new Error('disk full')), messageOf('odd')]).toEqual(['disk full', 'odd']);
  });
});
