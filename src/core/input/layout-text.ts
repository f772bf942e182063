/**
 * Text without its first physical lines, and without byte order marks that stand before a quote at the start of a line:
 * files that were joined have them in the middle, where the parser would take the quote for one inside a cell.
 * @param skip physical lines
 */
export async function* withoutLayout(text: AsyncIterable<string>, skip: number): AsyncGenerator<string> {
  const marks = new JoinMarks();
  for await (const piece of withoutLines(text, skip)) {
    const clean = marks.remove(piece);
    if (clean !== '') yield clean;
  }
  const rest = marks.rest();
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

class JoinMarks {
  #atLineStart = true;
  #held = '';

  remove(chunk: string): string {
    if (this.#held === '' && !chunk.includes('\ufeff')) {
      this.#atLineStart = /[\r\n]$/.test(chunk);
      return chunk;
    }
    const text = this.#held + chunk;
    this.#held = /\ufeff*$/.exec(text.slice(-MOST_MARKS))![0];
    const whole = text.slice(0, text.length - this.#held.length);
    const clean = (this.#atLineStart ? whole.replace(/^\ufeff+(?=")/, '') : whole).replace(
      /([\r\n])\ufeff+(?=")/g,
      '$1',
    );
    if (whole !== '') this.#atLineStart = /[\r\n]$/.test(whole);
    return clean;
  }

  rest(): string {
    return this.#held;
  }
}

/** Of one place. More are text. */
const MOST_MARKS = 16;
