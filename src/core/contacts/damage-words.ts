import { stripInvisible } from '../model/invisible.js';
import { cut } from './damage-formula.js';

/** What programs write for nothing, in no field a value. Those of pandas are its default `na_values`; `\N` is SQL's. */
const NEVER = new Set([
  ...['\\n', '\\\\n', 'undefined', '(null)', '<null>', '[null]', '{null}', '#null#', '<na>', '<none>', '<undefined>'],
  ...[
    '-nan',
    '+nan',
    'nat',
    '1.#ind',
    '-1.#ind',
    '1.#qnan',
    '-1.#qnan',
    '1.#inf',
    '-1.#inf',
    '#na',
    '#n/a n/a',
    '#n/a',
  ],
  ...['dbnull', 'system.dbnull', 'system.object', 'system.string[]', 'null null', 'undefined undefined', 'nonetype'],
  ...[
    '[]',
    '{}',
    '[{}]',
    '""',
    "''",
    '(blank)',
    '(empty)',
    '(none)',
    '(leer)',
    '(vide)',
    '(vacío)',
    '(vuoto)',
    '(leeg)',
  ],
  ...['n/a', 'n / a', 'n.a.', '<n/a>', '(n/a)', 'null,null', 'nan%', 'nan nan', 'invalid date', '$null', 'nullptr'],
]);

/** As `NEVER`, for what has a name in it: `[object Object]`, `<__main__.Contact object at 0x7f…>`. */
const NEVER_SHAPES =
  /^(?:\[object [a-z]{1,40}\]|<[\w.]{1,80} object at 0x[0-9a-f]{4,16}>|[a-z][\w.$]{2,80}@[0-9a-f]{6,8})$/i;

/** Words for nothing that people and places are called by as well. */
const SOMETIMES = new Set(['null', 'none', 'nan', 'nil', 'na', 'array', 'object']);

/** A word that stands for nothing. `isName`: someone may be called so, where a name is expected. */
export function wordForNothing(cell: string, mayBeName: boolean): { said: string; isName: boolean } | undefined {
  if (cell.length > 100) return undefined;
  const folded = cell.toLowerCase().replace(/\s+/g, ' ');
  const said = `"${cut(cell)}" is what programs write for no value`;
  if (NEVER.has(folded) || NEVER_SHAPES.test(cell)) return { said, isName: false };
  return SOMETIMES.has(folded) ? { said, isName: mayBeName } : undefined;
}

const BRACKETS = /^[<>[\](){}«»‹›|]+|[<>[\](){}«»‹›|/]+$/g;

/**
 * A near miss of the text that clears a field: in other letter case or width, with blanks, other brackets or a slip.
 * @param mayBeName whether the bare word may be someone's name
 */
export function missedToken(cell: string, token: string, mayBeName: boolean): string | undefined {
  if (cell.length > token.length + 12) return undefined;
  const [given, meant] = [foldToken(cell), foldToken(token)];
  const said = `"${cell}" is nearly ${token}, which clears a field`;
  if (given === meant) return said;
  const [word, wanted] = [given.replace(BRACKETS, ''), meant.replace(BRACKETS, '')];
  if (wanted.length < 3 || wanted === meant) return undefined;
  if (word === wanted) return word === given && mayBeName ? undefined : said;
  // A slip in the word: only where it stands in brackets of its own.
  return word !== given && /^\p{L}+$/u.test(word) && isSlip(word, wanted) ? said : undefined;
}

function foldToken(text: string): string {
  return stripInvisible(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/[\s"'“”‘’`]/g, '');
}

/** Whether two words differ by one letter, two that changed places, or an ending. */
function isSlip(a: string, b: string): boolean {
  if (a === `${b}ed` || a === `${b}s`) return true;
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return Math.max(left.length, right.length) <= 1 || (left.length === 2 && left === `${right[1]}${right[0]}`);
}
