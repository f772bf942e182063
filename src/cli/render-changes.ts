import type { FieldValue } from '../core/model/values.js';
import { parsePlanLine } from '../core/run/lines.js';
import { readNdjson } from '../core/disk/ndjson.js';
import { shortPath } from './render-summary.js';

/** Rows shown on the terminal; the plan file has them all. */
const SHOWN_ROWS = 20;

/** The first planned rows, field by field, as `title: "VP" → "SVP"`. */
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
    for (const [key, { from, to }] of Object.entries(line.changes))
      lines.push(`  ${labels[key] ?? key}: ${show(from)} → ${show(to)}`);
  }
  if (planned > shown) lines.push(`… and ${planned - shown} more rows: ${shortPath(planFile)}`);
  return lines.join('\n');
}

function show(value: FieldValue): string {
  if (value === null) return '(empty)';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
