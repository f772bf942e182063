/** A run that holds a lock. `since`: ISO time. */
export interface LockHolder {
  run: string;
  pid: number;
  /** Its machine, where that may be another one. */
  host?: string;
  since: string;
}

/** `run 20261123T020001000Z-3f9c (process 4711, since …)`. @param holder null where its file does not tell yet */
export function nameHolder(holder: LockHolder | null): string {
  if (holder === null) return 'another run';
  const { run, pid, host, since } = holder;
  return `run ${run} (process ${pid}${host === undefined ? '' : ` on ${host}`}, since ${since})`;
}
