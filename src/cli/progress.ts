import cliProgress from 'cli-progress';
import { duration } from './duration.js';
import type { OnEvent } from '../core/model/events.js';
import type { Output } from './io.js';
import { oneLine } from './neutralise.js';
import { printLine } from './terminal.js';

const LINE_EVERY_MS = 10_000;

/** Progress on standard error. `write` puts one line there, whatever it holds, that does not disturb it. */
export interface Progress {
  onEvent: OnEvent;
  write: (line: string) => void;
  end: () => void;
}

/** A bar with ETA on a terminal, a line now and then elsewhere. */
export function startProgress(enabled: boolean, stderr: Output): Progress {
  const write = (line: string): void => printLine(stderr, line);
  if (!enabled) return { onEvent: () => undefined, write, end: () => undefined };
  return stderr.isTTY === true ? startBar(stderr) : { ...startLines(write), write };
}

function startBar(stderr: Output): Progress {
  const bars = new cliProgress.MultiBar(
    {
      ...{ format: '{phase} {bar} {percentage}% {value}/{total} ETA {eta_formatted}', stream: stderr },
      ...{ hideCursor: true, clearOnComplete: true, stopOnComplete: false, fps: 5, gracefulExit: false },
      // Lines of the log are as long as they are.
      linewrap: true,
      ...{ etaBuffer: 200, formatTime: (seconds: number) => (Number.isFinite(seconds) ? duration(seconds) : '…') },
    },
    cliProgress.Presets.shades_classic,
  );
  let bar: cliProgress.SingleBar | undefined;
  let phase = '';
  return {
    onEvent(event) {
      if (event.type !== 'phase') return;
      const { phase: now, done, total } = event;
      if (now !== phase) {
        if (bar) bars.remove(bar);
        phase = now;
        bar = bars.create(total, done, { phase: now.padEnd(16) });
      }
      bar?.setTotal(Math.max(total, done));
      bar?.update(done);
    },
    write: (line) => (bar ? bars.log(`${oneLine(line)}\n`) : printLine(stderr, line)),
    end() {
      if (!bar) return;
      bar = undefined;
      // What was logged since the last time.
      bars.update();
      bars.stop();
    },
  };
}

function startLines(write: (line: string) => void): Omit<Progress, 'write'> {
  let toldAt = Date.now();
  return {
    onEvent(event) {
      const now = Date.now();
      if (event.type !== 'phase' || now - toldAt < LINE_EVERY_MS) return;
      toldAt = now;
      const { phase, done, total } = event;
      write(`${phase}: ${done}${total > 0 ? ` of ${total} (${Math.floor((done / total) * 100)}%)` : ''}`);
    },
    end: () => undefined,
  };
}
