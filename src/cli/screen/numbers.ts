/** `1,234`. */
export function count(number: number): string {
  return number.toLocaleString('en');
}

/** `1 row`, `2 rows`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
