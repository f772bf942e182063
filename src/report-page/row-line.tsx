import { sheetRow } from '../core/report/format.js';
import type { ReportData } from '../core/report/report-data.js';
import { STATUS_TEXTS } from '../core/report/status-texts.js';
import { visible } from '../core/report/visible.js';
import { detailId } from './row-detail.js';
import { textOf, type Row } from './row.js';

interface Props {
  row: Row;
  fields: ReportData['fields'];
  index: number;
  /** There is no room for the contact, which the open row shows. */
  isNarrow: boolean;
  isOpen: boolean;
  /** The one row that the tab key stops at. */
  isActive: boolean;
  onToggle: () => void;
}

/** One row on one line. */
export function RowLine({ row, fields, index, isNarrow, isOpen, isActive, onToggle }: Props) {
  const { status, contactId, name } = row;
  return (
    <tr class={isOpen ? 'line open' : 'line'} aria-rowindex={index + 2} onClick={onToggle}>
      <th scope="row" class="number">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? detailId(row) : undefined}
          tabIndex={isActive ? 0 : -1}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <span class="visually-hidden">Row </span>
          {sheetRow(row.row)}
        </button>
      </th>
      {!isNarrow && (
        <td class="contact">{name === '' ? <code>{visible(contactId ?? '–')}</code> : <bdi>{visible(name)}</bdi>}</td>
      )}
      <td class="status">
        <i class={`dot ${status}`} />
        {STATUS_TEXTS[status].name}
      </td>
      <td>
        <bdi>{visible(gistOf(row, fields))}</bdi>
      </td>
    </tr>
  );
}

/** Why a row was not applied, or else what changes. */
function gistOf({ error, changes, warnings }: Row, fields: ReportData['fields']): string {
  if (error) return short(error[1]);
  const gist = changes.map(
    ([field, from, to]) => `${fields[field]?.label}: ${short(textOf(from)) || '∅'} → ${short(textOf(to)) || '∅'}`,
  );
  return [...gist, ...warnings.map(([, message]) => short(message))].join(' · ');
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
