import type { FastifyError, FastifyReply } from 'fastify';
import { AdminRefusal } from '../identity/admin.ts';
import type { Log } from '../observability/log.ts';

/** Why a request over HTTP is not answered with what it asks for. The message is a sentence that says what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** The JSON Schema of {@link ErrorBody}. */
export const errorSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string', description: 'A word for programs.' },
        message: { type: 'string', description: 'A sentence for people that says what to do.' },
      },
      required: ['code', 'message'],
    },
  },
  required: ['error'],
} as const;

/** The body of an answer that is an error. */
export function errorBody(code: string, message: string): ErrorBody {
  return { error: { code, message } };
}

/**
 * Answers with what went wrong: refusals with 409, what the client got wrong with 400 to 499, and all else with 500 and this
 * event in the log.
 */
export function sendError(
  reply: FastifyReply,
  error: FastifyError | AdminRefusal | ApiError,
  log: Log,
  event = 'control.failed',
): FastifyReply {
  if (error instanceof ApiError) {
    return reply.code(error.status).headers(error.headers).send(errorBody(error.code, error.message));
  }
  if (error instanceof AdminRefusal) return reply.code(409).send(errorBody('refused', error.message));
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send(errorBody('badRequest', error.message));
  log.error(event, {}, error);
  return reply.code(500).send(errorBody('internal', 'The daemon failed to answer; its log says why.'));
}
