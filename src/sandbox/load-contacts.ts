import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Contact } from '../core/contacts/types.js';
import { unquoteFormula } from '../core/model/formula-cell.js';
import { parseJson } from '../core/model/parse-json.js';
import { checkedContact, columnsOf, contactFromCells, type Column } from './contact-cells.js';
import { canonicalId } from './ids.js';

/**
 * Reads the contacts of a CSV (a header of API field names; tags by name, separated by `;`) or an NDJSON file (one
 * contact a line, as the API returns it). Throws an Error that starts with the file and the line.
 */
export async function loadContacts(file: string): Promise<Contact[]> {
  const contacts: Contact[] = [];
  const lines = new Map<string, number>();
  try {
    for await (const { contact, line } of readFile(file)) {
      const id = canonicalId(contact.id);
      const earlier = lines.get(id);
      if (earlier !== undefined) throw new LineError(line, `contact ${id} is already on line ${earlier}`);
      lines.set(id, line);
      contacts.push(contact);
    }
  } catch (error) {
    throw withPlace(file, error);
  }
  return contacts;
}

interface Loaded {
  contact: Contact;
  /** The line on which the contact starts, from 1. */
  line: number;
}

class LineError extends Error {
  constructor(
    readonly line: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

async function* readFile(file: string): AsyncGenerator<Loaded> {
  const handle = await open(file);
  try {
    yield* (await holdsJson(handle)) ? readNdjson(handle) : readCsv(handle);
  } finally {
    await handle.close();
  }
}

/** NDJSON starts with a brace, whatever the file's name; a CSV header does not. */
async function holdsJson(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
  return /^\uFEFF?\s*\{/.test(buffer.toString('utf8', 0, bytesRead));
}

async function* readCsv(handle: FileHandle): AsyncGenerator<Loaded> {
  const source = handle.createReadStream({ start: 0, autoClose: false });
  const parser = parse({ bom: true, skip_empty_lines: true, info: true });
  // The loop below throws the errors of both streams.
  pipeline(source, parser, () => undefined);
  let columns: (Column | undefined)[] | undefined;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    const line = info.lines - record.join('').split('\n').length + 1;
    const cells = record.map(unquoteFormula);
    if (columns) {
      const known = columns;
      yield { contact: onLine(line, () => contactFromCells(known, cells)), line };
    } else columns = onLine(line, () => columnsOf(cells));
  }
}

async function* readNdjson(handle: FileHandle): AsyncGenerator<Loaded> {
  let line = 0;
  for await (const text of readLines(handle)) {
    const here = ++line;
    const json = text.replace(/^\uFEFF/, '').trim();
    if (json !== '') yield { contact: onLine(here, () => parseContact(json)), line };
  }
}

/** Splits at line feeds alone: since Node 24, readLines() also splits at U+2028, which a JSON string may hold. */
async function* readLines(handle: FileHandle): AsyncGenerator<string> {
  let rest = '';
  const stream = handle.createReadStream({ start: 0, autoClose: false, encoding: 'utf8' });
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseContact(json: string): Contact {
  const value = parseJson(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected a JSON object');
  return checkedContact(value as Record<string, unknown>);
}

function onLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new LineError(line, (error as Error).message, { cause: error });
  }
}

function withPlace(file: string, error: unknown): Error {
  const { message } = error as Error;
  if (error instanceof LineError) return new Error(`${file}:${error.line}: ${message}`, { cause: error });
  const line: unknown = error instanceof CsvError ? error['lines'] : undefined;
  return new Error(typeof line === 'number' ? `${file}:${line}: ${message}` : `${file}: ${message}`, { cause: error });
}
