import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DaemonState } from '../identity/admin.ts';

/** How the daemon stands, for whoever watches it. Tells nothing about the people in the directory. */
export interface Health {
  /** `stopping`: it is about to end, and answers no more new connections. */
  readonly state: DaemonState | 'stopping';
  /** When the served directory was published; null before the first. Times are milliseconds since the epoch. */
  readonly publishedAtMs: number | null;
  /** When the tenant was last read to its end; null when that was before the start. */
  readonly lastSuccessAtMs: number | null;
  /** The number of the change that is held back, or null. */
  readonly hold: number | null;
}

/** Which states besides `serving` count as ready. */
export interface ReadySettings {
  readonly stale: boolean;
  readonly held: boolean;
}

/** What {@link addHealthRoutes} answers from. */
export interface HealthSource {
  readonly health: () => Health;
  readonly ready: () => ReadySettings;
}

const messages: Readonly<Record<Health['state'], string>> = {
  starting: 'The first synchronization is not complete yet; searches are answered busy.',
  serving: 'The directory is served, and the last round succeeded.',
  stale: 'The directory is served as it was: the last round failed or is overdue. entra-ldapd status says why.',
  held: 'The directory is served as it was: a change that reaches far waits for a decision. See: entra-ldapd sync held',
  broken: 'The store cannot be read; searches are answered unavailable. See the log.',
  stopping: 'The daemon is stopping.',
};

/** Whether clients should be sent here. */
export function isReady(state: Health['state'], settings: ReadySettings): boolean {
  switch (state) {
    case 'serving':
      return true;
    case 'stale':
      return settings.stale;
    case 'held':
      return settings.held;
    default:
      return false;
  }
}

/**
 * Adds `/healthz`, 200 while the process is alive and the store can be read, and `/readyz`, 200 while clients should be sent here;
 * 503 otherwise. JSON, or a line of text for whoever asks for `text/plain`.
 */
export function addHealthRoutes(app: FastifyInstance, { health, ready }: HealthSource): void {
  app.get('/healthz', (request, reply) => {
    const now = health();
    const isAlive = now.state !== 'broken';
    return answer(request, reply, isAlive, { ...report(now), alive: isAlive });
  });
  app.get('/readyz', (request, reply) => {
    const now = health();
    const isServed = isReady(now.state, ready());
    return answer(request, reply, isServed, { ...report(now), ready: isServed });
  });
}

function report({ state, publishedAtMs, lastSuccessAtMs, hold }: Health) {
  return {
    state,
    message: messages[state],
    publishedAt: dateText(publishedAtMs),
    lastSuccessAt: dateText(lastSuccessAtMs),
    heldChange: hold,
  };
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  isGood: boolean,
  body: { readonly state: string; readonly message: string } & Readonly<Record<string, unknown>>,
): FastifyReply {
  reply.code(isGood ? 200 : 503);
  const isText = /^\s*text\/plain\b/i.test(request.headers.accept ?? '');
  return isText ? reply.type('text/plain; charset=utf-8').send(`${body.state}: ${body.message}\n`) : reply.send(body);
}

function dateText(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
