import { closingAll } from '../disk/close-all.js';
import type { Change, Changes } from '../model/plan-line.js';
import { isRejected, type Problem, type Status } from '../model/problem.js';
import { isEmpty } from '../model/values.js';
import { RowFile, type InputFormat } from './row-file.js';
import type { RunFolder } from './run-folder.js';

/** How a row ended that is in one of the files. */
export interface RowEnd {
  status: Status;
  error?: Problem | undefined;
}

/** Whether a row is in one of the files. */
export function isFiled(status: Status): boolean {
  return status === 'updated' || isRejected(status);
}

/** rejected.csv, which can be fed back as it is, and succeeded.csv. */
export class RowFiles {
  readonly #rejected: RowFile;
  readonly #succeeded: RowFile;

  /** @param labels what people call custom fields, by key */
  constructor(
    folder: RunFolder,
    input: InputFormat,
    private readonly labels: Readonly<Record<string, string>>,
  ) {
    this.#rejected = new RowFile(folder.file('rejected'), input, ['_status', '_error']);
    this.#succeeded = new RowFile(folder.file('succeeded'), input, ['_status', '_changes']);
  }

  /** @param cells the original ones */
  add(cells: readonly string[], { status, error }: RowEnd, changes: Changes = {}): Promise<void> {
    if (status === 'updated') return this.#succeeded.add(cells, [status, this.#describe(changes)]);
    return this.#rejected.add(cells, [status, error === undefined ? '' : `${error.code}: ${error.message}`]);
  }

  close(): Promise<void> {
    return closingAll([this.#rejected, this.#succeeded], () => Promise.resolve());
  }

  /** `title: VP → SVP; notes: (empty) → Met at the fair`. */
  #describe(changes: Changes): string {
    return Object.entries(changes)
      .map(([key, change]) => `${this.labels[key] ?? key}: ${describe(change)}`)
      .join('; ');
  }
}

function describe({ from, to }: Change): string {
  return [from, to]
    .map((value) => (isEmpty(value) ? '(empty)' : Array.isArray(value) ? value.join(', ') : String(value)))
    .join(' → ');
}
