import cliProgress from 'cli-progress';
import type { OnProgress } from '../session.js';

/** A bar with ETA on a terminal, a line now and then elsewhere; on standard error. */
export function startProgress(enabled: boolean): { onProgress: OnProgress; end: () => void } {
  if (!enabled) return { onProgress: () => undefined, end: () => undefined };
  const terminal = process.stderr.isTTY === true;
  let bar: cliProgress.SingleBar | undefined;
  let phase = '';
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const onProgress: OnProgress = (now, done, total) => {
    if (now !== phase) {
      end();
      phase = now;
      bar = makeBar(terminal);
      bar.start(total, done, { phase: now.padEnd(16) });
    }
    bar?.update(done);
  };
  return { onProgress, end };
}

function makeBar(terminal: boolean): cliProgress.SingleBar {
  const format = terminal
    ? '{phase} {bar} {percentage}% {value}/{total} ETA {eta_formatted}'
    : '{phase} {value}/{total} ({percentage}%)';
  return new cliProgress.SingleBar(
    {
      ...{ format, stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000 },
      ...{ hideCursor: true, clearOnComplete: true, etaBuffer: 200, fps: 5 },
    },
    cliProgress.Presets.shades_classic,
  );
}
