import { API_DEFAULTS, PLAN_DEFAULTS } from '../../src/core/defaults.js';
import type { OnEvent } from '../../src/core/model/events.js';
import type { RunFolder } from '../../src/core/run/run-folder.js';
import { newSummary, type PlanOptions } from '../../src/core/run/summary.js';
import { SummaryKeeper } from '../../src/core/run/summary-keeper.js';
import type { Sandbox } from '../../src/sandbox/start-sandbox.js';
import type { ApiOptions } from '../../src/core/run/api-session.js';
import { Session } from '../../src/core/run/session.js';
import { BUDGET } from './api.js';

/** The defaults of a plan, without guards. */
export const PLAN: PlanOptions = { ...PLAN_DEFAULTS, lint: 'off', allowOptIn: true };
export const NO_GUARDS = { maxChanges: undefined, maxClears: undefined, strict: false };

/** A verb's work on a run, in this process. */
export async function job(
  sandbox: Sandbox,
  folder: RunFolder,
  command: string,
  story: (session: Session) => Promise<void>,
): Promise<Session> {
  const options: ApiOptions = {
    ...{ ...API_DEFAULTS, ...BUDGET, baseUrl: sandbox.url, key: sandbox.key },
    ...{ mirror: undefined, retries: 0, timeout: 5000 },
  };
  const summary = newSummary(folder.id, command, new Date(), process, { options: PLAN, dryRun: false });
  const keeper = new SummaryKeeper(summary, folder.file('summary'));
  const emit: OnEvent = (event) => keeper.note(event);
  const session = new Session(options, { folder, keeper, emit, stop: new AbortController() });
  try {
    await story(session);
    await keeper.end({ state: 'done', exit_code: 0, error: null, error_code: null });
  } finally {
    await session.close();
  }
  return session;
}
