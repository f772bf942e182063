import path from 'node:path';
import { isRejected } from '../model/problem.js';
import { ScratchStore } from '../disk/store.js';
import { Bitset } from '../disk/bitset.js';
import { cutTornTail, readNdjson } from '../disk/ndjson.js';
import type { RowEnd } from './row-files.js';
import type { RunFolder } from './run-folder.js';
import { parseResultLine, parseSentLine } from './lines.js';
import type { Damage } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';
import { isBroken, type ResultLine } from '../model/outcome.js';

/** A line of sent.ndjson: a request for the row was about to begin, to write these fields. Retries have a line each. */
export interface SentLine {
  row: number;
  fields: string[];
  /** ISO time; runs of an earlier version do not have it. */
  at?: string;
  /** A request before this one was lost, and may have been carried out. */
  lost?: true;
}

/** When a request was sent, epoch milliseconds; 0, long ago, where it is not told. */
export function sentAt({ at = '' }: SentLine): number {
  // A clock that was ahead must not make anyone wait for it.
  return Math.min(Date.parse(at) || 0, Date.now());
}

/** What an earlier process did in this run, as its files tell. */
export class PastResults {
  /** Rows that have a result. */
  readonly ended = new Bitset();
  /** Of these, those upon which no later row may rest. */
  readonly broken = new Bitset();
  readonly #updated = new Bitset();
  /** Rows for which a request may have been sent. */
  readonly sent = new Bitset();
  /** When the last request was sent that may still be carried out. Epoch milliseconds. */
  lostAt = 0;

  private constructor(private readonly rejections: ScratchStore<RowEnd>) {}

  /**
   * Reads results.ndjson and sent.ndjson, cutting off what a crash tore.
   * @param rows of the plan
   * @param onEnd told of each row that ended
   * @throws SyncError where a line is damaged, or a row has two results
   */
  static async load(folder: RunFolder, rows: number, onEnd: (line: ResultLine) => void): Promise<PastResults> {
    await cutTornTail(folder.file('results'));
    await cutTornTail(folder.file('sent'));
    const past = new PastResults(await ScratchStore.open<RowEnd>(path.join(folder.file('scratch'), 'rejections')));
    for await (const line of readNdjson(folder.file('results'), parseResultLine, 'empty')) {
      if (line.row > rows || past.ended.has(line.row)) {
        const { row } = line;
        const damage: Damage = row > rows ? { kind: 'row_unknown', row, rows } : { kind: 'row_repeated', row };
        throw new SyncError('file_damaged', { file: folder.file('results'), damage });
      }
      past.ended.add(line.row);
      if (isBroken(line)) past.broken.add(line.row);
      onEnd(line);
      if (line.status === 'updated') past.#updated.add(line.row);
      if (isRejected(line.status)) {
        await past.rejections.putMany([[String(line.row), { status: line.status, error: line.error }]]);
      }
    }
    for await (const line of readNdjson(folder.file('sent'), parseSentLine, 'empty')) {
      if (line.lost || !past.ended.has(line.row)) past.lostAt = Math.max(past.lostAt, sentAt(line));
      past.sent.add(line.row);
    }
    return past;
  }

  /** How a row ended that was rejected or updated; undefined of others. */
  async endOf(row: number): Promise<RowEnd | undefined> {
    if (this.#updated.has(row)) return { status: 'updated' };
    return (await this.rejections.getMany([String(row)]))[0];
  }

  close(): Promise<void> {
    return this.rejections.close();
  }
}
