import { changeKind, type ChangeKind, type Changes } from '../model/plan-line.js';
import { isRejected, type Problem, type Status } from '../model/problem.js';

/** Rows that share a reason. */
export interface Reason {
  status: Status;
  /** Of the row's first problem. */
  code: string;
  field: string | undefined;
  count: number;
  /** As the first row has it. */
  message: string;
  /** Others have another message: it quotes a value, or says of a detail. */
  differs: boolean;
  /** Numbers of the first rows. */
  rows: number[];
}

/** A row that shows a kind of change. */
export interface Example {
  row: number;
  contact_id: string | null;
  /** What people call the contact, where the plan says. */
  who?: string | undefined;
  changes: Changes;
}

/** What a digest is made from: a line of a plan or of the results. */
export interface DigestedLine {
  row: number;
  contact_id: string | null;
  status: Status;
  changes?: Changes | undefined;
  error?: Problem | undefined;
  who?: string | undefined;
}

const ROWS_PER_REASON = 5;
/** Enough to fill a screen with one kind, where there is no other. */
const EXAMPLES_PER_KIND = 20;
/** Codes and fields are few; a server that makes them up must not fill the memory. */
const MAX_REASONS = 500;

/** What a run comes to, for people: changes by field and kind, examples of each, and why rows were not applied. */
export class Digest {
  /** By field key. */
  readonly changes = new Map<string, Record<ChangeKind, number>>();
  /** By field key and kind. */
  readonly #examples = new Map<string, Example[]>();
  readonly #reasons = new Map<string, Reason>();
  /** Rows with changes. */
  #changed = 0;

  /** Counts a row. What it changes counts where it is sent, or would be. */
  add(line: DigestedLine): void {
    const { status, changes } = line;
    if (isRejected(status)) this.#addReason(line);
    else if (changes && (status === 'updated' || status === 'planned')) this.#addChanges(line, changes);
  }

  /** Most rows first, status by status. */
  get reasons(): Reason[] {
    return [...this.#reasons.values()].toSorted((a, b) => b.count - a.count);
  }

  /**
   * Rows that show each kind of change, each row once; in file order where all find room. Of more, values that are cleared come first, then what is rare: of two
   * hundred titles and one e-mail address, the address is what a person should look at.
   * @param limit the most rows
   */
  examples(limit: number): Example[] {
    const rank = ([key]: readonly [string, unknown]): number => (key.endsWith(' cleared') ? 0 : this.#countOf(key));
    const chosen = new Map<number, Example>();
    for (const [, examples] of [...this.#examples].toSorted((a, b) => rank(a) - rank(b))) {
      for (const example of examples) if (chosen.size < limit) chosen.set(example.row, example);
    }
    const examples = [...chosen.values()];
    return this.#changed > limit ? examples : examples.toSorted((a, b) => a.row - b.row);
  }

  #countOf(key: string): number {
    const [field = '', kind] = key.split(' ');
    return this.changes.get(field)?.[kind as ChangeKind] ?? 0;
  }

  #addChanges({ row, contact_id, who }: DigestedLine, changes: Changes): void {
    this.#changed++;
    for (const [field, change] of Object.entries(changes)) {
      const kind = changeKind(change);
      const counts = this.changes.get(field) ?? { filled: 0, replaced: 0, cleared: 0 };
      counts[kind]++;
      this.changes.set(field, counts);
      const examples = this.#examples.get(`${field} ${kind}`) ?? [];
      if (examples.length < EXAMPLES_PER_KIND) examples.push({ row, contact_id, who, changes });
      this.#examples.set(`${field} ${kind}`, examples);
    }
  }

  #addReason({ row, status, error }: DigestedLine): void {
    const { code = status, field, message = '' } = error ?? {};
    const isKnown = this.#reasons.size < MAX_REASONS;
    const key = isKnown || this.#reasons.has(`${status} ${code} ${field}`) ? `${status} ${code} ${field}` : status;
    const reason = this.#reasons.get(key) ?? { status, code, field, count: 0, message, differs: false, rows: [] };
    reason.count++;
    reason.differs ||= message !== reason.message;
    if (reason.rows.length < ROWS_PER_REASON) reason.rows.push(row);
    this.#reasons.set(key, reason);
  }
}
