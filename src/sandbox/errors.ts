import { ZodError } from 'zod';
import { errorAnswer, withHeaders, type Answer } from './answer.js';
import { ApiError, refused } from './api-error.js';

/** The answer to a request whose handling threw, in the API's form: `{"error": {code, message}}`. */
export function answerToError(error: unknown): Answer {
  const { status, code, message } = toApiError(error);
  const answer = errorAnswer(status, code, message);
  // The rest of the body is not read.
  return status === 413 ? withHeaders(answer, { Connection: 'close' }) : answer;
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ZodError) return refused(error.issues.map(describeIssue).join('; '));
  return new ApiError(500, 'internal_error', error instanceof Error ? error.message : String(error));
}

function describeIssue({ path, message }: ZodError['issues'][number]): string {
  return [path.join('.') || 'body', message].join(': ');
}
