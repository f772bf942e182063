import type { Node, ParseError } from 'jsonc-parser';
import { getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import { isDeeper } from '../../core/model/parse-json.js';
import { UsageError } from './command-error.js';
import { placeIn } from './settings-text.js';

/** One key of a job file, in the order of the file. */
export interface JobEntry {
  key: string;
  value: unknown;
  /** From 1. */
  line: number;
}

const EXPECTED = 'expected a JSON object such as {"csv": "edits.csv", "concurrency": 4}';

/** What is wrong with the text, by the name that the parser has for it. What the text says stays out: it may be a key. */
const PROBLEMS: Readonly<Record<string, string>> = {
  InvalidEscapeCharacter: 'a backslash starts an escape; write / or \\\\ in paths',
  InvalidCharacter: 'a control character in a text; write tabs as \\t',
  InvalidUnicode: 'expected four hexadecimal digits behind \\u',
  UnexpectedEndOfString: 'a text that starts here has no closing quote',
  UnexpectedEndOfComment: 'a comment that starts here has no end',
  UnexpectedEndOfNumber: 'expected a number',
  PropertyNameExpected: 'expected a key in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon',
  CommaExpected: 'expected a comma',
  CloseBraceExpected: 'expected } or a comma',
  CloseBracketExpected: 'expected ] or a comma',
  EndOfFileExpected: 'expected nothing behind the object',
  InvalidNumberFormat: 'expected a number',
  InvalidSymbol: 'expected a value or a key in double quotes',
};

/**
 * The keys of a job file. It is JSON, and may have comments and commas behind the last item.
 * @throws UsageError with line and column where it is not
 */
export function parseJob(text: string, file: string): JobEntry[] {
  const errors: ParseError[] = [];
  const root = parse(text, file, errors);
  // A text that does not even begin as an object may be a key file.
  if (!/^\s*(\{|\/[/*])/.test(text) || root === undefined) throw new UsageError(`${file}: ${EXPECTED}`);
  const [first] = errors;
  if (first !== undefined) {
    const { line, column } = placeIn(text, first.offset);
    const problem = PROBLEMS[printParseErrorCode(first.error)] ?? 'this is not JSON';
    throw new UsageError(`${file}: line ${line}, column ${column}: ${problem}`);
  }
  if (root.type !== 'object') throw new UsageError(`${file}: ${EXPECTED}`);
  return (root.children ?? []).map(({ children, offset }) => ({
    key: String(children?.[0]?.value),
    value: valueOf(children?.[1]),
    line: placeIn(text, offset).line,
  }));
}

function parse(text: string, file: string, errors: ParseError[]): Node | undefined {
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { allowTrailingComma: true });
    if (root === undefined || !isDeeper(valueOf(root))) return root;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
  throw new UsageError(`${file}: is nested too deeply`);
}

function valueOf(node: Node | undefined): unknown {
  return node === undefined ? undefined : (getNodeValue(node) as unknown);
}
