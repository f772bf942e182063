import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify';
import { openBeside } from '../disk/replace-file.js';
import type { InputFormat } from '../run/row-file.js';
import { isAbout } from './forget-lines.js';

/** The records of a contact in a run's CSVs: by its id, and by their cells where these do not hold the id. */
export class RecordsOf {
  readonly #digests = new Set<string>();
  /** Columns of the input that the run's own CSVs have as well. */
  readonly #kept: number[];

  constructor(
    private readonly id: string,
    header: readonly string[],
  ) {
    this.#kept = header.flatMap((name, at) => (name.trim().startsWith('_') ? [] : [at]));
  }

  /** A row of the plan about the contact. @param cells the record's */
  add(cells: readonly string[]): void {
    if (!isAbout(this.id, { cells: [...cells] })) this.#digests.add(digest(this.#kept.map((at) => cells[at] ?? '')));
  }

  /** Whether a record of one of the run's CSVs is the contact's. @param width columns of the input that it has */
  has(cells: string[], width: number): boolean {
    if (isAbout(this.id, { cells })) return true;
    return this.#digests.size > 0 && this.#digests.has(digest(cells.slice(0, width)));
  }
}

function digest(cells: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(cells)).digest('base64').slice(0, 22);
}

/** How many records of a run's CSV are the contact's. */
export async function countRecords(file: string, format: InputFormat, records: RecordsOf): Promise<number> {
  let count = 0;
  for await (const { isTheirs } of readRecords(file, format, records)) if (isTheirs) count++;
  return count;
}

/** Takes the contact's records out of a run's CSV, in one step. */
export async function removeRecords(file: string, format: InputFormat, records: RecordsOf): Promise<void> {
  if (!existsSync(file)) return;
  const { delimiter, bom } = format;
  const { file: next, path: nextPath } = await openBeside(file);
  try {
    await pipeline(
      async function* () {
        for await (const { cells, isTheirs } of readRecords(file, format, records)) if (!isTheirs) yield cells;
      },
      stringify({ delimiter, bom }),
      next.createWriteStream({ flush: true }),
    );
    await rename(nextPath, file);
  } catch (error) {
    await rm(nextPath, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function* readRecords(
  file: string,
  { delimiter }: InputFormat,
  records: RecordsOf,
): AsyncGenerator<{ cells: string[]; isTheirs: boolean }> {
  if (!existsSync(file)) return;
  const csv = { delimiter, bom: true, relax_column_count: true, record_delimiter: '\n' };
  let width: number | undefined;
  for await (const record of createReadStream(file).pipe(parse(csv)) as AsyncIterable<string[]>) {
    const isHeader = width === undefined;
    // The run's own columns are behind those of the input.
    width ??= record.indexOf('_status');
    yield { cells: record, isTheirs: !isHeader && records.has(record, width) };
  }
}
