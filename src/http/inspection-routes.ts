import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExplainRequest, Inspection, ObjectState } from '../identity/inspection.ts';
import type { LedgerSpace } from '../identity/ledger.ts';

const kind = { type: 'string', enum: ['user', 'group'] } as const;
const state = { type: 'string', enum: ['shown', 'locked', 'skipped', 'removed', 'pending'] } as const;
const words = { type: 'string', minLength: 1, maxLength: 1024 } as const;

const explainQuery = {
  type: 'object',
  properties: { kind, name: words },
  required: ['kind', 'name'],
  additionalProperties: false,
} as const;

const listQuery = {
  type: 'object',
  properties: { kind, state, search: words, overlay: { type: 'string', enum: ['true'] } },
  required: ['kind'],
  additionalProperties: false,
} as const;

interface ListRoute {
  Querystring: { readonly kind: LedgerSpace; readonly state?: ObjectState; readonly search?: string; readonly overlay?: 'true' };
}

/** Adds the paths under which objects are explained and listed; lists come as JSON documents, one a line. */
export function addInspectionRoutes(app: FastifyInstance, inspection: Inspection): void {
  app.get(
    '/v1/explain',
    { schema: { querystring: explainQuery } },
    (request: FastifyRequest<{ Querystring: ExplainRequest }>) => inspection.explain(request.query),
  );
  app.get('/v1/objects', { schema: { querystring: listQuery } }, (request: FastifyRequest<ListRoute>, reply) => {
    const { kind: wanted, state: standing, search, overlay } = request.query;
    return send(reply, inspection.objects({ kind: wanted, state: standing, search, overlay: overlay === 'true' }));
  });
  app.get('/v1/conflicts', (_request, reply) => send(reply, inspection.conflicts()));
  app.get('/v1/ids', (_request, reply) => send(reply, inspection.ids()));
}

function send(reply: FastifyReply, rows: AsyncIterable<unknown>): FastifyReply {
  return reply.type('application/x-ndjson').send(Readable.from(lines(rows), { objectMode: false }));
}

/** Lines are sent in chunks, for each chunk costs more than a line. */
const chunkChars = 16_384;

async function* lines(rows: AsyncIterable<unknown>): AsyncGenerator<string, void, void> {
  let chunk = '';
  for await (const row of rows) {
    chunk += `${JSON.stringify(row)}\n`;
    if (chunk.length < chunkChars) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
