import type { Deadline } from '../budget/deadline.js';
import type { Clock } from '../model/clock.js';
import type { OnEvent } from '../model/events.js';
import type { Proxy } from './proxy.js';

export interface TransportOptions {
  baseUrl: string;
  key: string;
  timeoutMs: number;
  /** The most connections. */
  concurrency: number;
  /** Default: connects directly. */
  proxy?: Proxy | undefined;
  deadlines: readonly Deadline[];
  onEvent: OnEvent;
  /** Default: the machine's. */
  clock?: Clock;
  /** Larger answers are cut off. Default: `MAX_ANSWER_BYTES`. */
  maxAnswerBytes?: number;
}
