/** By itself, as a lookup in each of millions of calls is felt where globals are slow, as in a vm context. */
const { imul } = Math;

/** Murmur3's finaliser: spreads 32 bits, and is a bijection, so that distinct numbers stay distinct. */
export function scramble(number: number): number {
  let bits = number | 0;
  bits = imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The n-th UUID (version 4 in shape) of a seed: different for every n, as its first 32 bits are a bijection of n. */
export function uuidFrom(seed: number, n: number): string {
  const key = scramble(seed + 0x9e3779b9);
  const word = (salt: number) => scramble(scramble(n ^ key) + imul(salt, 0x9e3779b9));
  const hex = [0, 1, 2, 3].map((salt) => word(salt).toString(16).padStart(8, '0')).join('');
  const variant = '89ab'.charAt(word(4) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A UUID that depends on a text alone: the id of a tag that a loaded file names. */
export function uuidOfText(text: string): string {
  let low = 0;
  let high = text.length;
  for (let at = 0; at < text.length; at++) {
    low = scramble(low ^ text.charCodeAt(at));
    high = scramble(high + imul(low, 31));
  }
  return uuidFrom(high, low);
}
