import { z } from 'zod';
import { FORM_FIELDS } from '../../core/contacts/form-fields.js';
import { LINT_MODES } from '../../core/contacts/lint-modes.js';
import { DUPLICATE_MODES } from '../../core/input/duplicate-modes.js';
import { DELIMITERS, type Delimiter } from '../../core/model/delimiters.js';
import { SHORT_ROW_MODES } from '../../core/input/short-row-modes.js';
import { FORMULA_MODES } from '../../core/model/formula-cell.js';
import { FIELD_RULES, type FieldRule } from '../../core/model/field-rules.js';
import { didYouMean } from '../../core/model/suggest.js';
import { READ_WAYS } from '../../core/model/read-choice.js';
import {
  choice,
  databaseUrl,
  duration,
  flag,
  httpUrl,
  limit,
  list,
  rate,
  rows,
  timeOfDay,
  webhook,
  whole,
  words,
} from './kinds.js';
import { COLOR_MODES } from './color-modes.js';
import { LOG_LEVELS } from './log-levels.js';
import type { OptionName } from './options.js';
import { NOTIFY_ON } from './run-options.js';
import { isApiKey, NOT_SHOWN } from './secret.js';

const delimiter = z
  .string('expected auto, comma, semicolon, tab or pipe')
  .transform((text, ctx): Delimiter | undefined => {
    if (text === 'auto') return undefined;
    const named = DELIMITERS[text as keyof typeof DELIMITERS] ?? (text === '\\t' ? '\t' : text);
    const found = Object.values(DELIMITERS).find((value) => value === named);
    if (found === undefined) {
      ctx.addIssue({ code: 'custom', message: `expected auto, comma, semicolon, tab or pipe, got "${text}"` });
      return z.NEVER;
    }
    return found;
  });

const skipEquivalent = list.transform((names, ctx): readonly string[] => {
  if (names.length === 0 || names.includes('all')) return FORM_FIELDS;
  if (names.length === 1 && names[0] === 'none') return [];
  const wrong = names.find((name) => !(FORM_FIELDS as readonly string[]).includes(name));
  if (wrong !== undefined) {
    ctx.addIssue({ code: 'custom', message: `expected fields among ${FORM_FIELDS.join(',')}, got "${wrong}"` });
    return z.NEVER;
  }
  return names;
});

const pathPrefix = z
  .string('expected a path such as /v1/preview')
  .regex(/^(\/[\w.-]+)*$/, 'expected a path such as /v1/preview, without a slash at the end');

const key = list.transform((names, ctx): readonly string[] => {
  if (names.length > 0 && !names.some(isApiKey)) return names;
  const isKey = names.length > 0 ? `. ${NOT_SHOWN}` : '';
  ctx.addIssue({ code: 'custom', message: `expected a column such as contact_id or email${isKey}` });
  return z.NEVER;
});

/** `title=fill` of a flag or the environment, or `{"title": "fill"}` of a job file. */
const rules = z
  .union([z.record(z.string(), z.string()), list], 'expected a field and a rule such as title=fill')
  .transform((given, ctx): Readonly<Record<string, FieldRule>> => {
    const found = new Map<string, FieldRule>();
    const refuse = (message: string): void => ctx.addIssue({ code: 'custom', message });
    for (const [name, word] of Array.isArray(given) ? given.map(splitRule) : Object.entries(given)) {
      const field = name.trim();
      const rule = FIELD_RULES.find((known) => known === word.trim().toLowerCase());
      if (field === '') refuse(`expected a field and a rule such as title=fill, got "${word}"`);
      else if (rule === undefined) {
        refuse(`${field}: expected ${FIELD_RULES.join(', ')}, got "${word}"${didYouMean(word, FIELD_RULES)}`);
      } else if (found.has(field)) refuse(`${field} has a rule already`);
      else found.set(field, rule);
    }
    return Object.fromEntries(found);
  });

/** A field's name may hold an equals sign. */
function splitRule(entry: string): [field: string, rule: string] {
  const cut = entry.lastIndexOf('=');
  return cut === -1 ? ['', entry] : [entry.slice(0, cut), entry.slice(cut + 1)];
}

/** Checks and converts the text of each setting, wherever it comes from. */
export const SCHEMAS = {
  key,
  map: list,
  ignoreUnknownColumns: flag,
  ignoreColumn: list,
  delimiter: delimiter,
  skipLines: whole(0, 1_000_000),
  shortRows: choice(SHORT_ROW_MODES),
  empty: choice(['leave', 'clear']).optional(),
  nullToken: words,
  idFormat: choice(['uuid', 'any']),
  rule: rules,
  skipEquivalent: skipEquivalent,
  exact: flag,
  reads: choice(['auto', ...READ_WAYS]),
  snapshot: words.optional(),
  mirror: flag,
  mirrorMaxAge: duration,
  duplicates: choice(DUPLICATE_MODES),
  base: words.optional(),
  lint: choice(LINT_MODES),
  allowOptIn: flag,
  maxChanges: limit.optional(),
  maxClears: limit.optional(),
  strict: flag.optional(),
  maxFailures: limit.optional(),
  canary: rows.optional(),
  canaryWait: duration.optional(),
  limit: rows.optional(),
  approved: words.optional(),
  requireApproval: flag,
  exitCode: flag,
  dryRun: flag,
  baseUrl: httpUrl,
  organisation: words.optional(),
  allowHttp: flag,
  trustEnvFile: flag,
  apiPrefix: pathPrefix,
  rate: rate,
  reserve: limit.optional(),
  maxRequests: whole(1, 100_000_000).optional(),
  maxDuration: duration.optional(),
  stopAt: timeOfDay.optional(),
  outageLimit: duration,
  concurrency: whole(1, 100),
  retries: whole(0, 50),
  timeout: duration,
  planMaxAge: duration,
  waitLock: duration.optional(),
  coordinate: databaseUrl.optional(),
  runsDir: words,
  lockDir: words.optional(),
  sharedRunsDir: flag,
  out: words.optional(),
  force: flag,
  formulas: choice(FORMULA_MODES),
  filter: list,
  report: flag,
  notify: webhook.optional(),
  notifyOn: choice(NOTIFY_ON),
  metricsFile: words.optional(),
  keep: whole(0, 1_000_000).optional(),
  keepDays: whole(0, 100_000).optional(),
  json: flag,
  yes: flag,
  quiet: flag,
  color: choice(COLOR_MODES),
  values: flag,
  logLevel: choice(LOG_LEVELS),
  progress: flag,
} as const satisfies Record<OptionName, z.ZodType>;

/** Every setting, checked and converted. */
export type Settings = { [K in OptionName]: z.output<(typeof SCHEMAS)[K]> };
