import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { CHANGED_AT, CONTACT_FIELDS, CREATED_AT, CUSTOM_PREFIX, KEY_COLUMN } from '../../src/core/contacts/fields.js';
import { ROOT } from '../support/root.js';

const CORE = path.join(ROOT, 'src/core');
const FIELDS = [...CONTACT_FIELDS.map(({ key }) => key), CHANGED_AT, CREATED_AT];

/** Files outside core/contacts that may name a field, each with the reason. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // `tags` is a kind of call there: the endpoint's name, and a key of `calls` in summary.json.
  'model/calls.ts': ['tags'],
  // The header of a redirect.
  'api/client.ts': ['location'],
  // Of each row that ends, the event shows this property of its line.
  'model/events.ts': [KEY_COLUMN],
  // Properties of the lines of a run's files, and a column of the changes as CSV.
  'forget/forget-lines.ts': [KEY_COLUMN],
  'report/changes-csv.ts': [KEY_COLUMN],
  // The form of plan.ndjson, in which a guard has this name.
  'model/plan-line.ts': [CHANGED_AT],
  'run/lines.ts': [CHANGED_AT],
};

/** Not so `contact_id`: in messages it is the property of that name that each line of a run's files has. */
function isUnlikeWords(field: string): boolean {
  return field.includes('_') && field !== KEY_COLUMN;
}

/** Fields that a source text names: as an identifier or property, as a whole text, or within a text where no word is alike. */
function namesIn(text: string): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && FIELDS.includes(node.text)) found.add(node.text);
    else if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      for (const field of [...FIELDS, KEY_COLUMN, CUSTOM_PREFIX]) {
        if (node.text === field || (isUnlikeWords(field) && node.text.includes(field))) found.add(field);
      }
    } else if (ts.isRegularExpressionLiteral(node) && node.text.includes(CUSTOM_PREFIX)) found.add(CUSTOM_PREFIX);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest));
  return [...found];
}

const files = readdirSync(CORE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('contacts/'))
  .map((file) => ({ file, text: readFileSync(path.join(CORE, file), 'utf8') }));

describe('what is special to contacts is in core/contacts', () => {
  test('no other file of the core names a field', () => {
    const named = files.flatMap(({ file, text }) => namesIn(text).map((field) => `${file}: ${field}`));
    const allowed = Object.entries(ALLOWED).flatMap(([file, fields]) => fields.map((field) => `${file}: ${field}`));
    expect(named.sort()).toEqual(allowed.sort());
  });

  test('no other file of the core has the table of fields', () => {
    const having = files.filter(({ text }) => /\b(CONTACT_FIELDS|READ_ONLY_COLUMNS|FORM_FIELDS)\b/.test(text));
    expect(having.map(({ file }) => file)).toEqual([]);
  });

  test.each([
    ["contact['do_not_contact']", ['do_not_contact']],
    ['contact.updated_at', ['updated_at']],
    ['const { tags } = contact;', ['tags']],
    ["type Keys = 'email' | 'phone_number';", ['email', 'phone_number']],
    ['const text = `not sorted by updated_at: ${x}`;', ['updated_at']],
    ["key.startsWith('custom_field_')", ['custom_field_']],
    ['/custom_field_[0-9]+/.test(key)', ['custom_field_']],
    ["const header = ['contact_id'];", ['contact_id']],
    ["// The title\nconst said = 'another title';", []],
  ])('a name would be seen in %s', (text, fields) => {
    expect(namesIn(text).sort()).toEqual(fields);
  });
});
