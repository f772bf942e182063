import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, Parser, type Options } from 'csv-parse';
import { nearFile } from '../disk/near-file.js';
import type { CsvRecord } from '../model/csv-record.js';
import type { CsvProblem } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';
import { unquoteFormula } from '../model/formula-cell.js';
import { trimBlank } from '../model/invisible.js';
import { decodeText } from './decode.js';
import { withoutLayout } from './layout-text.js';

/** A CSV that can be read more than once. `name` is how people know it; `path` is where the bytes are. */
export interface CsvSource {
  path: string;
  name: string;
  /** Its bytes, where they have no path any more. Left open. */
  file?: FileHandle;
}

const CHUNK_BYTES = 64 * 1024;

/** A record of more characters than this is taken for a quote that was never closed. */
export const MAX_RECORD_CHARS = 1_000_000;

export interface RecordOptions {
  delimiter: string;
  /** Physical lines before the header. */
  skipLines?: number;
  /** Cells that a row lacks at its end are empty: it gets as many as the header has. */
  padRows?: boolean;
  /** Given the file's bytes as they pass. */
  onBytes?: (chunk: Buffer) => void;
  /** Told the line of each row whose cells are all blank. */
  onBlank?: (line: number) => void;
}

/**
 * Streams the records of a CSV, header first, without the `'` before what looks like a formula. Blank lines, and rows in
 * which every cell is blank, are not records.
 * @throws SyncError for a file that cannot be read, decoded or parsed, with its name and line
 */
export async function* readRecords(source: CsvSource, options: RecordOptions): AsyncGenerator<CsvRecord> {
  const { delimiter, skipLines = 0, onBytes } = options;
  const text = withoutLayout(decodeText(readBytes(source, onBytes), source.name), {
    skip: skipLines,
    delimiter,
  });
  const records = new Records(options);
  const parser = new BlockParser(delimiter, records);
  const feeding = pipeline(Readable.from(text), parser);
  feeding.catch(() => undefined); // The loop below throws the same error.
  try {
    for await (const block of parser as AsyncIterable<CsvRecord[]>) for (const record of block) yield record;
  } catch (error) {
    throw error instanceof CsvError ? parseError(error, source.name, records.nextLine(error)) : error;
  }
}

/** Hands on the records of each chunk together: one by one they would cost as much as it takes to parse them. */
class BlockParser extends Parser {
  #block: CsvRecord[] = [];

  constructor(
    delimiter: string,
    private readonly records: Records,
  ) {
    super({
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_RECORD_CHARS,
      readableHighWaterMark: 1,
    } as Options);
  }

  /** Called as a record is parsed, while `info` is about it. */
  override push(cells: string[] | null): boolean {
    if (cells === null) return super.push(null);
    const record = this.records.take(cells, this.info);
    if (record) this.#block.push(record);
    return true;
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, callback: TransformCallback): void {
    super._transform(chunk, encoding, this.#handOn(callback));
  }

  override _flush(callback: TransformCallback): void {
    super._flush(this.#handOn(callback));
  }

  #handOn(callback: TransformCallback): TransformCallback {
    return (error) => {
      if (this.#block.length > 0) super.push(this.#block);
      this.#block = [];
      callback(error);
    };
  }
}

/** Numbers records by rows and physical lines. csv-parse counts a CRLF inside quotes as two lines. */
class Records {
  #overcounted = 0;
  #row = 0;
  #endLine: number;
  #blankLines = 0;
  #width = 0;

  constructor(private readonly options: RecordOptions) {
    this.#endLine = options.skipLines ?? 0;
  }

  /** A record that csv-parse has just read to its end; null where all of its cells are blank. */
  take(cells: string[], info: { lines: number; empty_lines: number }): CsvRecord | null {
    const breaks = countBreaks(cells);
    this.#overcounted += breaks.crlf;
    this.#endLine = info.lines - this.#overcounted + (this.options.skipLines ?? 0);
    this.#blankLines = info.empty_lines;
    const line = this.#endLine - breaks.all;
    if (cells.every((cell) => trimBlank(cell) === '')) {
      this.options.onBlank?.(line);
      return null;
    }
    if (this.#row === 0) this.#width = cells.length;
    else if (this.options.padRows) while (cells.length < this.#width) cells.push('');
    return unquoted({ row: this.#row++, line, cells });
  }

  /** Where the record after the last one starts, in which csv-parse came to a stop. */
  nextLine(error: CsvError): number {
    return this.#endLine + 1 + Number(error['empty_lines']) - this.#blankLines;
  }
}

/** Takes off what marks a cell as text: the `'` before a formula, and `="…"` around it. */
function unquoted(record: CsvRecord): CsvRecord {
  const asText: number[] = [];
  record.cells.forEach((cell, at) => {
    if (cell.startsWith("'")) {
      record.cells[at] = unquoteFormula(cell);
      if (record.cells[at] !== cell) asText.push(at);
      // With a blank before it, it is no formula to a spreadsheet, and files of runs do not guard it.
    } else if (cell.startsWith('="')) record.cells[at] = unwrapText(cell);
  });
  return asText.length > 0 ? { ...record, asText } : record;
}

/** `="0042"` to `0042`, as exporters write text for spreadsheets. Any other formula stays. */
function unwrapText(cell: string): string {
  const text = trimBlank(cell);
  if (text.length < 3 || !text.endsWith('"')) return cell;
  const inner = text.slice(2, -1);
  return inner.replaceAll('""', '').includes('"') ? cell : inner.replaceAll('""', '"');
}

/**
 * The bytes of a file.
 * @throws SyncError where it cannot be read
 */
export async function* readBytes(source: CsvSource, onBytes?: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  try {
    const { path, file } = source;
    const chunks = file ? readHandle(file) : (createReadStream(path) as AsyncIterable<Buffer>);
    for await (const chunk of chunks) {
      onBytes?.(chunk);
      yield chunk;
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new SyncError(
      'input_unreadable',
      { file: source.name, errno: code, near: nearFile(source.name, code) },
      { cause },
    );
  }
}

/** From the start, however far it was read before. A stream would close the file once it is destroyed. */
async function* readHandle(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function countBreaks(cells: readonly string[]): { all: number; crlf: number } {
  let all = 0;
  let crlf = 0;
  for (const cell of cells) {
    if (!cell.includes('\n') && !cell.includes('\r')) continue;
    all += cell.match(/\r\n|\r|\n/g)?.length ?? 0;
    crlf += cell.match(/\r\n/g)?.length ?? 0;
  }
  return { all, crlf };
}

const PARSE_ERRORS: Record<string, CsvProblem> = {
  CSV_QUOTE_NOT_CLOSED: { kind: 'quote_not_closed' },
  CSV_INVALID_CLOSING_QUOTE: { kind: 'text_after_quote' },
  INVALID_OPENING_QUOTE: { kind: 'quote_inside' },
  CSV_MAX_RECORD_SIZE: { kind: 'record_too_long', maxChars: MAX_RECORD_CHARS },
};

function parseError(error: CsvError, name: string, line: number): SyncError {
  const problem = PARSE_ERRORS[error.code] ?? { kind: 'other' as const, detail: error.message };
  const column = typeof error.column === 'number' ? error.column + 1 : undefined;
  return new SyncError('csv_invalid', { file: name, line, column, problem }, { cause: error });
}
