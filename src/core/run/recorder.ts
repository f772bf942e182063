import { isBroken, type Outcome, type ResultLine } from '../model/outcome.js';
import type { Changes, PlanLine } from '../model/plan-line.js';
import { Bitset } from '../disk/bitset.js';
import { closingAll } from '../disk/close-all.js';
import { NdjsonWriter } from '../disk/ndjson.js';
import { isFiled, RowFiles, type RowEnd } from './row-files.js';
import type { InputFormat } from './row-file.js';
import type { RunFolder } from './run-folder.js';

/** Rows that may end before the oldest one still in flight; bounds what is kept to write rows in file order. */
const LOOKAHEAD = 10_000;

type Ended = RowEnd & { cells: readonly string[]; changes: Changes | undefined };

/** Told as a row ends. `recorded`: it ends as the plan says. */
export type OnRowEnd = (line: PlanLine, outcome: Outcome, recorded: boolean) => void;

/** Writes results.ndjson as rows end, and rejected.csv and succeeded.csv in the order of the file. */
export class Recorder {
  /** Rows that ended and upon which no later row may rest: they failed, or the API did not keep their values. */
  readonly broken = new Bitset();
  readonly #waiting = new Map<number, Ended | undefined>();
  #next = 1;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly results: NdjsonWriter<ResultLine>,
    private readonly rows: RowFiles,
    private readonly onEnd: OnRowEnd,
  ) {}

  /**
   * @param how.flags `w` starts the results over, `a` continues them; the files of rows are always written from the start
   * @param how.labels what people call custom fields, by key
   */
  static async open(
    folder: RunFolder,
    { input, flags, labels }: { input: InputFormat; flags: 'w' | 'a'; labels: Readonly<Record<string, string>> },
    onEnd: OnRowEnd,
  ): Promise<Recorder> {
    const results = await NdjsonWriter.open<ResultLine>(folder.file('results'), flags);
    return new Recorder(results, new RowFiles(folder, input, labels), onEnd);
  }

  /** So many rows have ended behind one that has not that it must end before others begin. */
  get isFull(): boolean {
    return this.#waiting.size >= LOOKAHEAD;
  }

  /** Records the end of a row. @param flush hands the line to the operating system before this resolves */
  async end(line: PlanLine, outcome: Outcome, flush: boolean): Promise<void> {
    const { row, contact_id, changes } = line;
    await this.results.add({
      row,
      line: line.line,
      contact_id,
      ...outcome,
      ...(changes === undefined ? {} : { changes }),
      at: new Date().toISOString(),
    });
    if (flush) await this.results.flush();
    this.onEnd(line, outcome, !flush);
    const { status, error } = outcome;
    if (isBroken(outcome)) this.broken.add(row);
    await this.#queue(line, { status, error });
  }

  /** Notes a row that ended in an earlier process: its line in the results is there already. */
  replay(line: PlanLine, end: RowEnd | undefined): Promise<void> {
    return this.#queue(line, end);
  }

  async #queue({ row, cells = [], changes, forgotten }: PlanLine, end: RowEnd | undefined): Promise<void> {
    // Of a contact that was taken out there is nothing to file.
    const isKept = end !== undefined && isFiled(end.status) && !forgotten;
    this.#waiting.set(row, isKept ? { cells, changes, ...end } : undefined);
    // One writer at a time, or rows would pass each other.
    this.#writing = this.#writing.then(() => this.#release());
    await this.#writing;
  }

  close(): Promise<void> {
    return closingAll([this.results, this.rows], () => this.#writing);
  }

  /** Writes what is next in file order, as far as it has ended. */
  async #release(): Promise<void> {
    while (this.#waiting.has(this.#next)) {
      const ended = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next);
      this.#next++;
      if (ended) await this.rows.add(ended.cells, ended, ended.changes);
    }
  }
}
