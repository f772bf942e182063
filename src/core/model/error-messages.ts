import type { DeadlineReason, ErrorCode, ErrorFacts } from './error-facts.js';
import { BINARY_FORMATS, CONNECTION_CAUSES, csvProblem, damageOf } from './error-phrases.js';
import { nameHolder } from './lock-holder.js';
import { withoutValues } from './problem.js';
import { reasonOf } from './errno.js';
import { listIds, suggested } from './suggest.js';

/** What each error says, for people. Options have other names in each program that uses the core, so it names none. */
export const MESSAGES: { readonly [C in ErrorCode]: (facts: ErrorFacts[C]) => string } = {
  input_unreadable: ({ file, errno, near = '' }) => `${file}: ${reasonOf(errno)}${near}`,
  input_binary: ({ file, line, format }) =>
    format === undefined
      ? `${file}: line ${line} holds NUL bytes, so this is not UTF-8 text (UTF-16 without a byte order mark?). Save it as "CSV UTF-8".`
      : `${file}: ${BINARY_FORMATS[format]}`,
  input_encoding: ({ file, line, encoding }) =>
    `${file}: line ${line} is not valid ${encoding.toUpperCase()}. Save the file as "CSV UTF-8" and try again.`,
  input_empty: ({ file }) => `${file}: line 1: the file is empty, expected a header`,
  input_missing: () => 'standard input is needed, and was not provided',
  input_changed: ({ file, when }) =>
    when === 'while_reading'
      ? `${file}: the file was changed while it was read`
      : `${file}: the file was changed since this run began; start a new one`,
  input_incomplete: () => 'standard input was not read completely; nothing was sent',
  csv_invalid: ({ file, line, column, problem }) =>
    `${file}: line ${line}${column === undefined ? '' : `, column ${column}`}: ${csvProblem(problem)}`,
  header_invalid: ({ file, role, problems }) =>
    problems.map((problem) => `${nameOf(file, role)}: ${mapped(problem)}`).join('\n'),
  contacts_repeated: ({ file, repeated, more }) =>
    [
      ...repeated.map(({ row, contactId, earlier }) => `row ${row}: contact ${contactId} is in row ${earlier} as well`),
      ...(more > 0 ? [`… and ${more} more`] : []),
    ]
      .map((line) => `${file}: ${line}`)
      .join('\n'),
  reference_empty: ({ file, role }) => `${nameOf(file, role)}: is empty, expected contacts as an export writes them`,
  reference_invalid: ({ file, role, line, problem }) =>
    `${nameOf(file, role)}: line ${line}: ${withoutValues(problem.message)}`,
  reference_incomplete: ({ file, role, fields }) =>
    `${nameOf(file, role)}: has no column for ${fields.join(', ')}, which the CSV edits`,
  latest_export_missing: ({ note, errno }) =>
    errno === 'ENOENT' ? 'no export was made yet' : `${note} cannot be read: ${reasonOf(errno)}`,
  latest_export_refused: (facts) => {
    switch (facts.reason) {
      case 'target_unknown':
        return 'the note of the latest export does not say which organisation it is of';
      case 'other_api':
        return `${facts.file} was exported from ${facts.made}, and this run is for ${facts.now}`;
      case 'other_organisation':
        return `${facts.file} was exported with another API key, and may belong to another organisation`;
    }
  },

  key_refused: ({ answer }) => `the API refuses the key: ${answer}`,
  key_read_only: ({ answer }) => `the API does not let this key write contacts: ${answer}`,
  access_missing: ({ endpoint, answer }) => `the API does not let this key read its ${endpoint}: ${answer}`,
  endpoint_missing: ({ endpoint, answer }) => `the API does not give its ${endpoint}: ${answer}`,
  address_unknown: ({ answer }) => `the API has no such address: ${answer}`,
  connection_impossible: ({ cause, baseUrl, host, detail }) =>
    `cannot connect to ${baseUrl}: ${CONNECTION_CAUSES[cause](host, detail)}`,
  api_refused: ({ answer }) => `the API refused a request that the run cannot do without: ${answer}`,
  api_unanswered: ({ answer, attempts }) =>
    `the API did not answer after ${attempts} attempts: ${answer}. Nothing more was sent.`,
  answer_unusable: ({ answer }) => `the API gave an answer that cannot be used: ${answer}`,
  api_rate_limited: ({ attempts }) => `stopped: the API put one request off ${attempts} times for its rate limit`,
  ids_not_filterable: () => "the API's schema does not let `id` be filtered",
  key_not_filterable: ({ field }) => `the API's schema does not let \`${field}\` be filtered`,
  filter_refused: ({ answer }) => `the API did not take a filter on ids: ${answer}`,

  aborted: ({ by }) => `stopped by ${by ?? 'its caller'}`,
  max_requests: ({ limit }) => `stopped: the limit of ${limit} requests is reached`,
  deadline: (reason) => `stopped: ${deadlineOf(reason)} is reached`,
  deadline_before_allowance: (reason) => `stopped: the rate limit allows no request before ${deadlineOf(reason)}`,
  reserve: () => 'stopped: the reserve leaves no requests',
  outage: ({ seconds }) => `stopped: the API has not answered for ${seconds} s`,
  too_many_refused: ({ answered, refused, limit }) =>
    `stopped: the API refused ${refused} of the ${answered} rows that it answered; ` +
    `the limit is ${'count' in limit ? limit.count : `${limit.percent}%`}`,
  canary_failed: ({ rows, notKept }) =>
    `stopped: ${notKept} of the first ${rows} rows ${notKept === 1 ? 'was' : 'were'} not kept, so no others were sent`,
  write_limit: ({ limit }) => `stopped: the limit of ${limit} rows is reached`,
  ended_midway: ({ detail }) => detail,

  no_runs: ({ dir }) => `there are no runs in ${dir}`,
  no_run_wrote: ({ dir }) => `none of the runs in ${dir} has sent anything`,
  run_not_found: ({ run, dir, suggestion }) =>
    `there is no run "${run}" in ${dir}${suggestion === undefined ? '' : suggested(suggestion)}`,
  run_ambiguous: ({ run, dir, matching }) => `"${run}" matches ${matching.length} runs in ${dir}: ${listIds(matching)}`,
  run_id_invalid: ({ run }) => `"${run}" is not the id of a run`,
  not_a_run: ({ dir, run }) => `${dir} is not a run: its summary.json is the one of run ${run}`,
  folder_not_trusted: ({ dir, why, owner }) => {
    const what = {
      link: 'is a link',
      owner: `belongs to another user (uid ${owner})`,
      writable: 'can be written by others',
    };
    return `${dir} ${what[why]}: someone else could put a plan there that is sent with your key`;
  },
  run_busy: ({ dir }) => `another process works on the run in ${dir}`,
  folder_not_made: ({ dir, detail }) => `cannot make the run's folder ${dir}: ${detail}`,
  machine_dir_not_writable: ({ dir, detail }) => `cannot write to ${dir}: ${detail}`,
  file_unreadable: ({ file, errno }) => `${file} cannot be read: ${reasonOf(errno)}`,
  file_damaged: ({ file, line, damage }) =>
    `${file}${line === undefined ? '' : `: line ${line}`} ${damageOf(damage)}; the file is damaged or was edited`,
  format_unknown: ({ file, found, expected }) =>
    `${file} has ${found === undefined ? 'no format number' : `format ${JSON.stringify(found)}`}, expected ${expected}: another version of this tool wrote it. Use that version, or start a new run`,
  file_deleted: ({ file }) => `${file} was deleted during the run`,
  plan_damaged: ({ file, lines, expected }) => {
    const difference =
      lines === undefined
        ? 'its SHA-256 is not the one in summary.json'
        : `it has ${lines} lines, summary.json says ${expected}`;
    return `${file} is not the plan that was made (${difference}): it was cut or edited`;
  },
  sent_missing: ({ file, run }) =>
    `${file} is missing, so it is not known what run ${run} sent. Sync the file again: rows that were applied are unchanged then`,
  run_incomplete: ({ results, rows, planned }) =>
    `${results} of ${rows} rows have a result, and the plan has ${planned}: the run is not complete`,

  not_approved: () => 'the plan was not approved: nothing was sent',
  target_unknown: ({ run }) => `run ${run} does not say whose contacts it is about`,
  target_differs: ({ run, made, now }) => `run ${run} belongs to ${made}, and this is ${now}`,
  prefix_differs: ({ run, made, now }) => `run ${run} was made with the API prefix ${made}, and this is ${now}`,
  organisation_differs: ({ wanted, found, url }) =>
    found === null
      ? `the API at ${url} does not say whose the key is, so nothing confirms that it belongs to "${wanted}"`
      : `the key belongs to ${found.name === null ? '' : `"${found.name}", `}${found.id} at ${url}, and not to "${wanted}"`,
  lock_not_taken: ({ file, detail }) => `cannot take the lock ${file}: ${detail}`,
  lock_unsupported: ({ platform }) =>
    `cannot lock files on this system (${platform}): the package fs-native-extensions does not load, so two runs could write at once. ` +
    'It has no build for musl (Alpine); use a system or image with glibc, such as node:22-slim',
  lock_lost: ({ file }) => `stopped: the lock ${file} was deleted, so that another run could begin`,
  lock_taken: ({ holder }) =>
    `stopped: the connection that held the lock was lost, and ${nameHolder(holder)} took it meanwhile`,
  package_missing: ({ packages, purpose }) =>
    `the ${packages.length > 1 ? 'packages' : 'package'} ${packages.join(' and ')}, needed to ${purpose}, cannot be loaded`,
  database_unreachable: ({ database, detail }) => `cannot connect to the database ${database}: ${detail}`,
  database_refused: ({ database, detail }) => `the database ${database} cannot be used: ${detail}`,
  disk_full: ({ dir, errno }) => `stopped: ${reasonOf(errno)} of ${dir}`,
  locked: ({ holder, waited }) =>
    `${nameHolder(holder)} holds the lock for this organisation; nothing was sent${waited ? '. It did not end in time.' : ''}`,
  run_at_work: ({ run }) => `run ${run} is in progress; nothing was changed. Try again when it has ended`,
  run_unfinished: ({ run, state }) => `run ${run} is ${state} and can be continued, for which it needs its values`,
  run_purged: ({ run, at }) =>
    `the values of run ${run} were purged on ${at.slice(0, 10)}: it cannot be applied, resumed, retried or undone any more`,
  mirror_in_use: ({ dir }) => `a run has the mirror ${dir} open; nothing was changed. Try again when it has ended`,
  not_applicable: ({ run, state }) => `run ${run} cannot be applied: ${STATE_FOR_APPLY[state] ?? `it is ${state}`}`,
  not_resumable: ({ run, state, error }) =>
    `run ${run} ${STATE_FOR_RESUME[state] ?? `is ${state}`}${state === 'failed' && error !== null ? `: ${error}` : ''}`,
  not_retryable: ({ run, state }) =>
    state === 'applying' || state === 'stopped'
      ? `run ${run} has not finished; resume it first`
      : `run ${run} has no rows that ended; start a new run`,
  nothing_to_undo: ({ run, state }) => `run ${run} (${state}) sent nothing, so there is nothing to undo`,
  already_undone: ({ run, by, isWhole }) =>
    `run ${run} has already been undone${by === null ? '' : ` by run ${by}`}${isWhole ? '' : ', though not in full'}`,
  approval_missing: ({ run }) =>
    `only an approved plan is sent, and ${run === null ? 'none was' : `that of run ${run} was not`} approved: nothing was sent`,
  approval_differs: ({ run, digest, isShort }) => {
    if (digest === null) return `the plan of run ${run} is not complete: nothing was sent`;
    return isShort
      ? 'an approval is the digest of a plan, or its first 12 hex digits or more: nothing was sent'
      : `the plan of run ${run} is not the one that was approved: its digest is ${digest}. Nothing was sent`;
  },
  plan_refused: ({ refusals, kinds }) =>
    [
      ...refusals.map(({ message }) => `guard: ${message}`),
      `the largest kinds of change: ${kinds || 'none'}`,
      'nothing was sent',
    ].join('\n'),
};

const STATE_FOR_APPLY: Readonly<Record<string, string>> = {
  planning: 'its plan is not complete',
  applying: 'it has already been started',
  stopped: 'it has already been started',
  failed: 'it has no plan; start a new run',
  done: 'it has already been applied',
  undone: 'it was applied and undone',
};

const STATE_FOR_RESUME: Readonly<Record<string, string>> = {
  planning: 'does not say how it was planned; start a new run',
  planned: 'is a plan that was never started',
  refused: 'is a plan that was never started',
  failed: 'ended before anything was sent; start a new run',
  done: 'has already finished',
  undone: 'was undone; start a new run',
};

function nameOf(file: string, role: ErrorFacts['header_invalid']['role']): string {
  return role === undefined ? file : `${role} ${file}`;
}

function mapped(problem: ErrorFacts['header_invalid']['problems'][number]): string {
  const { code, message, mapping, column, rule } = problem;
  if (code === 'bad_ignored_column') return `the column to ignore "${column}": ${message}`;
  if (code === 'bad_key' || code === 'bad_rule') return `the ${rule ? `rule "${rule}"` : 'key'}: ${message}`;
  return code === 'bad_mapping' ? `the mapping "${mapping}": ${message}` : message;
}

function deadlineOf(reason: DeadlineReason): string {
  return reason.limit === 'stop_at' ? `the stop time ${reason.time}` : 'the maximum duration';
}
