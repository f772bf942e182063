import { isValue, type Edit, type EmptyMode } from '../contacts/row-to-edit.js';
import { CHANGED_AT } from '../contacts/fields.js';
import { loadExport, wantedValue, type ExportReading, type ExportRow } from '../input/export-file.js';
import type { CsvSource } from '../input/records.js';
import type { ScratchStore } from '../disk/store.js';
import { settleEmptyCells } from './empty-cells.js';

/** The export that a file was made from. Only cells that differ from it are edits. */
export class Base {
  #loaded = new Map<string, ExportRow>();

  private constructor(
    private readonly store: ScratchStore<ExportRow>,
    private readonly empty: EmptyMode,
  ) {}

  /** @throws SyncError where the file is not an export */
  static async load(source: CsvSource, reading: ExportReading): Promise<Base> {
    return new Base((await loadExport(source, reading)).store, reading.options.empty);
  }

  /** Loads the rows of these contacts, for `apply`. */
  async loadRows(ids: readonly string[]): Promise<void> {
    const rows = await this.store.getMany(ids);
    this.#loaded = new Map(rows.flatMap((row, at) => (row ? [[ids[at]!, row]] : [])));
  }

  /** The edit without the cells that equal their base; the others, emptied cells among them, are guarded by it. */
  apply(row: Edit): Edit {
    const base = this.#loaded.get(row.contactId);
    const edit = settleEmptyCells(row, this.empty, base);
    if (!base) {
      const message = 'the base does not have this contact, so its cells are read as without a base';
      return { ...edit, warnings: [...edit.warnings, { code: 'not_in_base', message }] };
    }
    const expected = new Map(edit.guards.expected);
    const wanted = edit.wanted.filter((item) => {
      const { field } = item;
      const value = base[field.key];
      if (value === undefined || item.kind === 'items') return true;
      if (field.type.same(value, wantedValue(item))) return false;
      if (!expected.has(field.key)) expected.set(field.key, { field, value });
      return true;
    });
    // The export's own time came along with it; the base guards each cell by itself.
    const { unchangedSince } = edit.guards;
    const since = unchangedSince === undefined || unchangedSince === base[CHANGED_AT] ? {} : { unchangedSince };
    // Damage that is in the base as well is nobody's edit.
    const damage = edit.damage.filter(({ field, cell }) => field === undefined || !isValue(base[field], cell));
    return { ...edit, wanted, damage, guards: { ...since, expected } };
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
