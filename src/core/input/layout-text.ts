/**
 * Text as the parser can read it: without its first physical lines, without byte order marks at the start of a line, which
 * joined files have in the middle, and with `="0042"` as `"0042"`, as some exporters write text for spreadsheets.
 * @param skip physical lines
 */
export async function* withoutLayout(
  text: AsyncIterable<string>,
  { skip, delimiter }: { skip: number; delimiter: string },
): AsyncGenerator<string> {
  const cells = new CellStarts(delimiter);
  for await (const piece of withoutLines(text, skip)) {
    const clean = cells.take(piece);
    if (clean !== '') yield clean;
  }
  const rest = cells.end();
  if (rest !== '') yield rest;
}

async function* withoutLines(text: AsyncIterable<string>, skip: number): AsyncGenerator<string> {
  let left = skip;
  let after = '';
  for await (const chunk of text) {
    let piece = after + chunk;
    after = '';
    while (left > 0) {
      const end = /\r\n|\r|\n/.exec(piece);
      if (!end) break;
      // A carriage return at the end of a chunk may be half of a line break.
      if (end[0] === '\r' && end.index === piece.length - 1) break;
      piece = piece.slice(end.index + end[0].length);
      left--;
    }
    if (left === 0) {
      if (piece !== '') yield piece;
    } else after = piece.endsWith('\r') ? '\r' : '';
  }
}

/** Follows the quotes of a CSV, so that nothing within them is touched. */
class CellStarts {
  #quoted = false;
  /** The last character, where it depends on the one that follows. */
  #held = '';
  /** What came before it: a line begins at the start. */
  #before = '\n';
  /** The held character belongs to the one before it. */
  #isDone = false;

  constructor(private readonly delimiter: string) {}

  take(chunk: string): string {
    const text = this.#held + chunk;
    // Any other character may be half of one.
    this.#held = /["=\ufeff]$/.test(text.slice(-1)) ? text.slice(-1) : '';
    return this.#clean(text.slice(0, text.length - this.#held.length), this.#held);
  }

  end(): string {
    return this.#clean(this.#held, '');
  }

  #clean(text: string, next: string): string {
    let clean = '';
    let copied = 0;
    const special = /["=\ufeff]/g;
    special.lastIndex = this.#isDone ? 1 : 0;
    this.#isDone = false;
    for (let found = special.exec(text); found; found = special.exec(text)) {
      const { index: at, 0: letter } = found;
      const before = at > copied ? text[at - 1]! : at === 0 ? this.#before : this.#lastKept(clean);
      const after = at + 1 < text.length ? text[at + 1] : next;
      let isDropped = false;
      let takesNext = false;
      if (this.#quoted) {
        takesNext = letter === '"' && after === '"';
        if (letter === '"' && !takesNext) this.#quoted = false;
      } else if (letter === '"') this.#quoted = this.#isStart(before);
      else if (letter === '=') {
        isDropped = after === '"' && this.#isStart(before);
        takesNext = isDropped;
        this.#quoted = isDropped;
      } else isDropped = before === '\n' || before === '\r';
      if (isDropped) {
        clean += text.slice(copied, at);
        copied = at + 1;
      }
      if (takesNext) special.lastIndex = at + 2;
      this.#isDone = takesNext && at + 1 === text.length;
    }
    clean += text.slice(copied);
    this.#before = this.#lastKept(clean);
    return clean;
  }

  #lastKept(clean: string): string {
    return clean === '' ? this.#before : clean[clean.length - 1]!;
  }

  #isStart(before: string): boolean {
    return before === this.delimiter || before === '\n' || before === '\r';
  }
}
