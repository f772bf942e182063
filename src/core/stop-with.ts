import { isSyncError, SyncError } from './model/errors.js';

/** Stops cleanly when the caller says so. @returns stops listening */
export function stopWith(signal: AbortSignal | undefined, stop: AbortController): () => void {
  const onAbort = (): void => {
    const cause: unknown = signal?.reason;
    stop.abort(isSyncError(cause) ? cause : new SyncError('aborted', { by: null }, { cause }));
  };
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}
