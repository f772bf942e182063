import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { CancelableRequest } from 'got';

/** More than any answer of this API: a page of 500 contacts has a few megabytes at most. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** What is known of an answer before its body. */
export interface AnswerHead {
  status: number;
  headers: IncomingHttpHeaders;
}

/**
 * Cuts an answer off whose body is larger than `maxBytes`: by what its head says, else once so many bytes have come,
 * counted after decompression.
 * @returns the head, once the answer was cut off
 */
export function boundAnswer<T>(answer: CancelableRequest<T>, maxBytes: number): () => AnswerHead | undefined {
  let head: AnswerHead | undefined;
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    answer.cancel();
  };
  void answer.on('request', (request) =>
    request.once('response', ({ statusCode: status = 0, headers }: IncomingMessage) => {
      head = { status, headers };
      if (Number(headers['content-length'] ?? 0) > maxBytes) cut();
    }),
  );
  void answer.on('downloadProgress', ({ transferred }) => {
    if (transferred > maxBytes) cut();
  });
  return () => (isCut ? head : undefined);
}

/** `64 MB`. */
export function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.floor(bytes / 1024 / 1024)} MB`;
}
