import { isBroken, type Outcome, type ResultLine } from '../model/outcome.js';
import type { PlanLine } from '../model/plan-line.js';
import { isRejected } from '../model/problem.js';
import { Bitset } from '../disk/bitset.js';
import { closingAll } from '../disk/close-all.js';
import { NdjsonWriter } from '../disk/ndjson.js';
import { RejectedWriter, type RejectedFormat, type Rejection } from './rejected.js';
import type { RunFolder } from './run-folder.js';

/** Rows that may end before the oldest one still in flight; bounds what is kept to write rejected.csv in file order. */
const LOOKAHEAD = 10_000;

type Ended = Rejection & { cells: readonly string[] };

/** Told as a row ends. `recorded`: it ends as the plan says. */
export type OnRowEnd = (line: PlanLine, outcome: Outcome, recorded: boolean) => void;

/** Writes results.ndjson as rows end, and rejected.csv in the order of the file. */
export class Recorder {
  /** Rows that ended and upon which no later row may rest: they failed, or the API did not keep their values. */
  readonly broken = new Bitset();
  readonly #waiting = new Map<number, Ended | undefined>();
  #next = 1;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly results: NdjsonWriter<ResultLine>,
    private readonly rejectedFile: RejectedWriter,
    private readonly onEnd: OnRowEnd,
  ) {}

  /**
   * @param flags `w` starts the results over, `a` continues them; rejected.csv is always written from the start
   */
  static async open(folder: RunFolder, input: RejectedFormat, flags: 'w' | 'a', onEnd: OnRowEnd): Promise<Recorder> {
    const results = await NdjsonWriter.open<ResultLine>(folder.file('results'), flags);
    return new Recorder(results, new RejectedWriter(folder.file('rejected'), input), onEnd);
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
    await this.#queue(line, isRejected(status) ? { status, error } : undefined);
  }

  /** Notes a row that ended in an earlier process: its line in the results is there already. */
  replay(line: PlanLine, rejection: Rejection | undefined): Promise<void> {
    return this.#queue(line, rejection);
  }

  async #queue({ row, cells = [], forgotten }: PlanLine, rejection: Rejection | undefined): Promise<void> {
    // Of a contact that was taken out there is nothing to try again.
    this.#waiting.set(row, forgotten ? undefined : rejection && { cells, ...rejection });
    // One writer at a time, or rows would pass each other.
    this.#writing = this.#writing.then(() => this.#release());
    await this.#writing;
  }

  close(): Promise<void> {
    return closingAll([this.results, this.rejectedFile], () => this.#writing);
  }

  /** Writes what is next in file order, as far as it has ended. */
  async #release(): Promise<void> {
    while (this.#waiting.has(this.#next)) {
      const ended = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next);
      this.#next++;
      if (ended) await this.rejectedFile.add(ended.cells, ended);
    }
  }
}
