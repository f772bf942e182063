import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { rewriteLines, surveyLines, type ChangeLine } from '../disk/rewrite-lines.js';
import { Bitset } from '../disk/bitset.js';
import type { ResultLine } from '../model/outcome.js';
import type { PlanLine } from '../model/plan-line.js';
import type { RunFolder } from '../run/run-folder.js';
import { RUN_STATES } from '../run/state.js';
import type { Summary } from '../run/summary.js';
import { writeSummary } from '../run/summary-file.js';
import { forgetPlanLine, forgetResultLine, isAbout } from './forget-lines.js';
import { countRecords, RecordsOf, removeRecords } from './forget-records.js';
import { removeLeftovers } from './remove-leftovers.js';
import { rewritePlan } from './rewrite-plan.js';

/** Where a contact is in a run: lines and records by file. */
export interface Occurrences {
  plan: number;
  results: number;
  rejected: number;
  succeeded: number;
  log: number;
  /** 1 where the run's copy of standard input has it. */
  input: number;
}

/** CSVs of a run that have the cells of its input. */
const CSVS = ['rejected', 'succeeded'] as const;

const LOGS = ['log', 'olderLog'] as const;

const INPUT_GONE = 'its copy of standard input was deleted, as a contact was taken out of it';

/** A run that a contact is looked for in. */
interface Search {
  folder: RunFolder;
  summary: Summary;
  /** In canonical form. */
  id: string;
}

/** What the plan says of a contact. */
interface Known {
  /** Rows about it. */
  rows: Bitset;
  records: RecordsOf;
  /** Lines whose contact was taken out before. */
  forgotten: number;
  /** Of plan.ndjson as it is. */
  sha256: string;
}

/**
 * Takes a contact out of a run's files; how its rows ended, and all counts, stay. What was still to be written is held
 * back. The plan goes last: as long as it tells of the contact, a process that was killed is followed by one that finds
 * the rest. Each file is replaced in one step.
 * @param dryRun only tells where it is
 */
export async function forgetInRun(search: Search, dryRun: boolean): Promise<Occurrences> {
  const { folder, summary } = search;
  const { known, found } = await look(search);
  const isOpen = summary.plan.next !== undefined;
  if (dryRun || (!isOpen && Object.values(found).every((count) => count === 0))) return found;
  await removeCopies(folder, summary, found.input > 0);
  // A run that is to continue writes them again, from the plan.
  for (const name of CSVS) {
    if (RUN_STATES[summary.state].resume) await rm(folder.file(name), { force: true });
    await removeRecords(folder.file(name), summary.input, known.records);
  }
  await rewriteLines(folder.file('results'), resultsWithout(search.id, known));
  for (const name of LOGS) await rewriteLines(folder.file(name), logWithout(search.id));
  summary.forgotten = known.forgotten + found.plan;
  await rewritePlan(folder, summary, known.sha256, found.plan > 0 ? planWithout(search.id) : undefined);
  return found;
}

async function look({ folder, summary, id }: Search): Promise<{ known: Known; found: Occurrences }> {
  const known: Known = {
    ...{ rows: new Bitset(), forgotten: 0, sha256: '' },
    records: new RecordsOf(id, summary.input.header),
  };
  let plan = 0;
  ({ sha256: known.sha256 } = await surveyLines(folder.file('plan'), (text) => {
    const line = parse<PlanLine>(text);
    if (line?.forgotten) known.forgotten++;
    if (line === undefined ? !hasText(text, id) : !isAbout(id, line)) return text;
    plan++;
    if (line !== undefined) known.rows.add(line.row);
    known.records.add(line?.cells ?? []);
    return text;
  }));
  const results = await surveyLines(folder.file('results'), resultsWithout(id, known));
  let log = 0;
  for (const name of LOGS) log += (await surveyLines(folder.file(name), logWithout(id))).changed;
  const [rejected = 0, succeeded = 0] = await Promise.all(
    CSVS.map((name) => countRecords(folder.file(name), summary.input, known.records)),
  );
  const hasInput = existsSync(folder.file('input')) && (plan > 0 || (await inputHas(folder, id)));
  return {
    known,
    found: { plan, results: results.changed, rejected, succeeded, log, input: hasInput ? 1 : 0 },
  };
}

function resultsWithout(id: string, { rows }: Known): ChangeLine {
  return (text) => {
    const line = parse<ResultLine>(text);
    if (line === undefined) return withoutDamaged(text, id);
    if (!isAbout(id, line) && !rows.has(line.row)) return text;
    return JSON.stringify(forgetResultLine(line));
  };
}

/** A line that is damaged stays so. */
function withoutDamaged(text: string, id: string): string {
  return hasText(text, id) ? '{}' : text;
}

function hasText(text: string, id: string): boolean {
  return text.toLowerCase().includes(JSON.stringify(id).slice(1, -1).toLowerCase());
}

/** @returns undefined for a line that is damaged */
function parse<T extends object>(text: string): T | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

function logWithout(id: string): ChangeLine {
  const [named, path] = [`"contact_id":${JSON.stringify(id)}`, `/contacts/${encodeURIComponent(id)}"`];
  return (text) => text.replaceAll(named, '"contact_id":null').replaceAll(path, '/contacts/…"');
}

async function inputHas(folder: RunFolder, id: string): Promise<boolean> {
  const found = await surveyLines(folder.file('input'), (text) => (hasText(text, id) ? '' : text));
  return found.changed > 0;
}

async function removeCopies(folder: RunFolder, summary: Summary, withInput: boolean): Promise<void> {
  await removeLeftovers(folder);
  if (!withInput) return;
  // Until its plan is complete, the run would have to read it again.
  if (RUN_STATES[summary.state].resume && summary.began_at === null) {
    Object.assign(summary, { state: 'failed', error: INPUT_GONE });
    await writeSummary(folder.file('summary'), summary);
  }
  await rm(folder.file('input'), { force: true });
}

function planWithout(id: string): ChangeLine {
  return (text) => {
    const line = parse<PlanLine>(text);
    if (line === undefined) return withoutDamaged(text, id);
    return isAbout(id, line) ? JSON.stringify(forgetPlanLine(line)) : text;
  };
}
