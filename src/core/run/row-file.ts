import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { stringify, type Stringifier } from 'csv-stringify';
import { DELIMITERS, isDelimiter } from '../model/delimiters.js';
import { quoteFormula } from '../model/formula-cell.js';

/** How the run's input is written: the files of its rows are written alike. */
export interface InputFormat {
  header: readonly string[];
  delimiter: string;
  bom: boolean;
}

/**
 * Writes rejected.csv or succeeded.csv: the original header and cells, with columns of our own behind them. They are what
 * people mail to each other and open in a spreadsheet: cells that begin like formulas are quoted.
 */
export class RowFile {
  readonly #csv: Stringifier;
  readonly #ended: Promise<void>;
  /** Columns of the input that are not ours from an earlier run. */
  readonly #kept: number[];

  /** @param ownColumns such as `_status`: an input that has them has them from an earlier run */
  constructor(
    path: string,
    private readonly input: InputFormat,
    ownColumns: readonly string[],
  ) {
    const { header, delimiter, bom } = input;
    this.#kept = header.flatMap((name, at) => (ownColumns.includes(name.trim()) ? [] : [at]));
    // One that a `sep=` line named would not be detected: these files have no such line.
    this.#csv = stringify({ delimiter: isDelimiter(delimiter) ? delimiter : DELIMITERS.comma, bom });
    const file = createWriteStream(path, { mode: 0o600 });
    this.#ended = finished(this.#csv.pipe(file));
    this.#ended.catch(() => undefined); // `add` and `close` throw it.
    file.on('error', (error) => this.#csv.destroy(error));
    this.#csv.on('error', () => undefined);
    this.#csv.write([...this.#kept.map((at) => quoteFormula(header[at]!)), ...ownColumns]);
  }

  /** @param own the cells of our own columns */
  async add(cells: readonly string[], own: readonly string[]): Promise<void> {
    // Cells beyond the header are why some rows are here: they are kept, behind everything that has a name.
    const { length } = this.input.header;
    // A row that is too short stays invalid until someone repairs it: padded out, it could pass for another.
    const beyond = cells.length < length ? [`(${cells.length} cells)`] : cells.slice(length);
    const row = [...this.#kept.map((at) => cells[at] ?? ''), ...own, ...beyond];
    // Where the file cannot be written, there is no drain to come.
    if (!this.#csv.write(row.map(quoteFormula))) await Promise.race([once(this.#csv, 'drain'), this.#ended]);
  }

  async close(): Promise<void> {
    this.#csv.end();
    await this.#ended;
  }
}
