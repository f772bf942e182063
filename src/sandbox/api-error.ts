/** A request that the sandbox refuses: answered as `status` with `{"error": {code, message}}`. */
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

/** A body, filter or id that the API refuses: 422. */
export function refused(message: string): ApiError {
  return new ApiError(422, 'validation_error', message);
}
