import { DELIMITERS, type Delimiter } from '../model/delimiters.js';
import type { HeaderElsewhere } from '../model/problem.js';
import { decodeText } from './decode.js';
import { MAX_RECORD_CHARS, readBytes, type CsvSource } from './records.js';

/** How a CSV is written, as its beginning shows. */
export interface CsvFormat {
  delimiter: string;
  /** Starts with a byte order mark. */
  bom: boolean;
  /** Physical lines before the header. */
  skipLines: number;
}

/** What is known of a CSV before it is read. */
export interface CsvLayout {
  /** Undefined: seen from the header. */
  delimiter: string | undefined;
  /** Physical lines above the header, such as titles. */
  skipLines: number;
  /** Whether cells are those of a header: one of them names the key. */
  isHeader: (cells: readonly string[]) => boolean;
}

/** So many lines are searched for a header, where the first one is none. */
const SEARCHED_LINES = 50;

/** What Excel takes for the delimiter, whatever it is: a line of its own above the header, in quotes or not. */
const SEP_LINE = /^\ufeff*"?sep=([^\r\n"])?"?[,;\t|]*\s*$/i;

/**
 * @returns the format, and where the header seems to be if it is not where it was looked for
 * @throws SyncError where the file cannot be read or decoded
 */
export async function sniffFormat(
  source: CsvSource,
  { delimiter, skipLines, isHeader }: CsvLayout,
): Promise<CsvFormat & { elsewhere?: HeaderElsewhere }> {
  const { head, bom } = await readHead(source, skipLines + SEARCHED_LINES);
  const starts = lineStarts(head);
  const sep = SEP_LINE.exec(head.slice(0, starts[1] ?? head.length));
  const skipped = Math.max(skipLines, sep ? 1 : 0);
  const text = head.slice(starts[skipped] ?? head.length);
  const found = delimiter ?? sep?.[1] ?? detectDelimiter(text, isHeader);
  const format = { delimiter: found, bom, skipLines: skipped };
  if (isHeader(firstRecord(text, found))) return format;
  const elsewhere = findHeader(head, starts, delimiter, isHeader);
  return elsewhere ? { ...format, elsewhere } : format;
}

/**
 * The delimiter by which the header has its key column. Where none gives one, or several do, the one that the header
 * has most of.
 */
export function detectDelimiter(text: string, isHeader: CsvLayout['isHeader']): Delimiter {
  const counted = Object.values(DELIMITERS).map((delimiter) => {
    const cells = firstRecord(text, delimiter);
    return { delimiter, count: cells.length, isHeader: cells.length > 1 && isHeader(cells) };
  });
  const likely = counted.filter((candidate) => candidate.isHeader);
  const best = (likely.length > 0 ? likely : counted).reduce((a, b) => (b.count > a.count ? b : a));
  return best.delimiter;
}

async function readHead(source: CsvSource, lines: number): Promise<{ head: string; bom: boolean }> {
  let head = '';
  let firstBytes = Buffer.alloc(0);
  const bytes = tap(readBytes(source), (chunk) => {
    if (firstBytes.length < 3) firstBytes = Buffer.concat([firstBytes, chunk.subarray(0, 3)]);
  });
  for await (const text of decodeText(bytes, source.name)) {
    head += text;
    if (lineStarts(head).length > lines || head.length > MAX_RECORD_CHARS) break;
  }
  const mark = firstBytes.subarray(0, 3).toString('hex');
  return { head, bom: mark === 'efbbbf' || /^(fffe|feff)/.test(mark) };
}

/** Where each physical line begins. */
function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), ({ 0: end, index }) => index + end.length)];
}

/** The cells of the first record that is not blank, which may lack its end. */
function firstRecord(text: string, delimiter: string): string[] {
  const cells = [''];
  let quoted = false;
  for (const letter of text.replace(/^[\r\n\ufeff]+/, '')) {
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === delimiter) cells.push('');
    else if (!quoted && (letter === '\n' || letter === '\r')) break;
    else cells[cells.length - 1] += letter;
  }
  return cells;
}

function findHeader(
  head: string,
  starts: readonly number[],
  delimiter: string | undefined,
  isHeader: CsvLayout['isHeader'],
): HeaderElsewhere | undefined {
  const delimiters = delimiter === undefined ? Object.values(DELIMITERS) : [delimiter, ...Object.values(DELIMITERS)];
  for (const [at, start] of starts.slice(0, SEARCHED_LINES).entries()) {
    const line = head.slice(start, starts[at + 1] ?? head.length);
    const found = delimiters.find((candidate) => {
      const cells = firstRecord(line, candidate);
      return cells.length > 1 && isHeader(cells);
    });
    if (found !== undefined) return { line: at + 1, delimiter: found };
  }
  return undefined;
}

async function* tap<T>(items: AsyncIterable<T>, look: (item: T) => void): AsyncGenerator<T> {
  for await (const item of items) {
    look(item);
    yield item;
  }
}
