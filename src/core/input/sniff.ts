import { decodeText } from './decode.js';
import { MAX_RECORD_CHARS, readBytes, type CsvSource } from './records.js';

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type Delimiter = (typeof DELIMITERS)[keyof typeof DELIMITERS];

/** How a CSV is written, as its beginning shows. */
export interface CsvFormat {
  delimiter: Delimiter;
  /** Starts with a byte order mark. */
  bom: boolean;
}

export async function sniffFormat(source: CsvSource): Promise<CsvFormat> {
  let head = '';
  let firstBytes = Buffer.alloc(0);
  const bytes = tap(readBytes(source), (chunk) => {
    if (firstBytes.length < 3) firstBytes = Buffer.concat([firstBytes, chunk.subarray(0, 3)]);
  });
  for await (const text of decodeText(bytes, source.name)) {
    head += text;
    if (/[^\s][\r\n]/.test(head) || head.length > MAX_RECORD_CHARS) break;
  }
  const mark = firstBytes.subarray(0, 3).toString('hex');
  return { delimiter: detectDelimiter(head), bom: mark === 'efbbbf' || /^(fffe|feff)/.test(mark) };
}

/** The one of `,` `;` tab that the header line has most of, quoted parts left out. */
export function detectDelimiter(headerText: string): Delimiter {
  const header = headerText
    .replace(/^[\r\n]+/, '')
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/[\r\n]/, 1)[0]!;
  let best: Delimiter = ',';
  let most = 0;
  for (const delimiter of Object.values(DELIMITERS)) {
    const count = header.split(delimiter).length - 1;
    if (count > most) [best, most] = [delimiter, count];
  }
  return best;
}

async function* tap<T>(items: AsyncIterable<T>, look: (item: T) => void): AsyncGenerator<T> {
  for await (const item of items) {
    look(item);
    yield item;
  }
}
