/** Items so many at a time; the last batch may hold fewer. */
export async function* inBatches<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * The same items in the same order, each read from the source some items before its turn.
 * @param depth how many items to hold back, asked again for each one
 * @param onRead told of each item as it is read
 */
export async function* lookAhead<T>(
  source: AsyncIterable<T>,
  depth: () => number,
  onRead: (item: T) => void,
): AsyncGenerator<T> {
  const held: T[] = [];
  for await (const item of source) {
    onRead(item);
    held.push(item);
    while (held.length > depth()) yield held.shift()!;
  }
  yield* held;
}
