import type { Reply } from '../api/client.js';
import type { ContactsApi } from '../api/contacts-api.js';
import type { Contact } from '../api/types.js';
import type { TagDirectory } from '../edit/tags.js';
import { KeyRefusedError } from '../exit.js';
import { patchBody } from '../plan/patch-body.js';
import type { Changes, PlanLine } from '../plan/plan-line.js';
import type { Problem } from '../problem.js';
import type { Outcome } from '../run/recorder.js';
import { findNotKept, settle, type FieldByKey } from './check-answer.js';

/** So many 403 in a row, and not one row written: the key may read but not write. */
const FORBIDDEN_LIMIT = 5;

export interface SendDeps {
  api: ContactsApi;
  fieldByKey: FieldByKey;
  directory: TagDirectory | undefined;
  /** Puts on disk that a request for the row begins. */
  onSend: (row: number) => Promise<void>;
}

type PlannedLine = PlanLine & { contact_id: string; changes: Changes };

/** Sends the PATCH of a planned row and tells, from what the API shows, how it ended. */
export class RowSender {
  #written = 0;
  #forbidden = 0;

  constructor(private readonly deps: SendDeps) {}

  /** @throws KeyRefusedError; the stop signal's reason where the row was not, or perhaps not, sent */
  async send(line: PlannedLine): Promise<Outcome> {
    const { api, directory, onSend } = this.deps;
    const made = patchBody(line.changes, directory);
    if ('problem' in made) return { status: 'failed', error: made.problem, attempts: 0 };
    await onSend(line.row);
    const started = Date.now();
    const reply = await api.patchContact(line.contact_id, made.body);
    const outcome = await this.#outcome(line, reply);
    return {
      ...outcome,
      attempts: reply.attempts,
      ...(reply.status === undefined ? {} : { http_status: reply.status }),
      duration_ms: Date.now() - started,
    };
  }

  async #outcome(line: PlannedLine, reply: Reply<Contact>): Promise<Outcome> {
    switch (reply.kind) {
      case 'ok':
        this.#written++;
        return this.#updated(line, reply.value);
      case 'refused':
        return this.#refused(reply);
      case 'unanswered':
        return this.#settle(line, reply);
    }
  }

  #updated(line: PlannedLine, contact: Contact): Outcome {
    const warnings = findNotKept(line.changes, contact, this.deps.fieldByKey);
    return { status: 'updated', ...(warnings.length > 0 ? { warnings } : {}) };
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

  /** A request that was never answered may have been carried out all the same: only the contact itself can tell. */
  async #settle(line: PlannedLine, lost: Extract<Reply<Contact>, { kind: 'unanswered' }>): Promise<Outcome> {
    const error: Problem = { code: lost.code, message: lost.message };
    const read = await this.deps.api.getContact(line.contact_id);
    if (read.kind === 'refused' && read.verdict === 'not_found') return { status: 'not_found', error };
    if (read.kind !== 'ok') return { status: 'unknown', error };
    switch (settle(line.changes, read.value, this.deps.fieldByKey)) {
      case 'applied':
        this.#written++;
        return this.#updated(line, read.value);
      case 'not_applied':
        return { status: 'failed', error };
      case 'unclear':
        return { status: 'unknown', error };
    }
  }
}
