import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { rewriteLines, surveyLines, type ChangeLine } from '../disk/rewrite-lines.js';
import { Bitset } from '../disk/bitset.js';
import type { ResultLine } from '../model/outcome.js';
import type { PlanLine } from '../model/plan-line.js';
import type { RunFolder } from '../run/run-folder.js';
import { RUN_STATES } from '../run/state.js';
import type { Summary } from '../run/summary.js';
import { digestOf } from '../run/approval.js';
import { writeSummary } from '../run/summary-file.js';
import { forgetPlanLine, forgetResultLine, isAbout } from './forget-lines.js';
import { countRecords, RecordsOf, removeRecords } from './forget-records.js';

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
  await rewriteLines(folder.file('log'), logWithout(search.id));
  await rewritePlan(search, known, found.plan);
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
  const log = await surveyLines(folder.file('log'), logWithout(id));
  const [rejected = 0, succeeded = 0] = await Promise.all(
    CSVS.map((name) => countRecords(folder.file(name), summary.input, known.records)),
  );
  const hasInput = existsSync(folder.file('input')) && (plan > 0 || (await inputHas(folder, id)));
  return {
    known,
    found: { plan, results: results.changed, rejected, succeeded, log: log.changed, input: hasInput ? 1 : 0 },
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

/** Copies that the run can do without: stores of a process that was killed, halves of files, the API's words. */
async function removeCopies(folder: RunFolder, summary: Summary, withInput: boolean): Promise<void> {
  await rm(folder.file('scratch'), { recursive: true, force: true });
  await rm(folder.file('answers'), { force: true });
  for (const name of await readdir(folder.dir)) {
    if (name.endsWith('.part')) await rm(path.join(folder.dir, name), { force: true });
  }
  if (!withInput) return;
  // Until its plan is complete, the run would have to read it again.
  if (RUN_STATES[summary.state].resume && summary.began_at === null) {
    Object.assign(summary, { state: 'failed', error: INPUT_GONE });
    await writeSummary(folder.file('summary'), summary);
  }
  await rm(folder.file('input'), { force: true });
}

/** The summary knows the plan's digest before and after: at no time is it taken for a plan that was edited. */
async function rewritePlan({ folder, summary, id }: Search, known: Known, lines: number): Promise<void> {
  const { plan } = summary;
  // A plan that was damaged before stays so.
  const isWhole = plan.sha256 !== '' && [plan.sha256, plan.next].includes(known.sha256);
  const save = (): Promise<void> => writeSummary(folder.file('summary'), summary);
  if (isWhole) Object.assign(plan, { sha256: known.sha256, next: undefined });
  let next = known.sha256;
  if (lines > 0) {
    const change: ChangeLine = (text) => {
      const line = parse<PlanLine>(text);
      if (line === undefined) return withoutDamaged(text, id);
      return isAbout(id, line) ? JSON.stringify(forgetPlanLine(line)) : text;
    };
    await rewriteLines(folder.file('plan'), change, async ({ sha256 }) => {
      next = sha256;
      if (isWhole) plan.next = sha256;
      await save();
    });
  }
  if (isWhole) Object.assign(plan, { sha256: next, next: undefined });
  summary.forgotten = known.forgotten + lines;
  summary.digest = digestOf(summary);
  await save();
}
