/** A file or store that is open. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * Works with files and closes all of them at its end, in their order, whatever fails.
 * @param open may grow while the work goes on
 * @throws the first error: the work's own, else that of the first file that did not close
 */
export async function closingAll<T>(open: readonly Closable[], work: () => Promise<T>): Promise<T> {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  const result = await work().catch(note);
  for (const file of open) await file.close().catch(note);
  if (errors.length > 0) throw errors[0];
  return result as T;
}
