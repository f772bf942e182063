import { isNativeError } from 'node:util/types';
import { whyOf } from '../core/model/errno.js';
import { MESSAGES } from '../core/model/error-messages.js';
import { hasCode, isSyncError, type SyncError, type ErrorCode, type ErrorFacts } from '../core/model/errors.js';
import { DELIMITERS, delimiterName } from '../core/model/delimiters.js';
import { withHint, withoutValues, type HeaderProblem, type HeaderSeen, type Hints } from '../core/model/problem.js';
import { adviseConnection } from './doctor/connection-advice.js';
import { oneLine } from './output/neutralise.js';
import { UsageError } from './settings/command-error.js';
import type { Origin } from './settings/origin.js';

/** What to do about a row's problem, by its code: told behind its message, in the results and in rejected.csv as well. */
export const HINTS: Hints = {
  short_row: 'use --short-rows empty if cells are missing that were empty, as Excel and Outlook write them',
  bad_id: 'use --id-format any to accept other ids',
  damaged: 'use --lint warn to send it anyway',
  ambiguous: 'name one by its id: a contact_id column, with --key contact_id,email',
  opt_in: 'use --allow-opt-in to let the file undo that',
  max_changes: '--max-changes',
  max_clears: '--max-clears',
  strict: 'without --strict, the others are sent',
};

/** What anything thrown says on the command line, with the flags and commands that help. */
export function messageOf(error: unknown): string {
  return linesOf(error).join('\n');
}

/**
 * The same, problem by problem: whatever values one holds, it is told in one line.
 * @param baseUrl where that setting comes from
 */
export function linesOf(error: unknown, baseUrl?: Origin): readonly string[] {
  if (isSyncError(error)) return textOf(error, baseUrl);
  if (error instanceof UsageError) return error.problems;
  const file = isNativeError(error) && 'path' in error ? `${String(error.path)}: ` : '';
  const why = whyOf(error);
  // The system's own message has the path already.
  return [isNativeError(error) && why === error.message ? why : `${file}${why}`];
}

function textOf(error: SyncError, baseUrl?: Origin): readonly string[] {
  if (hasCode(error, 'ended_midway') && isSyncError(error.cause)) return textOf(error.cause, baseUrl);
  if (hasCode(error, 'connection_impossible')) return adviseConnection(error, baseUrl);
  return [say(error.code, error)].flat();
}

function say<C extends ErrorCode>(code: C, { facts, message }: SyncError<C>): string | readonly string[] {
  return TEXTS[code]?.(facts, message) ?? message;
}

/** Where the plain message, which names no flag, is not all there is to say. */
const TEXTS: { readonly [C in ErrorCode]?: (facts: ErrorFacts[C], plain: string) => string | readonly string[] } = {
  input_changed: ({ when }, plain) => (when === 'since_planned' ? `${plain} with: contact-sync sync` : plain),
  input_incomplete: (_, plain) => `${plain}: run sync again`,
  header_invalid: ({ file, role, problems }) =>
    problems.map((problem) => `${flagOf(role)}${file}: ${ofHeader(problem)}`),
  contacts_repeated: (facts) =>
    MESSAGES.contacts_repeated({
      ...facts,
      repeated: facts.repeated.map((row) => ({ ...row, contactId: oneLine(row.contactId) })),
    })
      .split('\n')
      .map((line) => `${line} (--duplicates error)`),
  reference_empty: ({ file, role }) =>
    `${flagOf(role)}${file}: is empty, expected contacts as contact-sync export writes them`,
  reference_invalid: ({ file, role, line, problem }) =>
    `${flagOf(role)}${file}: line ${line}: ${withHint({ ...problem, message: withoutValues(problem.message) }, HINTS).message}`,
  reference_incomplete: ({ file, role, fields }) =>
    `${flagOf(role)}${file}: has no column for ${fields.join(', ')}, which the CSV edits`,
  latest_export_missing: (_, plain) =>
    `--snapshot latest-export: ${plain}; make one with: contact-sync export --out FILE`,
  latest_export_refused: (_, plain) =>
    `--snapshot latest-export: ${plain}. Export again with contact-sync export --out FILE, or name the file if it is the right one`,

  key_refused: (_, plain) => `${plain}. Check CONTACT_SYNC_API_KEY.`,
  access_missing: (_, plain) => `${plain}. Give the key that right, or leave out the columns that need it.`,
  endpoint_missing: (_, plain) => `${plain}. Check --base-url, or leave out the columns that need it.`,
  address_unknown: ({ works }, plain) =>
    works === undefined ? `${plain}. Check --base-url and --api-prefix.` : `${plain}. Use --api-prefix ${works}.`,
  ids_not_filterable: (_, plain) => `--reads ids: ${plain}`,
  key_not_filterable: (_, plain) => `--reads ids: ${plain}`,
  filter_refused: (_, plain) => `${plain}. Try --reads list or --reads get.`,

  max_requests: ({ limit }) => `stopped: --max-requests ${limit} is reached`,
  deadline: (reason) => `stopped: ${deadlineFlag(reason)} is reached`,
  deadline_before_allowance: (reason) => `stopped: the rate limit allows no request before ${deadlineFlag(reason)}`,
  reserve: (_, plain) => `${plain} (--reserve)`,
  outage: (_, plain) => `${plain} (--outage-limit)`,
  too_many_refused: (_, plain) =>
    `${plain} (--max-failures). Correct the cause first: resume stops again at the same limit`,
  canary_failed: (_, plain) =>
    `${plain} (--canary). resume checks these rows again; --canary none sends the rest without`,
  write_limit: ({ limit }) =>
    `stopped: --limit ${limit} is reached; resume writes the next ${limit}, or all with --limit none`,

  no_runs: (_, plain) => `${plain} (--runs-dir names another folder)`,
  run_not_found: (_, plain) => `${plain}; list them with: contact-sync runs`,
  run_ambiguous: (_, plain) => `${plain}; give more of its id`,
  folder_not_trusted: ({ dir, why }, plain) => {
    const instead = {
      link: 'Name the folder itself with --runs-dir',
      owner: 'Name a folder of your own with --runs-dir',
      writable: `Close it to others with: chmod go-w ${dir}`,
    };
    return `${plain}. ${instead[why]}; --shared-runs-dir uses it as it is`;
  },
  machine_dir_not_writable: (_, plain) => `${plain}. Set HOME, or --lock-dir, to a folder that can be written to`,
  lock_not_taken: (_, plain) => `${plain}. Set HOME, or --lock-dir, to a folder that can be written to`,
  folder_not_made: (_, plain) => `${plain} (--runs-dir names another folder)`,
  disk_full: (_, plain) => `${plain}. Free some space first`,
  format_unknown: (_, plain) => `${plain} with: contact-sync sync`,
  plan_damaged: (_, plain) => `${plain}. Start a new run with: contact-sync sync`,

  not_approved: ({ run }) => `nothing was sent; apply the plan with: contact-sync apply ${run}`,
  target_differs: ({ run, made, now }) =>
    `run ${run} belongs to ${made}, and this command is set to ${now}. Check --base-url and the API key`,
  organisation_differs: (_, plain) => `${plain}. Check --organisation, --base-url and the API key`,
  prefix_differs: ({ run, made, now }) => `run ${run} was made with --api-prefix ${made}, and this command uses ${now}`,
  package_missing: ({ packages }, plain) => `${plain}. Install with: npm install -g ${packages.join(' ')}`,
  database_unreachable: (_, plain) => `${plain}. Nothing was sent. Check --coordinate.`,
  lock_taken: (_, plain) => `${plain}; see what it wrote, then continue with resume`,
  locked: ({ waited }, plain) => (waited ? plain : `${plain}. Use --wait-lock 10m to wait for it.`),
  run_unfinished: ({ run }, plain) => `${plain}; continue with: contact-sync resume ${run}`,
  not_applicable: ({ run, state }, plain) =>
    ['planning', 'applying', 'stopped'].includes(state) ? `${plain}; continue with: contact-sync resume ${run}` : plain,
  not_resumable: ({ run, state }, plain) => `${plain}${adviceFor(run, state)}`,
  not_retryable: ({ run, state }, plain) =>
    state === 'applying' || state === 'stopped'
      ? `run ${run} has not finished; continue with: contact-sync resume ${run}, then retry`
      : `${plain} with: contact-sync sync`,
  already_undone: ({ by, isWhole }, plain) => {
    if (by === null) return plain;
    const rest = isWhole ? '' : `; retry the rest with: contact-sync retry ${by}`;
    return `${plain}${rest}; undo the undo with: contact-sync undo ${by}`;
  },
  approval_missing: ({ verb, run }, plain) => `${plain} (--require-approval). ${howToApprove(verb, run)}`,
  approval_differs: (_, plain) => `--approved: ${plain}`,
  plan_refused: ({ refusals, kinds }) =>
    MESSAGES.plan_refused({
      refusals: refusals.map((refusal) => withHint(refusal, HINTS)),
      kinds: oneLine(kinds),
    }).split('\n'),
};

function ofHeader(problem: HeaderProblem): string {
  const { code, message, column, mapping, seen } = problem;
  if (code === 'bad_rule') return `--rule "${problem.rule}": ${message}`;
  if (code === 'bad_key') return `--key ${problem.key ?? ''}: ${message}`;
  if (code === 'no_id_column' && !seen?.elsewhere && problem.candidates?.[0] !== undefined) {
    return `${message}; to find contacts by another column, use --key ${problem.candidates[0]}`;
  }
  if (code === 'bad_mapping') return `--map "${mapping}": ${message}`;
  if (code === 'bad_ignored_column') return `--ignore-column "${column}": ${message}`;
  if (seen) return `${message}. ${adviseKeyColumn(seen)}`;
  if (code === 'ambiguous_column' && column !== undefined) {
    return `${message}, or skip the column with --ignore-column "${column}"`;
  }
  if (code !== 'unknown_column') return message;
  return `${message}. Map it with --map "${column}=field", skip it with --ignore-column "${column}", or skip all such columns with --ignore-unknown-columns`;
}

/** What finds the key column of a file. */
function adviseKeyColumn({ line, delimiter, columns, elsewhere }: HeaderSeen): string {
  if (elsewhere) {
    const skip = elsewhere.line === line ? [] : [`--skip-lines ${elsewhere.line - 1}`];
    const set = elsewhere.delimiter === delimiter ? [] : [`--delimiter ${delimiterName(elsewhere.delimiter)}`];
    return `Use ${[...skip, ...set].join(' ')}`;
  }
  if (columns.length === 1) return `Set another delimiter with --delimiter (${Object.keys(DELIMITERS).join(', ')})`;
  return 'Name the column that holds the ids with --map "column=contact_id", or skip titles above the header with --skip-lines';
}

/** A file that a flag named is told with its flag. */
function flagOf(role: ErrorFacts['header_invalid']['role']): string {
  return role === undefined ? '' : `--${role} `;
}

function deadlineFlag(reason: ErrorFacts['deadline']): string {
  return reason.limit === 'stop_at' ? `--stop-at ${reason.time}` : '--max-duration';
}

/** How a plan is made that can be approved, and sent. */
function howToApprove(verb: ErrorFacts['approval_missing']['verb'], run: string | null): string {
  switch (verb) {
    case 'apply':
    case 'resume':
      return `Have its digest approved, then: contact-sync ${verb} ${run} --approved sha256:…`;
    case 'sync':
    case 'retry': {
      const file = verb === 'sync' ? 'the same file' : `the rejected.csv of run ${run}`;
      return `Make the plan with contact-sync plan and ${file}, then have it applied with contact-sync apply --approved`;
    }
    case 'undo':
      return `Make the plan with: contact-sync undo ${run} --dry-run, then have it applied with contact-sync apply --approved`;
  }
}

function adviceFor(run: string, state: string): string {
  if (state === 'planned' || state === 'refused') return `; apply it with: contact-sync apply ${run}`;
  return state === 'done' ? `; retry what failed with: contact-sync retry ${run}` : '';
}
