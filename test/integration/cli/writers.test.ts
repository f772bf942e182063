import { expect, test } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import Papa from 'papaparse';
import { random, type Random } from '../../support/random.js';
import { id, people, world } from '../../support/world.js';

const TABLES = 1000;
const FIELDS = ['title', 'location', 'notes'] as const;
const DELIMITERS = [',', ';', '\t', '|'];

type Write = (rows: string[][], style: { delimiter: string; newline: '\n' | '\r\n'; quoted: boolean }) => string;

/** Programs that write CSV, none of which shares code with another. */
const WRITERS: readonly [name: string, write: Write][] = [
  [
    'csv-stringify',
    // Without quotes it leaves a line feed bare in a file of CRLF, which no reader can tell from a row's end.
    (rows, { delimiter, newline, quoted }) =>
      stringify(rows, { delimiter, quoted, quoted_match: /[\r\n]/, record_delimiter: newline }),
  ],
  ['Papa Parse', (rows, { delimiter, newline, quoted }) => Papa.unparse(rows, { delimiter, newline, quotes: quoted })],
  ['a writer by RFC 4180', writePlain],
];

function writePlain(rows: string[][], { delimiter, newline, quoted }: Parameters<Write>[1]): string {
  const written = (cell: string): string =>
    quoted || /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return rows.map((cells) => cells.map(written).join(delimiter) + newline).join('');
}

/** What is hard for writers and readers: quotes, delimiters, line breaks, JSON, empty cells, other scripts. */
const PIECES = [
  ...[
    '"',
    '""',
    ',',
    ';',
    '|',
    '{"type":"Point","at":[1.5,2]}',
    'a "quoted" word',
    '1,5',
    'Ana',
    'María José',
    '日本語',
  ],
  ...['👩‍💻', 'é', 'e\u0301', 'عربي', '10 %', '\\', '\\"', "it's", 'ʤ', 'z'],
];

function text(to: Random, pieces: readonly string[]): string {
  const words = Array.from({ length: to.below(4) }, () => to.pick(pieces));
  // An empty cell says nothing, and letters around keep a cell from looking like a formula or a word for nothing.
  return words.length === 0 ? '' : `w${words.join(to.pick([' ', '']))}w`;
}

/** One or two rows of three cells, of contacts that follow one another. */
function table(to: Random, first: number): string[][] {
  return Array.from({ length: 1 + to.below(2) }, (_, at) => {
    const notes = text(to, [...PIECES, '\n', '\r\n', '\t']);
    return [id(first + at), text(to, PIECES), text(to, PIECES), notes];
  });
}

test.each(WRITERS)('1,000 random tables by %s arrive as they were written', (_name, write) => {
  const to = random(4180);
  const rows: string[][] = [];
  for (let made = 0; made < TABLES; made++) rows.push(...table(to, rows.length + 1));
  return world({ contacts: people(rows.length, { notes: 'before' }) }, async ({ sync, sandbox }) => {
    const before = new Map(sandbox.store.contacts);
    for (const [at, delimiter] of DELIMITERS.entries()) {
      const part = rows.filter((_row, row) => row % DELIMITERS.length === at);
      const style = { delimiter, newline: at % 2 ? '\r\n' : '\n', quoted: at > 1 } as const;
      const file = (at === 3 ? '\ufeff' : '') + write([['contact_id', ...FIELDS], ...part], style);
      const { code, stderr } = await sync(file, '--yes', '--quiet');
      expect({ delimiter, code, stderr }).toMatchObject({ delimiter, code: 0 });
    }
    const wrong = rows.flatMap(([contact, ...cells]) => {
      const now = sandbox.store.contacts.get(contact!)!;
      return FIELDS.flatMap((field, at) => {
        const meant = cells[at] === '' ? before.get(contact!)![field] : cells[at];
        return now[field] === meant ? [] : [{ contact, field, meant, now: now[field] }];
      });
    });
    expect(wrong).toEqual([]);
  })();
});
