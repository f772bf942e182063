/** How current values can be read. */
export const READ_WAYS = ['ids', 'list', 'get', 'snapshot'] as const;

/** How current values are read. `key`: by the values that rows name their contacts by. */
export type ReadWay = (typeof READ_WAYS)[number] | 'mirror' | 'key';

/** Calls that each way of reading would cost; undefined where it is not possible or cannot be known without a call. */
export type ReadCosts = Partial<Record<ReadWay, number>>;

/** How current values are read, and why. */
export interface ReadChoice {
  way: ReadWay;
  why: string;
  costs: ReadCosts;
}
