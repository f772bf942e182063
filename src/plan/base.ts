import { rowToEdit, type Edit, type EditOptions, type Wanted } from '../edit/row-to-edit.js';
import type { Field } from '../edit/fields.js';
import { isEmpty, type FieldValue } from '../edit/values.js';
import { UsageError } from '../exit.js';
import { matchCustomFields, matchHeader, type Header } from '../input/header.js';
import { readRecords, type CsvSource } from '../input/records.js';
import { sniffFormat } from '../input/sniff.js';
import { joinProblems } from '../problem.js';
import { ScratchStore } from '../store.js';

/** Field keys and values of one contact in the base, and its `updated_at`. */
type BaseRow = Record<string, FieldValue>;

const BATCH = 1000;

/** The export that a file was made from. Only cells that differ from it are edits. */
export class Base {
  #loaded = new Map<string, BaseRow>();

  private constructor(private readonly store: ScratchStore<BaseRow>) {}

  /**
   * Reads the whole base into a store on disk.
   * @param customFields the organisation's, if the file edits any
   * @throws UsageError where it is no such CSV
   */
  static async load(
    source: CsvSource,
    options: EditOptions,
    customFields: readonly Field[],
    dir: string,
  ): Promise<Base> {
    const { delimiter } = await sniffFormat(source);
    const store = await ScratchStore.open<BaseRow>(dir);
    let header: Header | undefined;
    let batch: [string, BaseRow][] = [];
    for await (const record of readRecords(source, { delimiter })) {
      if (!header) {
        header = baseHeader(record.cells, source, customFields);
        continue;
      }
      const result = rowToEdit(record, header, { ...options, empty: 'clear', lint: 'off' });
      if ('problems' in result) {
        throw new UsageError(`--base ${source.name}: line ${record.line}: ${joinProblems(result.problems).message}`);
      }
      batch.push([result.edit.contactId, valuesOf(result.edit)]);
      if (batch.length < BATCH) continue;
      await store.putMany(batch);
      batch = [];
    }
    await store.putMany(batch);
    return new Base(store);
  }

  /** Takes up the rows of these contacts, for `apply`. */
  async loadRows(ids: readonly string[]): Promise<void> {
    const rows = await this.store.getMany(ids);
    this.#loaded = new Map(rows.flatMap((row, at) => (row ? [[ids[at]!, row]] : [])));
  }

  /** The edit without the cells that equal their base; the others are guarded by it. */
  apply(edit: Edit): Edit {
    const base = this.#loaded.get(edit.contactId);
    if (!base) {
      const message = 'the base has no such contact, so every cell is taken for an edit';
      return { ...edit, warnings: [...edit.warnings, { code: 'not_in_base', message }] };
    }
    const expected = new Map(edit.guards.expected);
    const wanted = edit.wanted.filter((item) => {
      const { field } = item;
      const value = base[field.key];
      if (value === undefined || (item.kind === 'tags' && item.tags.kind === 'change')) return true;
      if (field.type.same(value, wantedValue(item))) return false;
      if (!expected.has(field.key)) expected.set(field.key, { field, value });
      return true;
    });
    // The export's own updated_at came along with it; the base guards each cell by itself.
    const { updatedAt } = edit.guards;
    const since = updatedAt === undefined || updatedAt === base['updated_at'] ? {} : { updatedAt };
    return { ...edit, wanted, guards: { ...since, expected } };
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

function baseHeader(names: readonly string[], source: CsvSource, customFields: readonly Field[]): Header {
  const options = { map: [], ignoreUnknownColumns: true };
  const { header, problems } = matchHeader(names, options);
  if (problems.length > 0) throw new UsageError(problems.map((problem) => `--base ${source.name}: ${problem}`));
  return matchCustomFields(header, customFields, options).header;
}

function valuesOf({ wanted, guards }: Edit): BaseRow {
  const values = wanted.map((item): [string, FieldValue] => [item.field.key, wantedValue(item)]);
  return Object.fromEntries([...values, ['updated_at', guards.updatedAt ?? null]]);
}

function wantedValue(wanted: Wanted): FieldValue {
  if (wanted.kind === 'value') return isEmpty(wanted.value) ? null : wanted.value;
  return wanted.tags.kind === 'set' ? wanted.tags.names : [];
}
