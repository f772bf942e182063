import type { Earlier, LateReply, Reply } from '../api/call.js';
import { saidOf, type ContactsApi } from '../contacts/contacts-api.js';
import type { Contact } from '../contacts/types.js';
import { entryOf } from '../read/read-by-get.js';
import type { Entry } from '../read/reader.js';
import { isEmpty } from '../model/values.js';
import type { TagDirectory } from '../contacts/tags.js';
import { MACHINE_CLOCK } from '../model/clock.js';
import { SyncError } from '../model/errors.js';
import { patchBody } from '../contacts/patch-body.js';
import type { Changes } from '../model/plan-line.js';
import type { Problem, Status } from '../model/problem.js';
import type { SentLine } from '../run/past-results.js';
import { findNotKept, settle, type FieldByKey } from './check-answer.js';
import type { Outcome } from '../model/outcome.js';

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
  /** When a request was sent that may still be carried out, by the monotonic clock, milliseconds. */
  lostAt?: number;
  /** The row has not ended: `outcome` is how it does if that request was not carried out, which the contact will tell. */
  isOpen?: true;
}

/** Sends the PATCH of a planned row and tells, from what the API shows, how it ended. */
export class RowSender {
  #written = 0;
  #forbidden = 0;

  constructor(private readonly deps: SendDeps) {}

  /**
   * @returns `late` if the values to be replaced grew too old before it could be sent
   * @throws SyncError `key_read_only`; the stop signal's reason where the row was not, or perhaps not, sent
   */
  async send(line: RowToSend): Promise<Sent | LateReply> {
    const { api, directory, onSend } = this.deps;
    const made = patchBody(line.changes, directory);
    if ('problem' in made) return { outcome: { status: 'failed', error: made.problem, attempts: 0 } };
    const started = MACHINE_CLOCK.monotonic();
    const { until, earlier } = line;
    const fields = Object.keys(line.changes);
    const onBegin = (lost: boolean) =>
      onSend({ row: line.row, fields, at: new Date().toISOString(), ...(lost ? { lost } : {}) });
    const reply = await api.patchContact(line.contact_id, made.body, { until, earlier, onBegin });
    if (reply.kind === 'late') return reply;
    const sent = await this.#conclude(line, reply);
    if (reply.lostAt !== undefined) sent.lostAt = reply.lostAt;
    sent.outcome.attempts = reply.attempts;
    if (reply.status !== undefined) sent.outcome.http_status = reply.status;
    sent.outcome.duration_ms = Math.round(MACHINE_CLOCK.monotonic() - started);
    return sent;
  }

  async #conclude(line: RowToSend, reply: Reply<Contact>): Promise<Sent> {
    const wasLost = reply.lostAt !== undefined;
    switch (reply.kind) {
      case 'ok':
        this.#written++;
        return this.#answered(line, reply.value);
      case 'refused': {
        const outcome = this.#refused(reply);
        // What was refused may have been done by the attempt before: the version that it was to change is then gone.
        const isOpen = wasLost && (reply.verdict === 'conflict' || reply.verdict === 'refused');
        return isOpen ? { outcome, isOpen } : { outcome };
      }
      case 'unanswered': {
        const outcome: Outcome = { status: 'failed', error: { code: reply.code, message: reply.message } };
        if (reply.isFinal) return this.#askOnce(line, outcome, wasLost);
        // Without a connection nothing was sent, and there is nothing to ask.
        return wasLost ? { outcome, isOpen: true } : { outcome };
      }
    }
  }

  /** The API did answer, and nobody can tell what: the contact shows what it did. */
  async #askOnce({ contact_id, changes }: RowToSend, outcome: Outcome, wasLost: boolean): Promise<Sent> {
    const found = entryOf(await this.deps.api.getContact(contact_id));
    const sent = this.settled(changes, outcome, found);
    // What was accepted, or lost before, may still be carried out.
    if (sent.outcome.status !== 'failed') return sent;
    if (wasLost) return { outcome, isOpen: true };
    return { ...sent, outcome: andThen('failed', outcome, 'the contact still has its old values') };
  }

  /** An answer may leave fields out, or show the contact as it was before: what it is now, a read tells. */
  async #answered({ contact_id, changes }: RowToSend, answer: Contact): Promise<Sent> {
    const unseen = Object.entries(changes).some(([key, { to }]) => !Object.hasOwn(answer, key) && !isEmpty(to));
    const isOld = !unseen && settle(changes, answer, this.deps.fieldByKey) === 'not_applied';
    if (!unseen && !isOld) return this.updated(changes, answer);
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
          throw new SyncError('key_read_only', saidOf(reply));
        }
        return { status: 'failed', error: { ...error, message: `changing it is not permitted: ${error.message}` } };
      case 'not_found':
        return { status: 'not_found', error };
      case 'conflict':
        return { status: 'conflict', error };
      case 'refused':
        return { status: 'failed', error };
    }
  }

  /**
   * How an open row ended, as its contact shows it once no request of the row can be carried out any more.
   * @param found what was read of the contact
   */
  settled(changes: Changes, outcome: Outcome, found: Entry | undefined): Sent {
    if (!found) return { outcome: andThen('not_found', outcome, 'the API no longer has the contact') };
    if ('problem' in found) return { outcome: andThen('unknown', outcome, `the contact ${found.problem.message}`) };
    const { contact } = found;
    switch (settle(changes, contact, this.deps.fieldByKey)) {
      case 'applied': {
        this.#written++;
        const { attempts, http_status, duration_ms } = outcome;
        const facts = { attempts, http_status, duration_ms };
        const { outcome: updated } = this.updated(changes, contact);
        return { outcome: Object.assign(updated, facts), contact };
      }
      case 'not_applied':
        return { outcome: notApplied(outcome), contact };
      case 'unclear':
        return {
          outcome: andThen('unknown', outcome, 'the contact has neither its old values nor the new ones'),
          contact,
        };
    }
  }
}

/** Where the API answered, its own words say more than that nothing was done. */
function notApplied(outcome: Outcome): Outcome {
  if (outcome.http_status !== undefined) return outcome;
  const { error, ...rest } = andThen('failed', outcome, 'the contact still has its old values');
  return { ...rest, error: { code: 'not_applied', message: error?.message ?? '' } };
}

/** What became of a row, and what its contact showed afterwards. */
function andThen(status: Status, outcome: Outcome, shown: string): Outcome {
  const { error } = outcome;
  return { ...outcome, status, ...(error ? { error: { ...error, message: `${error.message}; ${shown}` } } : {}) };
}
