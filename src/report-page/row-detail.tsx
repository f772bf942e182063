import { span, utc } from '../core/report/format.js';
import type { ProblemEntry, ReportData } from '../core/report/report-data.js';
import { visible } from '../core/report/visible.js';
import type { FieldValue } from '../core/model/values.js';
import type { Row } from './row.js';

interface Props {
  row: Row;
  fields: ReportData['fields'];
  /** Of the table that it stands in. */
  columns: number;
}

export function detailId({ row }: Row): string {
  return `row-${row}`;
}

/** An open row: each field's old and new value side by side, and what is known of it besides. */
export function RowDetail({ row, fields, columns }: Props) {
  const { changes, error, warnings } = row;
  return (
    <tr class="detail" id={detailId(row)}>
      <td colSpan={columns}>
        {error && <ProblemText problem={error} />}
        {changes.length > 0 && <Changes {...{ changes, fields }} />}
        {warnings.map((warning, at) => (
          <ProblemText key={at} problem={warning} />
        ))}
        <dl class="facts">
          {factsOf(row).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{visible(value)}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </td>
    </tr>
  );
}

function Changes({ changes, fields }: Pick<Row, 'changes'> & Pick<Props, 'fields'>) {
  return (
    <div class="scroll">
      <table class="changes">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(([field, from, to]) => (
            <tr key={field}>
              <th scope="row">
                <bdi>{visible(fields[field]?.label ?? '')}</bdi>
              </th>
              <td>
                <Value value={from} other={to} as="del" />
              </td>
              <td>
                <Value value={to} other={from} as="ins" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ProblemText({ problem: [code, message] }: { problem: ProblemEntry }) {
  return (
    <p class="problem">
      <code>{visible(code)}</code> <bdi>{visible(message)}</bdi>
    </p>
  );
}

/** A value; of a list, the items that the other one lacks are marked as gone or new. */
function Value({ value, other, as: Mark }: { value: FieldValue; other: FieldValue; as: 'del' | 'ins' }) {
  if (!Array.isArray(value)) {
    if (value === null || value === '') return <span class="quiet">(empty)</span>;
    return <bdi class="value">{visible(String(value))}</bdi>;
  }
  if (value.length === 0) return <span class="quiet">(empty)</span>;
  const kept = Array.isArray(other) ? other : [];
  return (
    <ul class="items">
      {value.map((item) => (
        <li key={item}>
          <bdi>{kept.includes(item) ? visible(item) : <Mark>{visible(item)}</Mark>}</bdi>
        </li>
      ))}
    </ul>
  );
}

function factsOf({ line, contactId, httpStatus, attempts, durationMs, at }: Row): [string, string][] {
  const facts: [string, string | undefined][] = [
    ['Contact', contactId ?? undefined],
    ['Line', String(line)],
    ['HTTP', httpStatus === 0 ? undefined : String(httpStatus)],
    ['Attempts', attempts === 0 ? undefined : String(attempts)],
    ['Took', durationMs === 0 ? undefined : durationMs < 1000 ? `${durationMs} ms` : span(durationMs)],
    ['Ended', at === 0 ? undefined : utc(at)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]));
}
