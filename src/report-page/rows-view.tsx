import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { plural } from '../core/report/format.js';
import type { ReportData } from '../core/report/report-data.js';
import { FilterBar } from './filter-bar.js';
import { NO_FILTER, select, type Filter, type ReasonFilter } from './filter.js';
import { RowsTable } from './rows-table.js';
import type { Row } from './row.js';

interface Props {
  rows: readonly Row[];
  data: ReportData;
  /** Told once of what shows the rows of a group of problems. */
  onReason: (show: (reason: ReasonFilter) => void) => void;
}

/** The table of rows with what narrows it down. */
export function RowsView({ rows, data, onReason }: Props) {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const top = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      onReason((reason) => {
        setFilter({ ...NO_FILTER, reason });
        top.current?.scrollIntoView({ block: 'start' });
        top.current?.querySelector('input')?.focus({ preventScroll: true });
      }),
    [onReason],
  );
  const keys = useMemo(() => data.fields.map(({ key }) => key), [data]);
  const shown = useMemo(() => select(rows, filter, keys), [rows, filter, keys]);
  return (
    <div ref={top}>
      <FilterBar rows={rows} data={data} filter={filter} onChange={setFilter} />
      <p class="quiet" role="status">
        {shown.length === rows.length
          ? plural(rows.length, 'row')
          : `${shown.length.toLocaleString('en')} of ${plural(rows.length, 'row')}`}
        {data.leftOut > 0 ? ` (${plural(data.leftOut, 'more row')} not in this table)` : ''}
      </p>
      <RowsTable rows={shown} fields={data.fields} />
    </div>
  );
}
