import { setInterval } from 'node:timers';
import type { OnEvent } from '../../core/model/events.js';
import type { Env, Output } from '../output/io.js';
import { oneLine } from '../output/neutralise.js';
import { widthOf, wrapText } from '../screen/layout.js';
import { clearLines, printLine } from '../output/terminal.js';
import { renderCauses, renderProgress, renderWait } from './render.js';
import { advance, newProgress, type ProgressState } from './state.js';

/** Off a terminal a line now and then is enough. */
const LINE_EVERY_MS = 60_000;
const REDRAW_EVERY_MS = 200;

/** Progress on standard error. */
export interface Progress {
  onEvent: OnEvent;
  /** Puts one line there, whatever it holds, above the progress. */
  write: (line: string) => void;
  /** Takes the progress away for as long as something else is asked or shown. */
  pause: () => void;
  end: () => void;
}

/** A line that moves on a terminal, and a line now and then elsewhere. */
export function startProgress(enabled: boolean, stderr: Output, env: Env): Progress {
  const write = (line: string): void => printLine(stderr, line);
  const nothing = (): void => undefined;
  if (!enabled) return { onEvent: nothing, write, pause: nothing, end: nothing };
  return stderr.isTTY === true ? startLive(stderr, isAscii(env)) : startLines(write);
}

/** Whether a terminal can show no more than ASCII, as its locale says. */
function isAscii(env: Env): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return env['TERM'] === 'dumb' || env['TERM'] === 'linux' || /^(C|POSIX)$/.test(locale);
}

/** Lines at the end of the terminal that are drawn again as things change, and each second while something counts down. */
function startLive(stderr: Output, ascii: boolean): Progress {
  const state = newProgress();
  let drawn = 0;
  let isStale = false;
  let isPaused = false;
  const clear = (): void => {
    clearLines(stderr, drawn);
    drawn = 0;
  };
  const draw = (): void => {
    clear();
    const width = widthOf(stderr) - 1;
    const line = renderProgress(state, { now: Date.now(), width, ascii });
    const lines = line === '' ? [] : [...renderCauses(state.causes).map((cause) => cause.slice(0, width)), line];
    for (const each of lines) printLine(stderr, each);
    drawn = lines.length;
    isStale = false;
  };
  let drawnAt = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    const counts = state.wait !== undefined || state.endsAt !== undefined;
    if (isPaused || (!isStale && (!counts || now - drawnAt < 1000))) return;
    drawnAt = now;
    draw();
  }, REDRAW_EVERY_MS);
  timer.unref();
  return {
    onEvent(event) {
      isStale = advance(state, event, Date.now()) || isStale;
    },
    write(line) {
      clear();
      for (const part of wrapText(oneLine(line), widthOf(stderr)).split('\n')) printLine(stderr, part);
      if (!isPaused) draw();
    },
    pause() {
      isPaused = !isPaused;
      clear();
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}

/** A line when a wait begins that takes longer than a line's turn, and otherwise one a minute. */
function startLines(write: (line: string) => void): Progress {
  const state = newProgress();
  let toldAt = Date.now();
  let toldWait: number | undefined;
  const tell = (now: number): void => {
    toldAt = now;
    write(renderProgress(state, { now, width: Infinity, ascii: true }));
  };
  return {
    onEvent(event) {
      const now = Date.now();
      const isNew = advance(state, event, now);
      if (event.type === 'waiting' && event.for === 'lock') write(renderWait(state, now) ?? '');
      else if (isLongWait(state, now) && toldWait !== state.wait?.until) {
        toldWait = state.wait?.until;
        write(renderWait(state, now) ?? '');
        toldAt = now;
      } else if (isNew && event.type === 'phase' && now - toldAt >= LINE_EVERY_MS) tell(now);
    },
    write,
    pause: () => undefined,
    end: () => undefined,
  };
}

function isLongWait({ wait }: ProgressState, now: number): boolean {
  return wait?.until !== undefined && wait.until - now > LINE_EVERY_MS / 2;
}
