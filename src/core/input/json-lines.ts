import { TextDecoder } from 'node:util';
import { SyncError } from '../model/errors.js';
import { parseJson } from '../model/parse-json.js';
import type { ReferenceRole } from '../model/error-facts.js';
import { readBytes, type CsvSource } from './records.js';

/** A longer line is not a contact, and is not held in memory to find out. */
const MAX_LINE_BYTES = 10_000_000;

const EXPECTED = 'expected a contact as a JSON object, each in a line of its own';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The values of an NDJSON file that came from outside: nothing in it is skipped but blank lines and a byte order
 * mark. (The run's own files, which a crash may have torn, are read by `disk/ndjson.ts`.)
 * @throws SyncError naming the line where the file is not NDJSON in UTF-8
 */
export async function* readJsonLines(
  source: CsvSource,
  role: ReferenceRole,
): AsyncGenerator<{ line: number; value: unknown }> {
  const failAt =
    (line: number): Fail =>
    (message) =>
      new SyncError('reference_invalid', { file: source.name, role, line, problem: { code: 'bad_line', message } });
  for await (const { line, bytes, ended } of readLines(source, failAt)) {
    const fail = failAt(line);
    const text = decodeLine(bytes, line === 1, fail);
    if (text.trim() === '') continue;
    yield { line, value: parseLine(text, ended, fail) };
  }
}

/** An error that names a line. */
type Fail = (what: string) => SyncError;

/** Lines as bytes, so that what is not text can be told by its line. `ended`: a line break follows. */
async function* readLines(
  source: CsvSource,
  failAt: (line: number) => Fail,
): AsyncGenerator<{ line: number; bytes: Buffer; ended: boolean }> {
  let parts: Buffer[] = [];
  let size = 0;
  let line = 1;
  for await (const chunk of readBytes(source)) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      yield { line: line++, bytes: Buffer.concat([...parts, chunk.subarray(start, end)]), ended: true };
      [parts, size, start] = [[], 0, end + 1];
    }
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > MAX_LINE_BYTES) throw failAt(line)(`is too long, ${EXPECTED}`);
  }
  if (size > 0) yield { line, bytes: Buffer.concat(parts), ended: false };
}

function decodeLine(bytes: Buffer, first: boolean, fail: Fail): string {
  const mark = first ? bytes.toString('hex', 0, 2) : '';
  // UTF-16 without a mark is NUL bytes between the letters; JSON has none.
  if (mark === 'fffe' || mark === 'feff' || bytes.includes(0)) throw fail('is UTF-16 or not text, expected UTF-8');
  try {
    const text = UTF8.decode(bytes);
    return first ? text.replace(/^\uFEFF/, '') : text;
  } catch {
    throw fail('is not valid UTF-8, expected a contact as JSON in UTF-8');
  }
}

function parseLine(text: string, ended: boolean, fail: Fail): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw fail(ended ? `is not JSON, ${EXPECTED}` : `is cut off or not JSON, ${EXPECTED}`);
  }
}
