/** `1,234`. */
export function count(number: number): string {
  return number.toLocaleString('en');
}

/** `1 row`, `2 rows`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** The row in which a spreadsheet shows a data record: the header is in row 1. */
export function sheetRow(row: number): number {
  return row + 1;
}

/** `0.4 s`, `45 s`, `12 min`, `3 h 20 min`. @param ms milliseconds */
export function span(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-11-23 02:00:01 UTC`: a report is read in other places than where it was made. */
export function utc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
