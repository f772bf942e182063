import { EXIT, ExitError } from './model/exit.js';

/** Stops cleanly when the caller says so. @returns stops listening */
export function stopWith(signal: AbortSignal | undefined, stop: AbortController): () => void {
  const onAbort = (): void => {
    const cause: unknown = signal?.reason;
    stop.abort(cause instanceof ExitError ? cause : new ExitError(EXIT.stopped, 'stopped by its caller', { cause }));
  };
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}
