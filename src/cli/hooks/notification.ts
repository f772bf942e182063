import { redactDeep, redactor } from '../../core/model/redact.js';
import { STATUSES } from '../../core/model/problem.js';
import { count } from '../../core/report/format.js';
import type { Summary } from '../../core/run/summary.js';
import { isSyncError } from '../../core/model/errors.js';
import { oneLine } from '../output/neutralise.js';
import { nextCommand } from '../screen/summary.js';
import type { NOTIFY_ON } from '../settings/run-options.js';
import { CommandError } from '../settings/command-error.js';
import { secondsOf, type Ending } from './ending.js';

/** Whether an ending is one to be notified of. `changes`: something was or would be written, or it failed. */
export function isNotified(ending: Ending, on: (typeof NOTIFY_ON)[number]): boolean {
  if (on === 'always' || ending.isFailure) return true;
  const counts = ending.end?.summary.counts;
  return on === 'changes' && counts !== undefined && counts.updated + counts.planned > 0;
}

/**
 * What a notification says: names of summary.json, and `text` for chats. It goes to another party, so it is made of ids,
 * counts, codes and field keys alone: no message, path, column or value.
 * @param key the API's, which no name of an organisation may spell
 */
export function notificationOf(ending: Ending, key: string | undefined): object {
  const { command, exitCode: exit_code, end, error, endedAt, beganAt } = ending;
  const summary = end?.summary;
  const payload = {
    text: textOf(ending),
    command,
    exit_code,
    error_code: codeOf(error),
    run_id: summary?.run_id ?? null,
    state: summary?.state ?? null,
    ...(summary ? factsOf(summary) : {}),
    next_command: nextOf(ending),
    command_began_at: beganAt.toISOString(),
    command_ended_at: endedAt.toISOString(),
    duration_seconds: secondsOf(ending),
  };
  return redactDeep(payload, redactor(key)) as object;
}

function factsOf(summary: Readonly<Summary>): object {
  const { parent, dry_run, target, input, plan, digest, counts, changes, not_kept, calls, versions } = summary;
  const { retries, rate_limited, waited_seconds } = summary;
  return {
    ...{ parent, dry_run },
    target: target && { base_url: target.base_url, organisation: target.organisation },
    ...{ rows: input.rows, plan, digest, counts, changes, not_kept },
    ...{ calls, retries, rate_limited, waited_seconds, versions },
  };
}

/** `contact-sync sync: Acme Inc.: 2 updated, 1 failed. Exit 3: …. Run 20261123T… . Next: contact-sync retry …` */
function textOf(ending: Ending): string {
  const { command, exitCode, meaning, end } = ending;
  const next = nextOf(ending);
  const parts = [
    end && `${whoseOf(end.summary)}${rowsOf(end.summary)}.`,
    `Exit ${exitCode}: ${meaning}.`,
    end && `Run ${end.summary.run_id}.`,
    next && `Next: ${next}`,
  ];
  const text = `contact-sync ${command}: ${parts.filter((part) => part !== undefined && part !== null).join(' ')}`;
  // What chats would take for a link or for a call to everyone in the channel.
  return oneLine(text).replace(/[<>]/g, (sign) => (sign === '<' ? '‹' : '›'));
}

function whoseOf({ target }: Readonly<Summary>): string {
  const name = target?.organisation?.name ?? target?.organisation?.id;
  return name === undefined ? '' : `${name}: `;
}

function rowsOf({ counts }: Readonly<Summary>): string {
  const ended = STATUSES.filter((status) => counts[status] > 0).map((status) => `${count(counts[status])} ${status}`);
  return ended.length === 0 ? 'no rows' : ended.join(', ');
}

/** Where no run says what comes next, the settings have to be looked at. */
function nextOf({ end, isFailure }: Ending): string | null {
  if (end) return nextCommand(end.summary);
  return isFailure ? 'contact-sync doctor' : null;
}

function codeOf(error: unknown): string | null {
  if (error === undefined) return null;
  if (error instanceof CommandError) return error.kind;
  return isSyncError(error) ? error.code : 'internal';
}
