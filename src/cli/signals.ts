import { isSyncError, SyncError } from '../core/model/errors.js';

/**
 * Stops a run cleanly once its command is told to: no new rows, and what is in flight ends.
 * @param signal what the command is told by; a SyncError as its reason is the run's
 * @param stop aborted then
 * @param write puts a line on standard error
 * @returns stops listening
 */
export function stopOn(
  signal: AbortSignal | undefined,
  stop: AbortController,
  write: (line: string) => void,
): () => void {
  const handle = (): void => {
    const cause: unknown = signal?.reason;
    const reason = isSyncError(cause) ? cause : new SyncError('aborted', { by: 'its caller' }, { cause });
    stop.abort(reason);
    write(`contact-sync: ${reason.message}: finishing requests in flight; press Ctrl-C again to stop now`);
  };
  if (signal?.aborted === true) handle();
  signal?.addEventListener('abort', handle, { once: true });
  return () => signal?.removeEventListener('abort', handle);
}
