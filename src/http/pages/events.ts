import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Door } from './door.ts';
import type { Pulse } from './pulse.ts';

/** Streams of events for pages that follow the daemon, for whoever has signed in; they end with the session. */
export function addEvents(app: FastifyInstance, door: Door, pulse: Pulse, ending: AbortSignal): void {
  app.get('/events', (request, reply) => {
    const isWelcome = (): boolean => door.sessionOf(request, false)?.identity.scopes.has('read') === true;
    if (!isWelcome()) return reply.code(401).send('');
    const leave = pulse.enter();
    if (leave === undefined) return reply.code(503).header('retry-after', '60').send('');
    const gone = new AbortController();
    reply.raw.once('close', () => {
      leave();
      gone.abort();
    });
    const seen = request.headers['last-event-id'];
    const stream = pulse.follow(
      typeof seen === 'string' ? seen : undefined,
      isWelcome,
      AbortSignal.any([gone.signal, ending]),
    );
    // Proxies that gather what they pass on would hold events back.
    return reply
      .type('text/event-stream')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(stream, { objectMode: false }));
  });
}
