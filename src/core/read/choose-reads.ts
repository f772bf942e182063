import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import type { ReadChoice, ReadCosts } from '../model/read-choice.js';

/**
 * Takes the way that costs the fewest calls. Pure.
 * @param facts.rows rows of the file, the most contacts that it can be about
 * @param facts.idFilterable undefined where the schema was not read
 * @param facts.totalContacts the organisation's, undefined where no list call was made yet
 * @returns undefined where a fact that costs a call must be known first: the schema, then the first page of the list
 */
export function chooseReads(facts: {
  rows: number;
  schemaRead: boolean;
  idFilterable?: boolean;
  totalContacts?: number;
}): ReadChoice | undefined {
  const { rows, schemaRead, idFilterable, totalContacts } = facts;
  const calls = Math.max(1, Math.ceil(rows / MAX_PAGE_SIZE));
  const costs: ReadCosts = { get: rows };
  if (!schemaRead) {
    // The schema is a call as well, so for a contact or two it is cheaper not to ask.
    return rows <= 1 + calls ? { way: 'get', why: 'cheapest for so few contacts', costs } : undefined;
  }
  if (idFilterable === true) {
    costs.ids = calls;
    const why = `the API filters by id, ${MAX_PAGE_SIZE} contacts per call`;
    return { way: 'ids', why, costs };
  }
  if (totalContacts === undefined) return undefined;
  costs.list = Math.max(1, Math.ceil(totalContacts / MAX_PAGE_SIZE));
  const noFilter = 'the API does not filter by id';
  return costs.list - 1 < rows
    ? { way: 'list', why: `${noFilter}, and the whole list takes fewer calls than one per contact`, costs }
    : { way: 'get', why: `${noFilter}, and the whole list takes more calls than one per contact`, costs };
}
