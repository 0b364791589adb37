/** The description of the administration in the form of OpenAPI 3.1, made of what the routes say about themselves. */
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { errorSchema } from './api-error.ts';
import type { RouteFacts } from './admin-access.ts';
import type { JsonSchema } from './schemas/pieces.ts';

/** One path with one method. */
export interface Operation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly facts: RouteFacts;
  /** What the route says of its request and its answer. */
  readonly schema: FastifySchema;
}

/** Gathers the operations that are added to an instance from now on, and to those within it. */
export function collectOperations(app: FastifyInstance): readonly Operation[] {
  const operations: Operation[] = [];
  app.addHook('onRoute', ({ method, url, config, schema = {} }: RouteOptions) => {
    const facts = config?.admin;
    // Fastify adds HEAD to each GET by itself.
    if (facts === undefined || typeof method !== 'string' || method === 'HEAD') return;
    operations.push({ method: method.toLowerCase(), path: url.replaceAll(/:(\w+)/g, '{$1}'), facts, schema });
  });
  return operations;
}

/** The answers that are no success, of every operation. */
const errors: Readonly<Record<string, string>> = {
  400: 'The request is not as it has to be.',
  401: 'There is no token, or it is wrong, revoked or expired.',
  403: 'The token does not have the scope, or came in the clear.',
  404: 'There is no such path.',
  409: 'It cannot be done as things are; the message says why.',
  429: 'Too many requests came from the address; Retry-After says how many seconds to wait.',
  500: 'The daemon failed to answer; its log says why.',
};

/** The whole description. */
export function openApi(operations: readonly Operation[], version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'entra-ldapd',
      version,
      description:
        'The administration of a running entra-ldapd. Tokens are made by "entra-ldapd admin-token create". Lists come as ' +
        'application/x-ndjson: one JSON document a line, in the order of the directory.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of "entra-ldapd admin-token create".' },
      },
      schemas: { Error: errorSchema },
    },
  };
}

function describe({ method, path, facts, schema }: Operation): JsonSchema {
  const { summary, scope } = facts;
  return {
    operationId: operationId(method, path),
    summary,
    description: `Takes a token with the scope ${scope}.`,
    // The scopes of a scheme that is no OAuth are the roles that it takes (OpenAPI 3.1, Security Requirement Object).
    security: [{ token: [scope] }],
    ...parameters(schema),
    ...(isSchema(schema.body) && {
      requestBody: { required: true, content: { 'application/json': { schema: schema.body } } },
    }),
    responses: { 200: success(facts, answerOf(schema)), ...failures() },
  };
}

/** For instance `postRollbackPlan`. */
function operationId(method: string, path: string): string {
  const words = path.replace('/api/v1/', '').match(/[A-Za-z]+/g) ?? [];
  return [method, ...words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)].join('');
}

const forms: Readonly<Record<RouteFacts['answer'], readonly [type: string, description: string]>> = {
  document: ['application/json', 'What was asked for.'],
  lines: ['application/x-ndjson', 'Documents of this form, one a line.'],
  text: ['text/plain', 'A text.'],
};

function success({ answer }: RouteFacts, schema: JsonSchema): JsonSchema {
  const [type, description] = forms[answer];
  return { description, content: { [type]: { schema } } };
}

function failures(): JsonSchema {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(Object.entries(errors).map(([status, description]) => [status, { description, content }]));
}

/** The schema of what a route answers; of a text where it says nothing. */
function answerOf({ response }: FastifySchema): JsonSchema {
  const success: unknown = isSchema(response) ? response['200'] : undefined;
  return isSchema(success) ? success : { type: 'string' };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function parameters({ params, querystring }: FastifySchema): JsonSchema {
  const all = [...parametersOf(params, 'path'), ...parametersOf(querystring, 'query')];
  return all.length === 0 ? {} : { parameters: all };
}

function parametersOf(schema: unknown, place: 'path' | 'query'): JsonSchema[] {
  const { properties, required } = isSchema(schema) ? schema : {};
  const names = Array.isArray(required) ? required : [];
  return Object.entries(isSchema(properties) ? properties : {}).map(([name, property]) => ({
    name,
    in: place,
    required: names.includes(name),
    schema: property,
  }));
}
