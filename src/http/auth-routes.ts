import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AdminRefusal } from '../identity/admin.ts';
import type { AuthAdmin } from '../identity/auth-report.ts';
import { bindEventsMax, type BindVerdictWord, bindVerdicts } from '../identity/bind-event.ts';

const words = { type: 'string', minLength: 1, maxLength: 1024 } as const;
const number = { type: 'string', pattern: '^[0-9]{1,15}$' } as const;

const unlockBody = {
  type: 'object',
  properties: { name: words },
  required: ['name'],
  additionalProperties: false,
} as const;

const eventsQuery = {
  type: 'object',
  properties: {
    user: words,
    address: words,
    verdict: { type: 'string', enum: bindVerdicts },
    since: number,
    newest: number,
  },
  required: ['newest'],
  additionalProperties: false,
} as const;

interface EventsRoute {
  Querystring: {
    readonly user?: string;
    readonly address?: string;
    readonly verdict?: BindVerdictWord;
    readonly since?: string;
    readonly newest: string;
  };
}

/** Adds the paths under which binds are reported on and held back accounts are unlocked. */
export function addAuthRoutes(app: FastifyInstance, auth: AuthAdmin): void {
  app.get('/v1/auth', () => auth.shield());
  app.post(
    '/v1/auth/unlock',
    { schema: { body: unlockBody } },
    (request: FastifyRequest<{ Body: { name: string } }>) => {
      const outcome = auth.unlock(request.body.name);
      if (outcome !== undefined) return outcome;
      throw new AdminRefusal(
        `No user who may bind, no service account and no address is called "${request.body.name}". Give a uid, a user principal name, a DN, the name of a service account, or an IP address.`,
      );
    },
  );
  app.get('/v1/binds', { schema: { querystring: eventsQuery } }, (request: FastifyRequest<EventsRoute>) => {
    const { user, address, verdict, since, newest } = request.query;
    const sinceMs = since === undefined ? undefined : Number(since);
    return auth.events({ user, address, verdict, sinceMs, newest: Math.min(Number(newest), bindEventsMax) });
  });
}
