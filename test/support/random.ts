/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to `limit`, which is not reached. */
  below: (limit: number) => number;
  pick: <T>(choices: readonly T[]) => T;
}

/** mulberry32. */
export function random(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { below, pick: (choices) => choices[below(choices.length)]! };
}
