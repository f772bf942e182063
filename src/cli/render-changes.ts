import type { Change } from '../core/model/plan-line.js';
import { isEmpty, type FieldValue } from '../core/model/values.js';
import { parsePlanLine } from '../core/run/lines.js';
import type { Summary } from '../core/run/summary.js';
import { readNdjson } from '../core/disk/ndjson.js';
import { plural, shortPath } from './render-summary.js';

/** Rows shown on the terminal; the plan file has them all. */
const SHOWN_ROWS = 20;

/** The first planned rows, field by field. */
export async function renderChanges(
  planFile: string,
  planned: number,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const lines: string[] = [];
  let shown = 0;
  for await (const line of readNdjson(planFile, parsePlanLine)) {
    if (line.status !== 'planned' || !line.changes) continue;
    if (shown === SHOWN_ROWS) break;
    shown++;
    lines.push(`row ${line.row}  ${line.contact_id}`);
    for (const [key, change] of Object.entries(line.changes)) lines.push(`  ${labels[key] ?? key}: ${show(change)}`);
  }
  if (planned > shown) lines.push(`… and ${plural(planned - shown, 'more row')} in ${shortPath(planFile)}`);
  return lines.join('\n');
}

/** What would change, by field and kind alone: `title: 812 replaced, 3 cleared`. */
export function renderKinds({ kinds, labels }: Pick<Summary, 'kinds' | 'labels'>): string {
  const byField = new Map<string, string[]>();
  for (const [name, count] of Object.entries(kinds)) {
    const [key = '', kind = ''] = name.split(' ');
    byField.set(key, [...(byField.get(key) ?? []), `${count.toLocaleString('en')} ${kind}`]);
  }
  return [...byField].map(([key, counts]) => `${labels[key] ?? key}: ${counts.join(', ')}`).join('\n');
}

/** `"VP" → "SVP"`; what a list gains and loses, as `+VIP, -Prospect`. */
function show({ from, to }: Change): string {
  if (isEmpty(to)) return `${showValue(from)} → (cleared)`;
  const items = Array.isArray(to) ? listChanges(asList(from), to) : [];
  return items.length > 0 ? items.join(', ') : `${showValue(from)} → ${showValue(to)}`;
}

function listChanges(from: readonly string[], to: readonly string[]): string[] {
  const added = to.filter((item) => !from.includes(item)).map((item) => `+${item}`);
  return [...from.filter((item) => !to.includes(item)).map((item) => `-${item}`), ...added];
}

function asList(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function showValue(value: FieldValue): string {
  if (isEmpty(value)) return '(empty)';
  const text = Array.isArray(value) ? value.join(', ') : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
