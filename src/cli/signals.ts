/**
 * Tells when a command is told to stop.
 * @param signal what the command is told by
 * @param write puts a line on standard error
 * @returns stops listening
 */
export function stopOn(signal: AbortSignal | undefined, write: (line: string) => void): () => void {
  const handle = (): void => {
    const { message = 'stopped' } = signal?.reason as Partial<Error>;
    write(`contact-sync: ${message}: finishing requests in flight; press Ctrl-C again to stop now`);
  };
  if (signal?.aborted === true) handle();
  signal?.addEventListener('abort', handle, { once: true });
  return () => signal?.removeEventListener('abort', handle);
}
