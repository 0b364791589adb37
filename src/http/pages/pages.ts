import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AdminRefusal } from '../../identity/admin.ts';
import { ApiError } from '../api-error.ts';
import type { HttpServices } from '../services.ts';
import { addActions } from './actions.ts';
import { addAssets } from './assets.ts';
import { BindSeries } from './bind-series.ts';
import { Door, ForeignForm, sendTrouble } from './door.ts';
import { addEvents } from './events.ts';
import { Pulse } from './pulse.ts';
import { addPeoplePages } from './routes-people.ts';
import { addStatusPages } from './routes-status.ts';
import { addTrailPages } from './routes-trail.ts';
import { protect } from './security.ts';
import { Sessions } from './sessions.ts';
import { addSignIn } from './sign-in.ts';

/** The longest form, in bytes. */
const formBytesMax = 16_384;

/**
 * Adds the status page: `/` and what it leads to, for browsers. Everything else that `app` serves stays as it is; what is done
 * for as long as the server runs ends when `app` closes.
 */
export async function addPages(app: FastifyInstance, services: HttpServices): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(cookie);
    await scope.register(formbody, { bodyLimit: formBytesMax });
    scope.addHook('onRequest', async (_request, reply) => protect(reply));
    scope.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, services));
    const { api, clock, tokens } = services;
    const sessions = new Sessions(clock, tokens);
    const door = new Door(scope, services, sessions);
    const binds = new BindSeries(clock, () => api.auth.report().counts);
    const ending = new AbortController();
    scope.addHook('preClose', () => ending.abort());
    scope.addHook('onReady', () => void binds.follow(ending.signal));
    addAssets(scope);
    addSignIn(scope, door, services, sessions);
    addEvents(scope, door, new Pulse(clock, () => api.status()), ending.signal);
    addStatusPages(door, api, binds);
    addPeoplePages(door, api);
    addTrailPages(door, api);
    addActions(door, api);
  });
}

/** Answers a browser that asks for a page that does not exist. */
export function sendNoSuchPage(reply: FastifyReply): FastifyReply {
  protect(reply);
  return sendTrouble(reply, 404, 'No such page', 'The address is mistyped, or from another version of the daemon.');
}

/** Whether somebody who asks would read a page, as browsers do, and not a document for programs. */
export function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

function answerError(
  error: FastifyError | AdminRefusal | ApiError | ForeignForm,
  reply: FastifyReply,
  { log }: HttpServices,
): FastifyReply {
  if (error instanceof ForeignForm) {
    return sendTrouble(
      reply,
      403,
      'Not sent from here',
      'The form did not come from a page of this session. Reload the page and try again; nothing was done.',
    );
  }
  if (error instanceof AdminRefusal) return sendTrouble(reply, 409, 'That cannot be done', error.message);
  if (error instanceof ApiError)
    return sendTrouble(reply.headers(error.headers), error.status, 'Not now', error.message);
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status < 500)
    return sendTrouble(
      reply,
      status,
      'That was not understood',
      'The browser sent something that no page of ours asks for.',
    );
  log.error('http.page.failed', {}, error);
  return sendTrouble(reply, 500, 'Something went wrong', 'The daemon failed to make this page. Its log says why.');
}
