import { CUSTOM_FIELDS, SANDBOX_TAGS } from '../../../dist/sandbox/defaults.js';

const FIELDS = ['title', 'notes', 'location', 'tags', CUSTOM_FIELDS.seats];

/** Rows for all contacts, some of them three times, and two rows that are wrong. */
export function makeRows(random, { store }) {
  const rows = [];
  for (const id of store.contacts.keys()) {
    const times = random.next() < 0.15 ? 3 : 1;
    for (let n = 0; n < times; n++) {
      const cells = { contact_id: id };
      for (const field of FIELDS) if (random.next() < 0.4) cells[field] = makeCell(random, field);
      rows.push({ cells, valid: true });
    }
  }
  for (let i = rows.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  rows.push({ cells: { contact_id: 'no-uuid', title: 'x' }, valid: false, status: 'invalid' });
  rows.push({
    cells: { contact_id: '00000000-0000-4000-8000-000000000000', title: 'x' },
    valid: false,
    status: 'not_found',
  });
  return rows;
}

function makeCell(random, field) {
  if (random.next() < 0.15) return '<clear>';
  if (field === 'tags') return [...new Set([random.pick(SANDBOX_TAGS).name, random.pick(SANDBOX_TAGS).name])].join(';');
  if (field === CUSTOM_FIELDS.seats) return String(random.below(500));
  return `${field} ${random.below(1000)}`;
}

export function toCsv(rows) {
  const header = ['contact_id', ...FIELDS];
  return (
    [header, ...rows.map(({ cells }) => header.map((name) => cells[name] ?? ''))]
      .map((row) => row.join(','))
      .join('\n') + '\n'
  );
}

/** Every contact's fields, in a form that compares. */
export function snapshot({ store }) {
  const all = {};
  for (const [id, contact] of store.contacts) {
    all[id] = Object.fromEntries(FIELDS.map((field) => [field, comparable(field, contact[field])]));
  }
  return all;
}

/** A field's value in a form that compares. */
export function comparable(field, value) {
  if (field === 'tags') return [...(value ?? [])].sort();
  return value === undefined || value === '' ? null : value;
}

/** What a snapshot is to become by these rows. */
export function applyRows(start, rows) {
  const end = structuredClone(start);
  for (const { cells, valid } of rows) {
    if (!valid) continue;
    for (const field of FIELDS) {
      const cell = cells[field];
      if (cell === undefined) continue;
      const cleared = cell === '<clear>';
      if (field === 'tags') end[cells.contact_id][field] = cleared ? [] : cell.split(';').sort();
      else if (field === CUSTOM_FIELDS.seats) end[cells.contact_id][field] = cleared ? null : Number(cell);
      else end[cells.contact_id][field] = cleared ? null : cell;
    }
  }
  return end;
}
