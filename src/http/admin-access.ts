/** What a route of the administration takes, said where the route is. */
import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import type { AdminIdentity, AdminScope } from '../identity/admin-token.ts';

/** What is known of a route before anybody asks for it. */
export interface RouteFacts {
  /** What a token must allow. */
  readonly scope: AdminScope;
  /** A sentence without a full stop, for the description of the interface. */
  readonly summary: string;
  /** One JSON document, JSON documents one a line, or text. */
  readonly answer: 'document' | 'lines' | 'text';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    admin?: RouteFacts;
  }
  interface FastifyRequest {
    /** Whose token allowed the request; null over the control socket, whose owner may do everything. */
    admin: AdminIdentity | null;
  }
}

/** The `config` of a route: which scope it takes, and what it does. */
export function takes(
  scope: AdminScope,
  summary: string,
  answer: RouteFacts['answer'] = 'document',
): FastifyContextConfig {
  return { admin: { scope, summary, answer } };
}

/** What a request's route takes; undefined for one that is no route of the administration. */
export function factsOf(request: FastifyRequest): RouteFacts | undefined {
  return request.routeOptions.config.admin;
}
