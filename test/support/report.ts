import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BlockKind, NameEntry, ReportData, RowEntry } from '../../src/core/report/report-data.js';
import { decode, type Block } from '../../src/report-page/decode.js';
import { toRows, type Row } from '../../src/report-page/row.js';

/** A report as its file holds it. */
export interface ReadReport {
  /** The page without its blocks of data. */
  page: string;
  /** As `page`, without the text of its script and style. */
  markup: string;
  rows: Row[];
  data: ReportData;
}

/** Reads a report.html as a browser does. */
export async function readReport(dir: string, name = 'report.html'): Promise<ReadReport> {
  const text = await readFile(path.join(dir, name), 'utf8');
  const blocks = blocksIn(text);
  const page = text.replace(BLOCK, '');
  const [data] = await decode<ReportData>(blocks, 'data');
  const [entries, names] = [await decode<RowEntry>(blocks, 'rows'), await decode<NameEntry>(blocks, 'names')];
  const markup = page.replace(/(<(script|style)>).*?(?=<\/\2>)/gs, '$1');
  return { page, markup, rows: toRows(entries, names, data!), data: data! };
}

const BLOCK = /<script type="text\/plain" data-block="(\w+)">([\w+/=]*)<\/script>\n/g;

export function blocksIn(page: string): Block[] {
  return [...page.matchAll(BLOCK)].map(([, kind, base64 = '']) => ({ kind: kind as BlockKind, base64 }));
}
