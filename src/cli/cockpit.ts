import type { OnEvent, SyncEvent } from '../core/model/events.js';
import { digestRun } from '../core/report/digest-run.js';
import type { Approve } from '../core/run/session.js';
import type { Summary } from '../core/run/summary.js';
import { isTold } from './settings/is-told.js';
import type { Io, Output } from './output/io.js';
import { startProgress } from './progress/progress.js';
import { renderExamples, renderFields, renderReasons, type Screen } from './screen/changes.js';
import { colorsFor } from './screen/colors.js';
import { renderReading, sayWrites } from './screen/cost.js';
import { widthOf } from './screen/layout.js';
import { plural } from '../core/report/format.js';
import type { Settings } from './settings/schemas.js';
import { nameOf, tellWhere } from './tell-where.js';
import { confirm, printScreen } from './output/terminal.js';

/** What a person sees of a run while it works, on standard error. */
export interface Cockpit {
  onEvent: OnEvent;
  /** Shows what is about to be sent and asks; undefined where nobody is to be asked. */
  approve: Approve | undefined;
  /** Puts one line there, whatever it holds, that does not disturb the progress. */
  write: (line: string) => void;
  /** The same for what is good to know, unless only errors are wanted. */
  tell: (line: string) => void;
  end: () => void;
}

/** @param asks whether the command is one that asks before it sends */
export function startCockpit(settings: Settings, io: Io, asks: boolean): Cockpit {
  const { json } = settings;
  const isShown = isTold(settings) && !json;
  const progress = startProgress(isShown, io.stderr, io.env);
  let whose = 'the API';
  let isDryRun = false;
  const isAsked = asks && !settings.yes && !json && io.stderr.isTTY === true && io.stdin.isTTY === true;
  const tell = isShown ? progress.write : () => undefined;
  const where = tellWhere(settings, tell);
  return {
    write: progress.write,
    tell,
    end: progress.end,
    onEvent(event) {
      progress.onEvent(event);
      where(event);
      if (event.type === 'target_known') whose = nameOf(event);
      else if (event.type === 'run_began') isDryRun = event.dryRun;
      else announce(event, isAsked || isDryRun, tell);
    },
    approve: isAsked
      ? async ({ folder, summary }) => {
          progress.pause();
          // Values belong to the result: standard error gets them where a person sees nothing else.
          const output = io.stdout.isTTY === true ? io.stdout : io.stderr;
          const screen = screenFor(output, io, settings, summary);
          const { writes_planned: writes, labels } = summary;
          const digest = await digestRun(folder, 'plan');
          const parts = [
            screen.values ? renderExamples(digest, writes, labels, screen) : '',
            renderReasons(digest, screen),
            renderFields(digest, labels, screen),
            sayWrites(writes, summary.estimate),
          ];
          printScreen(output, `\n${parts.filter((part) => part !== '').join('\n\n')}\n`);
          const isApproved = await confirm(io, `Send ${plural(writes, 'update')} to ${whose}?`);
          progress.pause();
          return isApproved;
        }
      : undefined,
  };
}

/** What a run's texts are written for. @param output where they go */
export function screenFor(
  output: Output,
  { env }: Io,
  { color, values }: Settings,
  { command }: Readonly<Summary>,
): Screen {
  return { width: widthOf(output), colors: colorsFor(output, env, color), hasRows: command !== 'undo', values };
}

/** What is to be spent is told before it is spent. @param isQuiet where the question or the result tells of writes */
function announce(event: SyncEvent, isQuiet: boolean, tell: (line: string) => void): void {
  if (event.type === 'reads_chosen') {
    const reading = renderReading(event.choice);
    if (reading !== undefined) tell(reading);
  }
  if (isQuiet) return;
  const writes = event.type === 'plan_ready' ? event.totals.writes : event.type === 'writes_begin' ? event.writes : 0;
  if (writes > 0 && 'estimate' in event) tell(`to send: ${sayWrites(writes, event.estimate)}`);
}
