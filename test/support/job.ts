import type { OnEvent } from '../../src/core/model/events.js';
import type { RunFolder } from '../../src/core/run/run-folder.js';
import { newSummary, type PlanOptions } from '../../src/core/run/summary.js';
import { SummaryKeeper } from '../../src/core/run/summary-keeper.js';
import type { Sandbox } from '../../src/sandbox/start-sandbox.js';
import { Session, type ApiOptions } from '../../src/core/run/session.js';
import { BUDGET } from './api.js';

/** The defaults of a plan, without guards. */
export const PLAN: PlanOptions = {
  ...{ map: [], ignoreUnknownColumns: false, delimiter: undefined, empty: undefined, nullToken: '<clear>' },
  ...{ idFormat: 'uuid', lint: 'off', skipEquivalent: [], allowOptIn: true, duplicates: 'allow' },
  ...{ maxChanges: undefined, maxClears: undefined, strict: false, base: undefined, snapshot: undefined },
};
export const NO_GUARDS = { maxChanges: undefined, maxClears: undefined, strict: false };

/** A verb's work on a run, in this process. */
export async function job(
  sandbox: Sandbox,
  folder: RunFolder,
  command: string,
  story: (session: Session) => Promise<void>,
): Promise<Session> {
  const options: ApiOptions = {
    ...{ baseUrl: sandbox.url, apiPrefix: '/v1/preview', key: sandbox.key, ...BUDGET },
    ...{ deadline: undefined, retries: 0, timeout: 5000, reads: 'auto' },
    ...{ mirror: undefined, planMaxAge: 900_000 },
  };
  const summary = newSummary(folder.id, command, new Date(), process, { options: PLAN, dryRun: false });
  const keeper = new SummaryKeeper(summary, folder.file('summary'));
  const emit: OnEvent = (event) => keeper.note(event);
  const session = new Session(options, { folder, keeper, emit, stop: new AbortController() });
  try {
    await story(session);
    await keeper.end({ state: 'done', exit_code: 0, error: null });
  } finally {
    await session.close();
  }
  return session;
}
