import { finished, Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Answers with JSON documents, one a line, while they are made. */
export function sendRows(reply: FastifyReply, rows: AsyncIterable<unknown>): FastifyReply {
  return sendLines(reply, chunks(rows));
}

/** As {@link sendRows}, each document as soon as it is there: for whoever waits for the next one. */
export function sendEach(reply: FastifyReply, documents: AsyncIterable<unknown> | Iterable<unknown>): FastifyReply {
  // The next document may take its time; whoever has gone is noticed by TCP.
  reply.raw.setTimeout(0);
  return sendLines(reply, singleLines(documents));
}

function sendLines(reply: FastifyReply, lines: AsyncIterable<string>): FastifyReply {
  return reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: false }));
}

async function* singleLines(documents: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<string, void, void> {
  for await (const each of documents) yield `${JSON.stringify(each)}\n`;
}

/** Lines are sent in chunks, for each chunk costs more than a line. */
const chunkChars = 16_384;

async function* chunks(rows: AsyncIterable<unknown>): AsyncGenerator<string, void, void> {
  let chunk = '';
  for await (const row of rows) {
    chunk += `${JSON.stringify(row)}\n`;
    if (chunk.length < chunkChars) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** Answers with a text while it is made. Its beginning is waited for, so that a refusal is an answer and not a stream that breaks off. */
export async function sendText(reply: FastifyReply, text: AsyncGenerator<string, void, void>): Promise<FastifyReply> {
  // Whoever goes before it never begins to read, and nothing would end the text.
  finished(reply.raw, () => void text.return().catch(() => undefined));
  const first = await text.next();
  const all = async function* (): AsyncGenerator<string, void, void> {
    if (first.done !== true) yield first.value;
    yield* text;
  };
  return reply.type('text/plain; charset=utf-8').send(Readable.from(all(), { objectMode: false }));
}
