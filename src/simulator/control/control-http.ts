import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { GraphProperties } from '../../identity/change.ts';
import { type Exchange, type Reply, header } from '../exchange.ts';
import { signInSchema } from '../tenant/sign-in-schema.ts';
import { TenantError } from '../tenant/tenant-model.ts';
import type { Control } from './control.ts';
import { faultSchema } from './faults.ts';

const json: z.ZodType<GraphProperties> = z.record(z.string(), z.json());
const user = z.string();
const group = z.string();
const collection = z.enum(['users', 'groups']);

interface Operation {
  run(control: Control, body: unknown): unknown;
}

function operation<T>(schema: z.ZodType<T>, run: (control: Control, body: T) => unknown): Operation {
  return { run: (control, body) => run(control, schema.parse(body)) };
}

const nothing = z.strictObject({});

/** The operations of `POST /control/{name}`; their bodies have the names of the methods' parameters. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  [
    'addUser',
    operation(
      z.strictObject({
        userPrincipalName: z.string(),
        id: z.string().optional(),
        password: z.string().optional(),
        signIn: signInSchema.optional(),
        properties: json.optional(),
      }),
      (control, body) => ({ id: control.addUser(body) }),
    ),
  ],
  ['removeUser', operation(z.strictObject({ user }), (control, body) => control.removeUser(body.user))],
  ['purgeUser', operation(z.strictObject({ user }), (control, body) => control.purgeUser(body.user))],
  ['restoreUser', operation(z.strictObject({ user }), (control, body) => control.restoreUser(body.user))],
  [
    'renameUser',
    operation(
      z.strictObject({ user, userPrincipalName: z.string(), displayName: z.string().optional() }),
      (control, body) => control.renameUser(body.user, body.userPrincipalName, body.displayName),
    ),
  ],
  ['disableUser', operation(z.strictObject({ user }), (control, body) => control.disableUser(body.user))],
  ['enableUser', operation(z.strictObject({ user }), (control, body) => control.enableUser(body.user))],
  [
    'setManager',
    operation(z.strictObject({ user, manager: z.string().nullable() }), (control, body) =>
      control.setManager(body.user, body.manager),
    ),
  ],
  [
    'setUserProperties',
    operation(z.strictObject({ user, properties: json }), (control, body) =>
      control.setUserProperties(body.user, body.properties),
    ),
  ],
  [
    'changePassword',
    operation(z.strictObject({ user, password: z.string() }), (control, body) =>
      control.changePassword(body.user, body.password),
    ),
  ],
  [
    'setSignIn',
    operation(z.strictObject({ user, signIn: signInSchema }), (control, body) =>
      control.setSignIn(body.user, body.signIn),
    ),
  ],
  [
    'approveDevice',
    operation(z.strictObject({ userCode: z.string(), user }), (control, body) =>
      control.approveDevice(body.userCode, body.user),
    ),
  ],
  ['credentials', operation(z.strictObject({ user }), (control, body) => control.credentials(body.user))],
  [
    'addGroup',
    operation(
      z.strictObject({ displayName: z.string(), id: z.string().optional(), properties: json.optional() }),
      (control, body) => ({ id: control.addGroup(body) }),
    ),
  ],
  ['removeGroup', operation(z.strictObject({ group }), (control, body) => control.removeGroup(body.group))],
  ['purgeGroup', operation(z.strictObject({ group }), (control, body) => control.purgeGroup(body.group))],
  ['restoreGroup', operation(z.strictObject({ group }), (control, body) => control.restoreGroup(body.group))],
  [
    'renameGroup',
    operation(z.strictObject({ group, displayName: z.string() }), (control, body) =>
      control.renameGroup(body.group, body.displayName),
    ),
  ],
  [
    'setGroupProperties',
    operation(z.strictObject({ group, properties: json }), (control, body) =>
      control.setGroupProperties(body.group, body.properties),
    ),
  ],
  [
    'join',
    operation(z.strictObject({ group, member: z.string() }), (control, body) => control.join(body.group, body.member)),
  ],
  [
    'leave',
    operation(z.strictObject({ group, member: z.string() }), (control, body) => control.leave(body.group, body.member)),
  ],
  [
    'move',
    operation(z.strictObject({ member: z.string(), from: group, to: group }), (control, body) =>
      control.move(body.member, body.from, body.to),
    ),
  ],
  [
    'expireDeltaTokens',
    operation(
      z.strictObject({ form: z.enum(['gone', 'syncStateNotFound', 'resyncRequired']).default('gone') }),
      (control, body) => control.expireDeltaTokens(body.form),
    ),
  ],
  [
    'refuseDelta',
    operation(z.strictObject({ form: z.enum(['notImplemented', 'badRequest']).optional() }), (control, body) =>
      control.refuseDelta(body.form),
    ),
  ],
  ['expireAccessTokens', operation(nothing, (control) => control.expireAccessTokens())],
  ['hideChanges', operation(z.strictObject({ collection }), (control, body) => control.hideChanges(body.collection))],
  ['showChanges', operation(z.strictObject({ collection }), (control, body) => control.showChanges(body.collection))],
  ['resetLockouts', operation(nothing, (control) => control.resetLockouts())],
  ['injectFault', operation(faultSchema, (control, body) => ({ id: control.injectFault(body) }))],
  [
    'clearFaults',
    operation(z.strictObject({ id: z.number().optional() }), (control, body) => control.clearFaults(body.id)),
  ],
  ['pendingFaults', operation(nothing, (control) => ({ pending: control.pendingFaults() }))],
  ['releaseSlow', operation(nothing, (control) => control.releaseSlow())],
  ['statistics', operation(nothing, (control) => control.statistics())],
  ['resetStatistics', operation(nothing, (control) => control.resetStatistics())],
  [
    'snapshot',
    operation(nothing, (control) => {
      const { users, groups } = control.snapshot();
      return { users: [...users], groups: [...groups] };
    }),
  ],
]);

/**
 * Answers `POST /control/{operation}` with a JSON body. Needs the control token as bearer: a simulator may listen on a
 * network, and whoever controls it knows every password in it.
 */
export function handleControl(control: Control, token: string, exchange: Exchange): Reply {
  const offered = /^Bearer +(\S+)$/i.exec(header(exchange.headers, 'authorization') ?? '')?.[1] ?? '';
  if (!timingSafeEqual(digest(offered), digest(token)))
    return reply(401, { error: 'the control token is missing or wrong' });
  if (exchange.method !== 'POST') return reply(405, { error: 'control operations are called with POST' });
  const name = exchange.path.slice('/control/'.length);
  const known = OPERATIONS.get(name);
  if (known === undefined)
    return reply(404, { error: `no such operation; known are ${[...OPERATIONS.keys()].join(', ')}` });
  try {
    const body: unknown = exchange.body === '' ? {} : JSON.parse(exchange.body);
    return reply(200, known.run(control, body) ?? {});
  } catch (error) {
    if (error instanceof z.ZodError) return reply(400, { error: z.prettifyError(error) });
    if (error instanceof TenantError || error instanceof SyntaxError) return reply(400, { error: error.message });
    throw error;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function reply(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}
