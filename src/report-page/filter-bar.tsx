import { useMemo } from 'preact/hooks';
import { count } from '../core/report/format.js';
import type { ReportData } from '../core/report/report-data.js';
import { STATUS_TEXTS } from '../core/report/status-texts.js';
import { visible } from '../core/report/visible.js';
import { STATUSES, type Status } from '../core/model/problem.js';
import { NO_FILTER, type Filter } from './filter.js';
import type { Row } from './row.js';

interface Props {
  rows: readonly Row[];
  data: ReportData;
  filter: Filter;
  onChange: (filter: Filter) => void;
}

/** Search, statuses and field. */
export function FilterBar({ rows, data, filter, onChange }: Props) {
  const counts = useMemo(() => countStatuses(rows), [rows]);
  const { search, statuses, field, reason } = filter;
  const toggle = (status: Status): void => {
    const next = new Set(statuses);
    if (!next.delete(status)) next.add(status);
    onChange({ ...filter, statuses: next });
  };
  return (
    <form class="filters" role="search" aria-label="Rows" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        aria-label="Search rows"
        placeholder="Search ids, names, values, reasons"
        value={search}
        onInput={({ currentTarget }) => onChange({ ...filter, search: currentTarget.value })}
      />
      <select
        aria-label="Field"
        value={field}
        onChange={({ currentTarget }) => onChange({ ...filter, field: currentTarget.value })}
      >
        <option value="">All fields</option>
        {data.fields.map(({ key, label }) => (
          <option key={key} value={key}>
            {visible(label)}
          </option>
        ))}
      </select>
      <div class="chips" role="group" aria-label="Status">
        {STATUSES.filter((status) => counts[status]).map((status) => (
          <button key={status} type="button" aria-pressed={statuses.has(status)} onClick={() => toggle(status)}>
            <i class={`dot ${status}`} />
            {STATUS_TEXTS[status].name} <span class="quiet">{count(counts[status] ?? 0)}</span>
          </button>
        ))}
        {reason && (
          <button type="button" aria-pressed={true} onClick={() => onChange({ ...filter, reason: undefined })}>
            <code>{reason.code}</code> <span aria-label="remove">×</span>
          </button>
        )}
        {filter !== NO_FILTER && (
          <button type="button" class="plain" onClick={() => onChange(NO_FILTER)}>
            Clear filters
          </button>
        )}
      </div>
    </form>
  );
}

function countStatuses(rows: readonly Row[]): Partial<Record<Status, number>> {
  const counts: Partial<Record<Status, number>> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
