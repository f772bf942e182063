import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Wait } from '../core/report/timeline.js';
import { LOGGED } from './log-events.js';

/** A line of run.log, as far as it is about waits. `timestamp` is ISO, when the wait was over or, of an outage, went on. */
interface LogLine {
  timestamp?: string;
  message?: string;
  ms?: number;
  down_seconds?: number;
}

/**
 * When a run waited, as its log tells. A log that is missing or damaged tells of no waits.
 * @param logFiles the oldest first
 */
export async function* readWaits(...logFiles: string[]): AsyncGenerator<Wait> {
  for (const file of logFiles) if (existsSync(file)) yield* waitsIn(file);
}

async function* waitsIn(logFile: string): AsyncGenerator<Wait> {
  for await (const text of createInterface({ input: createReadStream(logFile) })) {
    const { timestamp = '', message, ms = 0, down_seconds = 0 } = parse(text);
    const to = Date.parse(timestamp);
    if (Number.isNaN(to)) continue;
    if (message === LOGGED.waited) yield { from: to - ms, to };
    else if (message === LOGGED.down) yield { from: to - 1000 * down_seconds, to };
  }
}

/** Most lines are about rows, and are not worth parsing. */
function parse(text: string): LogLine {
  if (!Object.values(LOGGED).some((message) => text.includes(message))) return {};
  try {
    return (JSON.parse(text) ?? {}) as LogLine;
  } catch {
    return {};
  }
}
