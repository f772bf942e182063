import { jest } from '@jest/globals';

/** All that Jest could stop besides the date: timers, files and sockets go on by themselves. */
const REAL = [
  ...(['hrtime', 'performance', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
];

/**
 * Runs a test on a date that stands still until the test moves it. `advance` lets time pass, for the monotonic clock too.
 * @param start ISO
 */
export async function withDate(
  start: string,
  use: (date: { advance: (ms: number) => void }) => Promise<void>,
): Promise<void> {
  jest.useFakeTimers({ now: Date.parse(start), doNotFake: REAL });
  let passed = 0;
  const monotonic = performance.now.bind(performance);
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => monotonic() + passed);
  const advance = (ms: number): void => {
    passed += ms;
    jest.setSystemTime(Date.now() + ms);
  };
  try {
    await use({ advance });
  } finally {
    clock.mockRestore();
    jest.useRealTimers();
  }
}
