import type { FastifyError, FastifyInstance } from 'fastify';
import { ApiError } from './api-error.js';

/** Answers what was thrown or refused on the way as the API does: `{"error": {code, message}}`. */
export function addErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError | ApiError>((error, _request, reply) => {
    const { status, code } = sortOut(error);
    void reply.code(status).send({ error: { code, message: error.message } });
  });
  app.setNotFoundHandler((_request, reply) => {
    void reply.code(404).send({ detail: 'Not Found' });
  });
}

function sortOut(error: FastifyError | ApiError): { status: number; code: string } {
  if (error instanceof ApiError) return { status: error.status, code: error.code };
  // A body that is missing is one that breaks the schema; a body that is no JSON is a 400.
  if (error.validation || error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
    return { status: 422, code: 'validation_error' };
  const status = error.statusCode ?? 500;
  return status < 500 ? { status, code: 'bad_request' } : { status: 500, code: 'internal_error' };
}
