import { useCallback, useRef, useState } from 'preact/hooks';
import type { ReportData } from '../core/report/report-data.js';
import { RowDetail } from './row-detail.js';
import { RowLine } from './row-line.js';
import type { Row } from './row.js';
import { useNarrow } from './use-narrow.js';
import { useActiveRow } from './use-active-row.js';
import { useVirtualizer, withGaps } from './use-virtualizer.js';

/** As the style sheet has them. */
const ROW_HEIGHT = 44;
const HEAD_HEIGHT = 40;

interface Props {
  rows: readonly Row[];
  fields: ReportData['fields'];
}

/** A table of any number of rows, of which only those in view are in the page. Arrow keys move, Enter opens. */
export function RowsTable({ rows, fields }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const isNarrow = useNarrow();
  const columns = isNarrow ? 3 : 4;
  const { active, setActive, attach, onKeyDown } = useActiveRow(rows, scroller, ROW_HEIGHT);
  const keyOf = useCallback((index: number) => rows[index]?.row ?? index, [rows]);
  const sizes = { itemHeight: ROW_HEIGHT, headHeight: HEAD_HEIGHT };
  const virtualizer = useVirtualizer({ count: rows.length, scroller, ...sizes, keyOf, pinned: active });
  attach(virtualizer);
  const toggle = (index: number, row: number): void => {
    const rest = new Set(open);
    if (!rest.delete(row)) rest.add(row);
    setOpen(rest);
    setActive(index);
  };
  const items = withGaps(virtualizer.getVirtualItems(), HEAD_HEIGHT, virtualizer.getTotalSize());
  return (
    <div class="rows" ref={scroller} onKeyDown={onKeyDown} tabIndex={rows.length === 0 ? 0 : -1}>
      <table aria-label="Rows" aria-rowcount={rows.length + 1}>
        <Head isNarrow={isNarrow} />
        {items.flatMap(({ gap, item }) => {
          const row = item && rows[item.index];
          const spacer = gap > 0 ? [<Spacer key={`before-${row?.row}`} height={gap} columns={columns} />] : [];
          if (!row) return spacer;
          const isOpen = open.has(row.row);
          return [
            ...spacer,
            <tbody key={row.row} data-index={item.index} ref={virtualizer.measureElement}>
              <RowLine
                {...{ row, fields, isNarrow, index: item.index, isOpen, isActive: item.index === active }}
                onToggle={() => toggle(item.index, row.row)}
              />
              {isOpen && <RowDetail row={row} fields={fields} columns={columns} />}
            </tbody>,
          ];
        })}
      </table>
      {rows.length === 0 && <p class="none">No row matches.</p>}
    </div>
  );
}

function Head({ isNarrow }: { isNarrow: boolean }) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="number">
          Row
        </th>
        {!isNarrow && (
          <th scope="col" class="contact">
            Contact
          </th>
        )}
        <th scope="col" class="status">
          Status
        </th>
        <th scope="col">What changes, or why not</th>
      </tr>
    </thead>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    <tbody aria-hidden="true" class="spacer">
      <tr>
        <td colSpan={columns} style={{ height: `${height}px` }} />
      </tr>
    </tbody>
  );
}
