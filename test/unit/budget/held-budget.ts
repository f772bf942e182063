import type { Budget, CallEnd, Slot } from '../../../src/core/budget/budget.js';
import type { Clock } from '../../../src/core/model/clock.js';

/** A budget whose slots the test hands out. */
export interface HeldBudget extends Budget {
  /** Gives a slot to the one that has waited the longest. */
  admit(how?: 'late'): void;
  /** What the estimate says. */
  firstMs: number;
  /** How slots ended. */
  readonly ended: CallEnd['kind'][];
  /** How many wait. */
  readonly waiting: number;
}

export function heldBudget(clock: Clock): HeldBudget {
  const waiters: ((slot: Slot | 'late') => void)[] = [];
  const ended: CallEnd['kind'][] = [];
  return {
    ended,
    firstMs: 0,
    get waiting() {
      return waiters.length;
    },
    acquire: ({ signal }) =>
      new Promise((resolve, reject) => {
        waiters.push(resolve);
        signal.addEventListener('abort', () => {
          if (waiters.includes(resolve)) waiters.splice(waiters.indexOf(resolve), 1);
          reject(signal.reason as Error);
        });
      }),
    estimate() {
      return Promise.resolve({ firstMs: this.firstMs, lastMs: this.firstMs, left: undefined });
    },
    admit(how) {
      const slot: Slot = {
        startedAt: clock.monotonic(),
        end: ({ kind }) => {
          ended.push(kind);
          return undefined;
        },
      };
      waiters.shift()?.(how ?? slot);
    },
  };
}

/** Lets everything happen that needs no time to pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export function slotOf(got: Slot | 'late'): Slot {
  if (got === 'late') throw new Error('the call is late');
  return got;
}
