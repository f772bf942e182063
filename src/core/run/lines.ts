import { z } from 'zod';
import type { PlanLine } from '../model/plan-line.js';
import { STATUSES } from '../model/problem.js';
import type { ParseLine } from '../disk/ndjson.js';
import type { SentLine } from './past-results.js';
import type { ResultLine } from '../model/outcome.js';

/** What the lines of a run's files must look like. A run's own files are as untrusted as the CSV. */
const row = z.int().min(1);
const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const problem = z.looseObject({ code: z.string(), message: z.string(), field: z.string().optional() });
const changes = z.record(z.string(), z.object({ from: value, to: value, rule: z.enum(['fill', 'append']).optional() }));
const status = z.enum(STATUSES);

const planLine = z
  .object({
    row,
    line: z.int(),
    contact_id: z.string().nullable(),
    who: z.string().optional(),
    status,
    changes: changes.optional(),
    guards: z
      .object({
        updated_at: z.string().optional(),
        expected: z.record(z.string(), value).optional(),
        key: z.object({ field: z.string(), value }).optional(),
      })
      .optional(),
    error: problem.optional(),
    warnings: z.array(problem).optional(),
    after: z.array(row).optional(),
    cells: z.array(z.string()).optional(),
    forgotten: z.literal(true).optional(),
  })
  .refine((line) => line.status !== 'planned' || (line.contact_id !== null && line.changes !== undefined), {
    error: 'a planned row needs contact_id and changes',
  });

const resultLine = z.object({
  row,
  line: z.int(),
  contact_id: z.string().nullable(),
  status,
  changes: changes.optional(),
  error: problem.optional(),
  warnings: z.array(problem).optional(),
  attempts: z.int().optional(),
  http_status: z.int().optional(),
  duration_ms: z.number().optional(),
  at: z.string(),
});

const sentLine = z.object({
  row,
  fields: z.array(z.string()),
  at: z.string().optional(),
  lost: z.literal(true).optional(),
});

/** A parser whose errors fit on one line. */
function parserOf<T>(schema: z.ZodType): ParseLine<T> {
  return (given) => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data as T;
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`);
  };
}

export const parsePlanLine = parserOf<PlanLine>(planLine);
export const parseResultLine = parserOf<ResultLine>(resultLine);
export const parseSentLine = parserOf<SentLine>(sentLine);
