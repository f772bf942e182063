import type { FieldRule, RuleOfField } from '../model/field-rules.js';
import { foldName } from '../model/fold-name.js';
import type { HeaderProblem } from '../model/problem.js';
import { didYouMean } from '../model/suggest.js';
import { CONTACT_FIELDS, type Field } from './fields.js';
import { fieldsByName } from './fields-by-name.js';

/** Rules by the name of their field: its key, or what people call it. */
export type RulesByName = Readonly<Record<string, FieldRule>>;

interface ReadRules {
  rules: RuleOfField;
  problems: HeaderProblem[];
}

const REFERENCE = fieldsByName(CONTACT_FIELDS);

/** Whether only the schema tells which field a rule is about. */
export function namesCustomFields(given: RulesByName = {}): boolean {
  return Object.keys(given).some((name) => !REFERENCE.has(foldName(name)));
}

/**
 * Finds the field of each rule, and what cannot be done. Pure.
 * @param keys fields that rows name their contacts by
 * @param customFields the organisation's; undefined: not known yet, and names that the reference does not have are left out
 */
export function readRules(
  given: RulesByName = {},
  keys: ReadonlySet<Field>,
  customFields?: readonly Field[],
): ReadRules {
  const known = [...CONTACT_FIELDS, ...(customFields ?? [])];
  const fields = fieldsByName(known);
  const rules = new Map<string, FieldRule>();
  const problems: HeaderProblem[] = [];
  for (const [name, rule] of Object.entries(given)) {
    const found = REFERENCE.get(foldName(name)) ?? fields.get(foldName(name)) ?? [];
    if (found.length === 0 && customFields === undefined) continue;
    const message = problemOf(name, rule, { found, keys, rules, known });
    if (message !== undefined) problems.push({ code: 'bad_rule', rule: `${name}=${rule}`, message });
    else rules.set(found[0]!.key, rule);
  }
  return { rules, problems };
}

function problemOf(
  name: string,
  rule: FieldRule,
  seen: { found: readonly Field[]; keys: ReadonlySet<Field>; rules: RuleOfField; known: readonly Field[] },
): string | undefined {
  const { found, keys, rules, known } = seen;
  const [field, other] = found;
  if (!field) {
    const names = known.flatMap(({ key, label }) => [...new Set([key, label])]);
    return `"${name}" is not a field that can be written${didYouMean(name, names)}`;
  }
  if (other) return `several custom fields are called "${name}"; name one by its key: ${listKeys(found)}`;
  if (rules.has(field.key)) return `"${name}" has another rule already`;
  if (keys.has(field) && rule !== 'ignore') return `"${name}" is a key, which is never written`;
  if (rule === 'append' && field.type.grows === undefined) {
    return `"${name}" is of type ${field.type.name}, to which nothing can be added; expected a text or a list`;
  }
  return undefined;
}

function listKeys(fields: readonly Field[]): string {
  return fields.map(({ key }) => key).join(', ');
}
