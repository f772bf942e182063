import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';

/** Unlike toString(), removes a byte order mark and throws for invalid UTF-8. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** In bytes; a filter with 500 ids takes 50,000. */
const LARGEST_BODY = 1024 * 1024;

/**
 * The parsed JSON body of a request, or undefined where it has none. Throws an ApiError: 413 for a body over 1 MiB, 415
 * for another content type, 400 for invalid JSON or UTF-8.
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const { 'content-type': type = '', 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (Number(length ?? 0) > LARGEST_BODY) throw tooLarge();
  const isJson = /^application\/json\s*(;|$)/i.test(type);
  if (!isJson && (encoding !== undefined || Number(length ?? 0) > 0)) {
    throw new ApiError(415, 'bad_request', 'The content type must be application/json');
  }
  const bytes = await readBytes(request);
  return bytes.length === 0 ? undefined : parse(bytes);
}

/** Uses events: an iterator over the request would make the whole sandbox a sixth slower. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes)) as unknown;
  } catch {
    throw new ApiError(400, 'bad_request', 'The body is not valid JSON');
  }
}

function tooLarge(): ApiError {
  return new ApiError(413, 'bad_request', 'The body is larger than 1 MiB');
}
