import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AdminRefusal } from '../identity/admin.ts';
import type { AuthAdmin } from '../identity/auth-report.ts';
import { takes } from './admin-access.ts';
import { list } from './schemas/pieces.ts';
import { bindEventSchema, shieldSchema, unlockOutcomeSchema } from './schemas/people-schemas.ts';
import { type BindEventQuery, bindEventsMax, type BindVerdictWord, bindVerdicts } from '../identity/bind-event.ts';
import { sendEach } from './send-rows.ts';

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
  additionalProperties: false,
} as const;

interface EventsRoute {
  Querystring: {
    readonly user?: string;
    readonly address?: string;
    readonly verdict?: BindVerdictWord;
    readonly since?: string;
    readonly newest?: string;
  };
}

/** Adds the paths under which binds are reported on and held back accounts are unlocked. */
export function addAuthRoutes(app: FastifyInstance, auth: AuthAdmin): void {
  app.get(
    '/v1/auth',
    {
      config: takes('audit', 'Accounts and addresses that the lockout shield holds back'),
      schema: { response: { 200: shieldSchema } },
    },
    () => auth.shield(),
  );
  app.post(
    '/v1/auth/unlock',
    {
      config: takes('unlock', 'Let a user, a service account or an address be tried again'),
      schema: { body: unlockBody, response: { 200: unlockOutcomeSchema } },
    },
    (request: FastifyRequest<{ Body: { name: string } }>) => {
      const outcome = auth.unlock(request.body.name);
      if (outcome !== undefined) return outcome;
      throw new AdminRefusal(
        `No user who may bind, no service account and no address is called "${request.body.name}". Give a uid, a user principal name, a DN, the name of a service account, or an IP address.`,
      );
    },
  );
  app.get(
    '/v1/binds',
    {
      config: takes('audit', 'Events of the audit trail, the oldest first; as many of the newest as asked for'),
      schema: { querystring: eventsQuery, response: { 200: list(bindEventSchema) } },
    },
    (request: FastifyRequest<EventsRoute>) => auth.events(queryOf(request.query)),
  );
  app.get(
    '/v1/binds/follow',
    {
      config: takes('audit', 'The same events, and then those to come, until the connection is closed', 'lines'),
      schema: { querystring: eventsQuery, response: { 200: bindEventSchema } },
    },
    (request: FastifyRequest<EventsRoute>, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return sendEach(reply, auth.followEvents(queryOf(request.query), gone.signal));
    },
  );
}

function queryOf({ user, address, verdict, since, newest = '100' }: EventsRoute['Querystring']): BindEventQuery {
  const sinceMs = since === undefined ? undefined : Number(since);
  return { user, address, verdict, sinceMs, newest: Math.min(Number(newest), bindEventsMax) };
}
