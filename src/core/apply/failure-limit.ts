import { classifyStatus } from '../api/classify.js';
import type { Outcome } from '../model/outcome.js';
import { isRejected } from '../model/problem.js';
import type { Limit } from '../plan/plan-guards.js';

/** How the API answered the rows that were sent. */
export interface Answers {
  /** Rows that got a final answer, whatever it was. */
  answered: number;
  /** Of these, those that it refused. */
  refused: number;
}

/** A share is judged from this answer on. */
export const FIRST_JUDGED = 20;

/** How much better shares beyond the limit must explain the answers. */
const ODDS = 1000;

/** Shares that are held against the limit lie at these parts of the way from the limit to 100 %: 1, 1/2, 1/4, … */
const PARTS = Array.from({ length: 11 }, (_, at) => 2 ** -at);

/**
 * What a row counts for. A contact that is missing is an answer and no refusal; so is a row whose contact turned out to have
 * its new values after all. Undefined: the row was never sent, or never answered.
 */
export function answerOf({
  status,
  attempts = 0,
  http_status,
}: Pick<Outcome, 'status' | 'attempts' | 'http_status'>): 'refused' | 'other' | undefined {
  if (attempts === 0 || http_status === undefined) return undefined;
  const verdict = classifyStatus(http_status);
  const isRefusal = verdict === 'refused' || verdict === 'conflict' || verdict === 'forbidden';
  return isRefusal && isRejected(status) ? 'refused' : 'other';
}

/**
 * Whether the API has refused so many rows that no more are to be sent. Pure.
 *
 * A count is exceeded by the first refusal beyond it. A share is judged after each answer from the 20th on, and the share
 * so far is a poor judge: of runs in which 15 % of the rows are refused, nearly half are beyond 20 % at some moment. So
 * it is tested sequentially: shares beyond the limit are held against the limit itself, and the limit is exceeded once they
 * explain the answers so far 1,000 times better on average. That mean of likelihood ratios is a martingale: of runs whose true
 * share is within the limit at most one in 1,000 is ever stopped, however long they are. The further the true share is
 * beyond the limit, the sooner it is found: with 20 %, by 13 refusals of 20, 27 of 60 or 257 of 1,000.
 *
 * Where nothing was accepted, no test is needed.
 */
export function exceedsLimit({ answered, refused }: Answers, limit: Limit): boolean {
  if ('count' in limit) return refused > limit.count;
  if (answered < FIRST_JUDGED || refused === 0 || limit.percent >= 100) return false;
  if (refused === answered || limit.percent === 0) return true;
  const share = limit.percent / 100;
  // Nothing beyond the limit explains a share within it any better.
  return refused > answered * share && oddsAgainst(share, { answered, refused }) >= ODDS;
}

/** How much better shares beyond the limit explain the answers than the limit does, on average. */
function oddsAgainst(limit: number, { answered, refused }: Answers): number {
  const { exp, log } = Math;
  const accepted = answered - refused;
  const ratios = PARTS.map((part) => {
    const share = limit + (1 - limit) * part;
    // By logarithms: the powers themselves are too small. A share of 100 % does not explain what was accepted: its ratio is 0.
    return exp(refused * log(share / limit) + accepted * log((1 - share) / (1 - limit)));
  });
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}
