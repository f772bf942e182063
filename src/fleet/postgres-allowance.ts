import { randomUUID } from 'node:crypto';
import { MOST_LEASED, type Lease, type Report, type SharedAllowance } from '../core/budget/shared-allowance.js';
import type { Connection } from './connection.js';

/** A lease of a process that says nothing for so long is nobody's: longer than a call takes. Milliseconds. */
const LEASE_MS = 90_000;
/** How soon to ask again where the calls of others are about to be answered. Milliseconds. */
const SOON_MS = 100;

/**
 * One allowance for all processes, in one row. Each exchange is one `UPDATE … RETURNING`, so that they come one after
 * another, on the database's clock. Until the API has told of its limit, calls are granted at the configured rate (GCRA).
 * From then on what it said is left counts, less what is leased and not answered. Where nothing is left, one call asks
 * how things stand once the reset has come, or before where its process was the last to hear from the API: that one's own
 * pace decides then.
 */
export function postgresAllowance(connection: Connection, scope: string): SharedAllowance {
  const process = randomUUID();
  const exchange = async (report: Report): Promise<Lease> => {
    const values = valuesOf(scope, process, report);
    let [row] = await connection.query<LeaseRow>(EXCHANGE, values);
    if (row === undefined) {
      await connection.query(FIRST, [scope]);
      [row] = await connection.query<LeaseRow>(EXCHANGE, values);
    }
    const { granted, wait_ms: waitMs, call_limit, sharers } = row!;
    return { granted, waitMs, limit: call_limit ?? undefined, sharers };
  };
  return {
    exchange,
    settled: () => connection.settled(),
    // Those of a process that is gone expire.
    leave: () => connection.query(LEAVE, [scope, process]).then(ignore, ignore),
  };
}

function ignore(): void {
  return undefined;
}

interface LeaseRow {
  granted: number;
  wait_ms: number;
  call_limit: number | null;
  sharers: number;
}

function valuesOf(scope: string, process: string, report: Report): readonly unknown[] {
  const { rate, reserve, wanted, held, heard, untold, pauseMs } = report;
  const reserved = 'count' in reserve ? [reserve.count, 0] : [0, reserve.percent];
  const { limit, remaining, resetMs } = heard?.info ?? {};
  return [
    ...[scope, process, Math.min(wanted, MOST_LEASED), held],
    ...[rate?.calls, rate?.perMs, ...reserved],
    ...[limit, remaining === undefined ? undefined : Math.floor(remaining), resetMs, heard?.begunAgo, heard?.heardAgo],
    ...[untold, pauseMs, LEASE_MS],
  ].map((value) => value ?? null);
}

const FIRST = 'insert into contact_sync.allowance (scope) values ($1) on conflict do nothing';

const LEAVE = 'update contact_sync.allowance set leases = leases - $2::text where scope = $1';

/** `before` is a time so many milliseconds ago. */
const before = (ms: string): string => `t.now - ${ms}::float8 * interval '1 ms'`;

const EXCHANGE = `
update contact_sync.allowance a set
  (call_limit, remaining, reset_at, heard_at, heard_by, tat, paused_until, leases, granted, wait_ms) = (
  select k.call_limit, k.remaining, k.reset_at, k.heard_at, k.heard_by,
    case when d.by_rate then greatest(a.tat, t.now) + d.granted * r.each else a.tat end,
    k.paused_until,
    l.others || jsonb_build_object($2::text, jsonb_build_object(
      'calls', $4::int + d.granted, 'until', extract(epoch from t.now) * 1000 + $16::float8)),
    d.granted,
    case
      when d.granted > 0 or $3::int = 0 then 0
      when k.paused_until > t.now then extract(epoch from k.paused_until - t.now) * 1000
      when d.by_rate then extract(epoch from r.each) * 1000
      when l.leased + $4::int > 0 then ${SOON_MS}
      else greatest(${SOON_MS}, extract(epoch from k.reset_at - t.now) * 1000)
    end
  from (select clock_timestamp() as now) t
  cross join lateral (
    select coalesce(jsonb_object_agg(key, value), '{}') as others,
      coalesce(sum((value->>'calls')::int), 0)::int as leased
    from jsonb_each(a.leases)
    where key <> $2::text and (value->>'until')::float8 > extract(epoch from t.now) * 1000
  ) l
  cross join lateral (
    select $12::float8 is not null and (a.heard_at is null or ${before('$12')} >= a.heard_at) as is_newer
  ) n
  cross join lateral (
    select $10::int is not null and (n.is_newer or a.remaining is null or $10::int < a.remaining) as is_taken
  ) w
  cross join lateral (
    select
      case when w.is_taken then coalesce($9::int, a.call_limit, $10::int + 1) else a.call_limit end as call_limit,
      case
        when w.is_taken then greatest(0, $10::int - $14::int)
        -- greatest() takes a null for the least.
        when a.remaining is null then null
        when $10::int is null and n.is_newer and ${before('$12')} >= a.reset_at then null
        else greatest(0, a.remaining - $14::int)
      end as remaining,
      case when w.is_taken and $11::float8 is not null
        then ${before('$13')} + $11::float8 * interval '1 ms' else a.reset_at end as reset_at,
      case when w.is_taken then greatest(a.heard_at, ${before('$13')}) else a.heard_at end as heard_at,
      case when w.is_taken then $2::text else a.heard_by end as heard_by,
      case when $15::float8 > 0
        then greatest(a.paused_until, t.now + $15::float8 * interval '1 ms') else a.paused_until end as paused_until
  ) k
  cross join lateral (
    select $6::float8 / $5::float8 * interval '1 ms' as each,
      k.remaining - l.leased - $4::int
        - greatest($7::int, ceil(coalesce(k.call_limit, $5::float8, 0) * $8::float8 / 100))::int as left_over
  ) r
  cross join lateral (
    select k.remaining is null and $5::float8 is not null as by_rate,
      case
        when $3::int = 0 or k.paused_until > t.now then 0
        when k.remaining is null and $5::float8 is null then $3::int
        when k.remaining is null then least($3::int, greatest(0, floor(
          ($6::float8 - greatest(0, extract(epoch from a.tat - t.now) * 1000)) / ($6::float8 / $5::float8))))::int
        when r.left_over > 0 then least($3::int, r.left_over)
        when l.leased + $4::int = 0 and (k.reset_at is null or t.now >= k.reset_at or k.heard_by = $2::text) then 1
        else 0
      end as granted
  ) d
)
where scope = $1
returning granted, wait_ms, call_limit, (select count(*)::int from jsonb_object_keys(leases)) as sharers`;
