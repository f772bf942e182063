/** Refuses a request with a status and `{"error": {code, message}}`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Refuses a body, filter or id with 422. */
export function refused(message: string): ApiError {
  return new ApiError(422, 'validation_error', message);
}
