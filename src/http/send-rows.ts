import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Answers with JSON documents, one a line, while they are made. */
export function sendRows(reply: FastifyReply, rows: AsyncIterable<unknown>): FastifyReply {
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
