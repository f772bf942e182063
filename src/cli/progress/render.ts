import { nameHolder } from '../../core/model/lock-holder.js';
import { localMinute } from '../../core/model/local-minute.js';
import { duration } from '../screen/duration.js';
import { count, plural } from '../../core/report/format.js';
import type { Cause, ProgressState } from './state.js';

const MAX_BAR = 30;
const MIN_BAR = 8;
const MAX_CAUSES = 3;

/** What is shown of the causes of failure: the most frequent first. */
export function renderCauses(causes: ReadonlyMap<string, Cause>): string[] {
  const sorted = [...causes.values()].toSorted((a, b) => b.count - a.count);
  const shown = sorted.slice(0, MAX_CAUSES).map(({ count: rows, text }) => `${plural(rows, 'row')} ${text}`);
  const rest = sorted.slice(MAX_CAUSES).reduce((sum, { count: rows }) => sum + rows, 0);
  return rest > 0 ? [...shown, `${plural(rest, 'row')} for other reasons`] : shown;
}

/**
 * How far a run is, in one line: `sending ████░░░ 143 of 216 updates, 40 requests left, done at 02:54 (in 2m)`. A wait
 * says why, and until when.
 * @param now epoch milliseconds
 * @param width the most columns; parts that find no room are left out
 * @param ascii without characters that only some terminals have
 */
export function renderProgress(
  state: ProgressState,
  { now, width, ascii }: { now: number; width: number; ascii: boolean },
): string {
  const { phase } = state;
  const wait = renderWait(state, now);
  if (phase === undefined) return wait ?? '';
  const isSending = phase === 'applying' && state.writes > 0;
  const [done, total] = isSending ? [state.sent, state.writes] : [state.done, state.total];
  const what = isSending ? 'updates' : phase === 'reading contacts' ? 'contacts' : 'rows';
  const reached = total > 0 ? `${count(done)} of ${count(total)} ${what}` : `${count(done)} ${what}`;
  const names = { applying: 'comparing', 'reading contacts': 'reading' };
  const name = isSending ? 'sending' : phase in names ? names[phase as keyof typeof names] : phase;
  const head = `${name} ${reached}`;
  const whole = wait === undefined ? (isSending ? forecast(state, now) : []) : [wait];
  // Where there is little room, why it waits gives way to how long.
  const details = wait !== undefined && `${head}, ${wait}`.length > width ? [renderShortWait(state, now)] : whole;
  const line = fit([head, ...details], width);
  const room = width - line.length - 1;
  if (total === 0 || room < MIN_BAR || !Number.isFinite(width)) return line;
  return line.replace(' ', ` ${bar(done / total, Math.min(MAX_BAR, room), ascii)} `);
}

/** As many parts as find room; the first is cut where it finds none itself. */
function fit(parts: readonly string[], width: number): string {
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}, ${part}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line === '' ? (parts[0] ?? '').slice(0, width) : line;
}

function forecast({ endsAt, callsLeft }: ProgressState, now: number): string[] {
  return [
    ...(endsAt === undefined || endsAt <= now + 1000
      ? []
      : [`done at ${clock(endsAt, now)} (in ${duration((endsAt - now) / 1000)})`]),
    ...(callsLeft === undefined ? [] : [`${plural(callsLeft, 'request')} left`]),
  ];
}

/** Why nothing is sent for now, and until when. */
export function renderWait({ wait }: Pick<ProgressState, 'wait'>, now: number): string | undefined {
  if (wait === undefined) return undefined;
  const { until = now } = wait;
  switch (wait.for) {
    case 'rate_limit':
      return `rate limit: next request at ${clock(until, now)}, in ${left(until, now)}`;
    case 'outage':
      return `no answer from the API: trying again`;
    case 'unanswered':
      return `waiting for a request that was not answered, until ${clock(until, now)}, in ${left(until, now)}`;
    case 'canary':
      return `reading the first rows again at ${clock(until, now)}, in ${left(until, now)}`;
    case 'lock':
      return `waiting for ${nameHolder(wait.holder ?? null)}, which holds the lock`;
  }
}

/** For how long at least nothing is sent. */
function renderShortWait({ wait }: ProgressState, now: number): string {
  return wait?.until === undefined ? 'waiting' : `waiting ${left(wait.until, now)}`;
}

function left(until: number, now: number): string {
  return duration(Math.max(0, Math.ceil((until - now) / 1000)));
}

/** `02:54`, with seconds where it is soon, with the day where it is not today. */
function clock(time: number, now: number): string {
  const at = new Date(time);
  const text = localMinute(at);
  if (text.slice(0, 10) !== localMinute(new Date(now)).slice(0, 10)) return text;
  return time - now < 120_000 ? at.toLocaleTimeString('sv') : text.slice(11);
}

function bar(share: number, length: number, ascii: boolean): string {
  const full = Math.floor(Math.min(1, Math.max(0, share)) * length);
  const [done, open] = ascii ? ['#', '.'] : ['█', '░'];
  return done.repeat(full) + open.repeat(length - full);
}
