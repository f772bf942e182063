/** Deeper than any answer of this API. What walks a value of many thousands of levels overflows the stack. */
const MAX_DEPTH = 200;

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** JSON is nested too deeply to be worked with. */
export class TooDeepError extends Error {
  override name = 'TooDeepError';
  constructor() {
    super(`nested more than ${MAX_DEPTH} levels deep`);
  }
}

/** JSON is well formed, and an answer to something else than what was asked. Its message says to what. */
export class OtherAnswerError extends Error {
  override name = 'OtherAnswerError';
}

/** As `JSON.parse`, also behind a byte order mark. @throws TooDeepError; SyntaxError where it is not JSON */
export function parseAnswer(text: string): unknown {
  if (isTooDeep(text)) throw new TooDeepError();
  return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text) as unknown;
}

/** One pass over the text, before anything is built from it. */
function isTooDeep(text: string): boolean {
  // Too short to open and close so many.
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === QUOTE) at = endOfString(text, at);
    else if (letter === OPEN_LIST || letter === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) return true;
    } else if (letter === CLOSE_LIST || letter === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** @returns where the quote stands that ends a string, or the end of the text where none does */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
