import type { Earlier, Reply } from '../api/call.js';
import type { ContactsApi } from '../api/contacts-api.js';
import type { Contact } from '../api/types.js';
import { isEmpty } from '../edit/values.js';
import type { TagDirectory } from '../edit/tags.js';
import { KeyRefusedError } from '../exit.js';
import { patchBody } from '../plan/patch-body.js';
import type { Changes } from '../plan/plan-line.js';
import type { Problem } from '../problem.js';
import type { SentLine } from '../run/past-results.js';
import type { Outcome } from '../run/recorder.js';
import { findNotKept, settle, type FieldByKey } from './check-answer.js';

/** So many 403 and not one row written: the key may read but not write, and more of them would only cost calls. */
const FORBIDDEN_LIMIT = 10;

export interface SendDeps {
  api: ContactsApi;
  fieldByKey: FieldByKey;
  directory: TagDirectory | undefined;
  /** Puts on disk that a request for the row begins. */
  onSend: (line: SentLine) => Promise<void>;
}

/** A row to send: the fields of it that are to be written. */
export interface RowToSend {
  row: number;
  contact_id: string;
  changes: Changes;
  /** Until when the values hold that it is to replace, epoch milliseconds. */
  until: number;
  /** What was sent of it before. */
  earlier: Earlier;
}

/** How a sent row ended, and the contact as the API last showed it. */
export interface Sent {
  outcome: Outcome;
  contact?: Contact;
}

/** Sends the PATCH of a planned row and tells, from what the API shows, how it ended. */
export class RowSender {
  #written = 0;
  #forbidden = 0;

  constructor(private readonly deps: SendDeps) {}

  /**
   * @throws KeyRefusedError; the stop signal's reason where the row was not, or perhaps not, sent
   * @throws LateError where the values to be replaced grew too old before it could be sent
   */
  async send(line: RowToSend): Promise<Sent> {
    const { api, directory, onSend } = this.deps;
    const made = patchBody(line.changes, directory);
    if ('problem' in made) return { outcome: { status: 'failed', error: made.problem, attempts: 0 } };
    const started = Date.now();
    const { until, earlier } = line;
    const onBegin = () => onSend({ row: line.row, fields: Object.keys(line.changes) });
    const reply = await api.patchContact(line.contact_id, made.body, { until, earlier, onBegin });
    const { outcome, contact } = await this.#conclude(line, reply);
    outcome.attempts = reply.attempts;
    if (reply.status !== undefined) outcome.http_status = reply.status;
    outcome.duration_ms = Date.now() - started;
    return contact ? { outcome, contact } : { outcome };
  }

  async #conclude(line: RowToSend, reply: Reply<Contact>): Promise<Sent> {
    switch (reply.kind) {
      case 'ok':
        this.#written++;
        return this.#answered(line, reply.value);
      case 'refused': {
        const outcome = this.#refused(reply);
        // What was refused may have been done by the attempt before: the version that it was to change is then gone.
        const isOpen = reply.afterLoss === true && (reply.verdict === 'conflict' || reply.verdict === 'refused');
        return isOpen ? this.#settle(line, outcome) : { outcome };
      }
      case 'unanswered':
        return this.#settle(line, { status: 'failed', error: { code: reply.code, message: reply.message } });
    }
  }

  /** An answer may leave fields out: what it does not show, a read tells. */
  async #answered({ contact_id, changes }: RowToSend, answer: Contact): Promise<Sent> {
    const unseen = Object.entries(changes).some(([key, { to }]) => !Object.hasOwn(answer, key) && !isEmpty(to));
    if (!unseen) return this.updated(changes, answer);
    const read = await this.deps.api.getContact(contact_id);
    return this.updated(changes, read.kind === 'ok' ? { ...answer, ...read.value } : answer);
  }

  /** A row whose values the API has taken: what it did not keep is a warning. */
  updated(changes: Changes, contact: Contact): Sent {
    const warnings = findNotKept(changes, contact, this.deps.fieldByKey);
    return { outcome: { status: 'updated', ...(warnings.length > 0 ? { warnings } : {}) }, contact };
  }

  #refused(reply: Extract<Reply<Contact>, { kind: 'refused' }>): Outcome {
    const error: Problem = { code: `http_${reply.status}`, message: reply.message };
    switch (reply.verdict) {
      case 'forbidden':
        if (++this.#forbidden >= FORBIDDEN_LIMIT && this.#written === 0) {
          throw new KeyRefusedError(`The API lets this key write no contact: ${reply.message}`);
        }
        return { status: 'not_found', error };
      case 'not_found':
        return { status: 'not_found', error };
      case 'conflict':
        return { status: 'conflict', error };
      case 'refused':
        return { status: 'failed', error };
    }
  }

  /**
   * A request that was never answered may have been carried out all the same: only the contact itself can tell.
   * @param otherwise how the row ended if it was not
   */
  async #settle(line: RowToSend, otherwise: Outcome): Promise<Sent> {
    const read = await this.deps.api.getContact(line.contact_id);
    if (read.kind === 'refused' && read.verdict === 'not_found')
      return { outcome: { ...otherwise, status: 'not_found' } };
    if (read.kind !== 'ok') return { outcome: { ...otherwise, status: 'unknown' } };
    const contact = read.value;
    switch (settle(line.changes, contact, this.deps.fieldByKey)) {
      case 'applied':
        this.#written++;
        return this.updated(line.changes, contact);
      case 'not_applied':
        return { outcome: otherwise, contact };
      case 'unclear':
        return { outcome: { ...otherwise, status: 'unknown' }, contact };
    }
  }
}
