import { FIELD_RULES } from '../../core/model/field-rules.js';
import type { OptionSpec } from './option-spec.js';
import { KEY_FILE, SCHEMA_KEY } from './job-file.js';
import { jobName, OPTIONS, type OptionName } from './options.js';

/** A JSON Schema, as far as it is made here. */
type Schema = Readonly<Record<string, unknown>>;

/** Several texts: commas in one, or a list. */
const TEXTS: Schema = { type: ['string', 'array'], items: { type: 'string' } };

/** What a text setting may be, by what the help calls its value; lists of words are taken from there. */
const KINDS: Readonly<Record<string, Schema>> = {
  n: { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]+$' },
  'n|none': { type: ['integer', 'string'], minimum: 1, pattern: '^([1-9][0-9]*|none)$' },
  'n|n%': { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]+(\\.[0-9]+)?%?$' },
  duration: { type: 'string', pattern: '^[0-9.]+ ?[A-Za-z]+$' },
  time: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' },
  rate: { type: 'string', pattern: '^(none|[0-9].*/.*)$' },
  fields: TEXTS,
  columns: TEXTS,
  database: { type: 'string', pattern: '^[Pp][Oo][Ss][Tt][Gg][Rr][Ee][Ss]([Qq][Ll])?://' },
  url: { type: 'string', pattern: '^https?://' },
};

/** Rules of fields: `{"title": "fill"}`, or as flags give them. */
const RULES: Schema = {
  type: ['object', 'array'],
  additionalProperties: { enum: FIELD_RULES },
  items: { type: 'string', pattern: `^.+=(${FIELD_RULES.join('|')})$` },
};

const WORDS = /^[a-z-]+(\|[a-z-]+)+$/;
/** Values that the help shows as words and that are not the only ones. */
const OPEN = ['id|name', 'n|none', 'auto|comma|semicolon|tab'];

/**
 * The JSON Schema of job files, from the table of settings: editors complete keys and values by it, and show what each means.
 * Settings that no file may hold are left out.
 */
export function jobSchema(): Schema {
  const settings = Object.entries<OptionSpec>(OPTIONS).filter(([, spec]) => spec.notInFiles !== true);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Job file of contact-sync',
    description:
      'Settings of a recurring run. Paths are relative to the file. Comments and trailing commas are allowed.',
    type: 'object',
    additionalProperties: false,
    allowTrailingCommas: true,
    properties: {
      [SCHEMA_KEY]: { type: 'string', description: 'Path or address of this schema' },
      csv: { type: 'string', description: 'CSV file of edits, or - for standard input' },
      [KEY_FILE]: {
        type: 'string',
        description: 'File that holds the API key and nothing else; the key is never in a job file',
      },
      ...Object.fromEntries(settings.map(([name, spec]) => [jobName(name as OptionName), schemaOf(spec)])),
    },
  };
}

function schemaOf({ type, value = '', describe, default: standard }: OptionSpec): Schema {
  const meaning = {
    description: describe,
    ...(standard === undefined ? {} : { default: plainDefault(standard, value) }),
  };
  if (type === 'boolean') return { type, ...meaning };
  if (value === 'field=rule') return { ...RULES, ...meaning };
  if (type === 'array') return { type: 'array', items: { type: 'string' }, ...meaning };
  if (WORDS.test(value) && !OPEN.includes(value)) return { enum: value.split('|'), ...meaning };
  return { ...(KINDS[value] ?? { type: 'string' }), ...meaning };
}

/** Numbers are shown as such. */
function plainDefault(standard: string | boolean, value: string): string | number | boolean {
  return value === 'n' ? Number(standard) : standard;
}
