/** One CSV record: the header is row 0, data records count from 1; `line` is the physical line where it starts. */
export interface CsvRecord {
  row: number;
  line: number;
  cells: string[];
  /** Positions of the cells that were marked as text, with a `'` before what looks like a formula. */
  asText?: readonly number[];
}
