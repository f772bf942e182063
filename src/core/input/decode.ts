import { TextDecoder } from 'node:util';
import type { BinaryFormat } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/**
 * Bytes to text: UTF-8 with or without BOM, UTF-16 with BOM. The BOM is dropped.
 * @throws SyncError naming the line where the bytes are not valid text.
 */
export async function* decodeText(bytes: AsyncIterable<Buffer>, fileName: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let encoding: Encoding = 'utf-8';
  let head = Buffer.alloc(0);
  let newlines = 0;
  for await (const chunk of bytes) {
    let piece = chunk;
    if (!decoder) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 4) continue;
      piece = head;
      encoding = detectEncoding(head, fileName);
      decoder = new TextDecoder(encoding, { fatal: true });
    }
    const text = decodeChunk(decoder, piece, { encoding, fileName, newlines, last: false });
    newlines += countNewlines(text);
    if (text !== '') yield text;
  }
  const rest = decoder ? Buffer.alloc(0) : head;
  decoder ??= new TextDecoder(detectEncoding(head, fileName), { fatal: true });
  const text = decodeChunk(decoder, rest, { encoding, fileName, newlines, last: true });
  if (text !== '') yield text;
}

function detectEncoding(head: Buffer, fileName: string): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const format = binaryFormat(head);
  if (format !== undefined) throw new SyncError('input_binary', { file: fileName, line: 1, format });
  const nul = head.subarray(0, 1024).indexOf(0);
  if (nul !== -1) {
    const line = countNewlines(head.subarray(0, nul).toString('latin1')) + 1;
    throw new SyncError('input_binary', { file: fileName, line });
  }
  return 'utf-8';
}

/** What the first bytes are of, where they are of a workbook or an archive. A chunk of a file holds the names that tell. */
function binaryFormat(head: Buffer): BinaryFormat | undefined {
  // Workbooks of Excel 97 to 2003.
  if (head.subarray(0, 4).toString('hex') === 'd0cf11e0') return 'excel';
  if (head.subarray(0, 4).toString('latin1') !== 'PK\x03\x04') return undefined;
  const start = head.toString('latin1');
  if (start.includes('application/vnd.oasis.opendocument')) return 'opendocument';
  return /\[Content_Types\]\.xml|_rels\/|xl\//.test(start) ? 'excel' : 'zip';
}

function decodeChunk(
  decoder: TextDecoder,
  piece: Buffer,
  at: { encoding: Encoding; fileName: string; newlines: number; last: boolean },
): string {
  try {
    return decoder.decode(piece, { stream: !at.last });
  } catch (cause) {
    const line = at.newlines + countGoodLines(piece, at.encoding) + 1;
    throw new SyncError('input_encoding', { file: at.fileName, line, encoding: at.encoding }, { cause });
  }
}

/** Whole lines before the invalid bytes. The piece may begin within a character, whose rest is not to blame. */
function countGoodLines(piece: Buffer, encoding: Encoding): number {
  if (encoding !== 'utf-8') {
    const lenient = new TextDecoder(encoding).decode(piece);
    return countNewlines(lenient.slice(0, Math.max(0, lenient.indexOf('\uFFFD'))));
  }
  let start = piece.findIndex((byte) => (byte & 0xc0) !== 0x80);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let lines = 0; start !== -1; lines++) {
    const end = piece.indexOf('\n', start) + 1;
    try {
      decoder.decode(piece.subarray(start, end || undefined), { stream: true });
    } catch {
      return lines;
    }
    if (end === 0) break;
    start = end;
  }
  return 0;
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
