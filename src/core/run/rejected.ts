import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { stringify, type Stringifier } from 'csv-stringify';
import { quoteFormula } from '../model/formula-cell.js';
import type { Problem, Status } from '../model/problem.js';

const OWN_COLUMNS = ['_status', '_error'];

/** How a row that was not applied ended. */
export interface Rejection {
  status: Status;
  error?: Problem | undefined;
}

/** How the run's input is written: rejected.csv is written alike. */
export interface RejectedFormat {
  header: readonly string[];
  delimiter: string;
  bom: boolean;
}

/**
 * Writes rejected.csv: the original header and cells, with `_status` and `_error` behind them. It is what people mail to each
 * other and open in a spreadsheet: cells that begin like formulas are quoted.
 */
export class RejectedWriter {
  readonly #csv: Stringifier;
  readonly #ended: Promise<void>;
  /** Columns of the input that are not ours from an earlier run. */
  readonly #kept: number[];

  constructor(
    path: string,
    private readonly input: RejectedFormat,
  ) {
    const { header, delimiter, bom } = input;
    this.#kept = header.flatMap((name, at) => (OWN_COLUMNS.includes(name.trim()) ? [] : [at]));
    this.#csv = stringify({ delimiter, bom });
    const file = createWriteStream(path, { mode: 0o600 });
    this.#ended = finished(this.#csv.pipe(file));
    this.#ended.catch(() => undefined); // `add` and `close` throw it.
    file.on('error', (error) => this.#csv.destroy(error));
    this.#csv.on('error', () => undefined);
    this.#csv.write([...this.#kept.map((at) => quoteFormula(header[at]!)), ...OWN_COLUMNS]);
  }

  async add(cells: readonly string[], { status, error }: Rejection): Promise<void> {
    const said = error === undefined ? '' : `${error.code}: ${error.message}`;
    // Cells beyond the header are why some rows are here: they are kept, behind everything that has a name.
    const { length } = this.input.header;
    // A row that is too short stays invalid until someone repairs it: padded out, it could pass for another.
    const beyond = cells.length < length ? [`(${cells.length} cells)`] : cells.slice(length);
    const row = [...this.#kept.map((at) => cells[at] ?? ''), status, said, ...beyond];
    // Where the file cannot be written, there is no drain to come.
    if (!this.#csv.write(row.map(quoteFormula))) await Promise.race([once(this.#csv, 'drain'), this.#ended]);
  }

  async close(): Promise<void> {
    this.#csv.end();
    await this.#ended;
  }
}
