import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type {
  ExportRequest,
  HoldOutcome,
  HoldRequest,
  RoundEvent,
  StatusReport,
  SyncRequestOutcome,
} from '../identity/admin.ts';
import type { AdminTokenAdmin, AdminTokenReport, NewAdminToken } from '../identity/admin-token.ts';
import type { AppPasswordAdmin, AppPasswordReport, NewAppPassword } from '../identity/app-password.ts';
import type { ShieldReport, UnlockOutcome } from '../identity/auth-report.ts';
import type { BindEvent, BindEventQuery } from '../identity/bind-event.ts';
import type { BackupRequest } from '../identity/backup.ts';
import type { PlanRequest, PlanResult } from '../identity/plan.ts';
import type { HistoryEntry, HistoryRequest } from '../identity/history.ts';
import type { LoggedEvent, LogRequest } from '../identity/logged-event.ts';
import type { MemoryApi } from '../identity/memory.ts';
import type { NewOneTimeCodes, OneTimeCodeAdmin, OneTimeCodeReport } from '../identity/one-time-code.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan } from '../identity/rollback.ts';
import type { HeldItem } from '../identity/safety.ts';
import type { Conflict, ExplainAnswer, ExplainRequest, IdRow, ListRequest, ObjectRow } from '../identity/inspection.ts';
import type { DomainsReport } from '../identity/tenant-facts.ts';
import { ControlError, systemErrorCode } from './control-error.ts';
import { controlApiHeader, controlApiVersion, controlSocketPath } from './control-socket.ts';

/** How long a daemon may take to answer a question, in milliseconds. */
const answerTimeoutMs = 30_000;

/** The answer of `/readyz`. */
export interface Readiness {
  readonly ready: boolean;
  readonly state: string;
  /** What that means, as sentences. */
  readonly message: string;
}

/** Asks a running daemon over the control socket of its data directory. Every method throws {@link ControlError}. */
export interface ControlClient {
  explain(request: ExplainRequest): Promise<ExplainAnswer>;
  /** These yield rows as they are made, and throw `interrupted` when the daemon ends before the list does. */
  objects(request: ListRequest, signal: AbortSignal): AsyncGenerator<ObjectRow, void, void>;
  conflicts(signal: AbortSignal): AsyncGenerator<Conflict, void, void>;
  domains(request: { readonly refresh: boolean }, signal: AbortSignal): Promise<DomainsReport>;
  ids(signal: AbortSignal): AsyncGenerator<IdRow, void, void>;
  status(): Promise<StatusReport>;
  /** Whether clients should be sent to the daemon, as `/readyz` says. */
  readiness(): Promise<Readiness>;
  /** What the lockout shield holds back. */
  shield(): Promise<ShieldReport>;
  /** Throws `notPossible` when there is nobody of this name. */
  unlock(name: string): Promise<UnlockOutcome>;
  /** Throws `notPossible` with a sentence for the administrator; a list also `interrupted`, as those above. */
  appPasswords(signal: AbortSignal): AppPasswordAdmin;
  /** Throws `notPossible` with a sentence for the administrator. */
  adminTokens(signal: AbortSignal): AdminTokenAdmin;
  /** Throws `notPossible` with a sentence for the administrator; a list also `interrupted`, as those above. */
  oneTimeCodes(signal: AbortSignal): OneTimeCodeAdmin;
  /** Events of the audit trail. */
  bindEvents(query: BindEventQuery): Promise<readonly BindEvent[]>;
  /** The same, then those to come until the daemon stops; throws `notPossible` when no audit trail is kept. */
  followBindEvents(query: BindEventQuery, signal: AbortSignal): AsyncGenerator<BindEvent, void, void>;
  requestSync(options: { readonly full: boolean }): Promise<SyncRequestOutcome>;
  /** Yields the events of a round up to its summary; throws `interrupted` when the daemon ends before the round does. */
  followRound(round: number, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void>;
  /** Yields everybody whom the change that is held back concerns. */
  heldItems(signal: AbortSignal): AsyncGenerator<HeldItem, void, void>;
  /** Throws `notPossible` when the change is not held back any more. */
  decideHold(request: HoldRequest): Promise<HoldOutcome>;
  /** May take as long as a publish. Throws `notPossible` when it cannot be told. */
  plan(request: PlanRequest, signal: AbortSignal): Promise<PlanResult>;
  /** What was before, and undoing it. Nothing of it has a time limit but the signal. */
  memory(signal: AbortSignal): MemoryApi;
  /** Yields the LDIF; throws `notPossible` before the first chunk, and `interrupted` when the daemon ends before the text does. */
  exportLdif(request: ExportRequest, signal: AbortSignal): AsyncGenerator<string, void, void>;
  /** Yields the bytes of a backup; throws `notPossible` before the first, and `interrupted` when the daemon ends before the last. */
  backup(request: BackupRequest, signal: AbortSignal): AsyncGenerator<Buffer, void, void>;
}

/** A client for the daemon that runs on a data directory; it connects anew for every question. */
export function createControlClient(dataDirectory: string): ControlClient {
  const path = controlSocketPath(dataDirectory);
  return {
    // The header has proven that the other end is this program with the same contract, so shapes are not checked again.
    status: async () => (await ask(path, 'GET', '/v1/status')) as StatusReport,
    readiness: async () => (await ask(path, 'GET', '/readyz')) as Readiness,
    shield: async () => (await ask(path, 'GET', '/v1/auth')) as ShieldReport,
    unlock: async (name) => (await ask(path, 'POST', '/v1/auth/unlock', JSON.stringify({ name }))) as UnlockOutcome,
    appPasswords: (signal) => appPasswords(path, signal),
    adminTokens: (signal) => adminTokens(path, signal),
    oneTimeCodes: (signal) => oneTimeCodes(path, signal),
    bindEvents: async (query) => (await ask(path, 'GET', bindEventsUrl('/v1/binds', query))) as readonly BindEvent[],
    followBindEvents: (query, signal) => rows<BindEvent>(path, bindEventsUrl('/v1/binds/follow', query), signal),
    requestSync: async (options) =>
      (await ask(path, 'POST', '/v1/sync', JSON.stringify(options))) as SyncRequestOutcome,
    followRound: (round, signal) => follow(path, round, signal),
    explain: async ({ kind, name }) =>
      (await ask(path, 'GET', `/v1/explain?${new URLSearchParams({ kind, name }).toString()}`)) as ExplainAnswer,
    objects: (request, signal) => rows<ObjectRow>(path, objectsUrl(request), signal),
    domains: async ({ refresh }, signal) =>
      (refresh
        ? await order(path, '/v1/domains/refresh', {}, signal)
        : await ask(path, 'GET', '/v1/domains')) as DomainsReport,
    conflicts: (signal) => rows<Conflict>(path, '/v1/conflicts', signal),
    ids: (signal) => rows<IdRow>(path, '/v1/ids', signal),
    heldItems: (signal) => rows<HeldItem>(path, '/v1/hold/items', signal),
    decideHold: async (request) => (await ask(path, 'POST', '/v1/hold', JSON.stringify(request))) as HoldOutcome,
    plan: async (request, signal) => (await order(path, '/v1/plan', request, signal)) as PlanResult,
    memory: (signal) => memory(path, signal),
    exportLdif: (request, signal) => download(path, exportUrl(request), signal),
    backup: (request, signal) => downloadBytes(path, '/v1/backup', signal, request),
  };
}

async function ask(path: string, method: string, url: string, body?: string): Promise<unknown> {
  const response = await send(path, method, url, { body, signal: AbortSignal.timeout(answerTimeoutMs) });
  return parse(path, await readText(path, response));
}

function appPasswords(path: string, signal: AbortSignal): AppPasswordAdmin {
  return {
    create: async (request) => (await order(path, '/v1/app-passwords', request, signal)) as NewAppPassword,
    list: (user) => {
      const query = user === undefined ? '' : `?${new URLSearchParams({ user }).toString()}`;
      return rows<AppPasswordReport>(path, `/v1/app-passwords${query}`, signal);
    },
    revoke: async (id) => (await order(path, '/v1/app-passwords/revoke', { id }, signal)) as AppPasswordReport,
  };
}

function oneTimeCodes(path: string, signal: AbortSignal): OneTimeCodeAdmin {
  return {
    create: async (request) => (await order(path, '/v1/one-time-codes', request, signal)) as NewOneTimeCodes,
    list: () => rows<OneTimeCodeReport>(path, '/v1/one-time-codes', signal),
    revoke: async (user) => (await order(path, '/v1/one-time-codes/revoke', { user }, signal)) as OneTimeCodeReport,
  };
}

function adminTokens(path: string, signal: AbortSignal): AdminTokenAdmin {
  return {
    create: async (request) => (await order(path, '/v1/tokens', request, signal)) as NewAdminToken,
    list: async () => (await ask(path, 'GET', '/v1/tokens')) as readonly AdminTokenReport[],
    edit: async (edit) => (await order(path, '/v1/tokens/edit', edit, signal)) as AdminTokenReport,
    revoke: async (id) => (await order(path, '/v1/tokens/revoke', { id }, signal)) as AdminTokenReport,
  };
}

function memory(path: string, signal: AbortSignal): MemoryApi {
  return {
    returnPoints: async () => (await ask(path, 'GET', '/v1/publications')) as ReturnPoints,
    planRollback: async (request, itemsMax) =>
      (await order(path, '/v1/rollback/plan', { ...request, itemsMax }, signal)) as RollbackPlan,
    rollBack: async (request) => (await order(path, '/v1/rollback', request, signal)) as RollbackOutcome,
    clear: async () => (await order(path, '/v1/clear', {}, signal)) as SyncRequestOutcome,
    history: (request) => rows<HistoryEntry>(path, `/v1/history?${queryOf(request)}`, signal),
    logs: (request, following) =>
      rows<LoggedEvent>(path, `/v1/logs?${queryOf(request)}`, AbortSignal.any([signal, following])),
  };
}

/** Asks for something that may take as long as a publish. */
async function order(path: string, url: string, request: object, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await send(path, 'POST', url, { body: JSON.stringify(request), signal });
    return parse(path, await readText(path, response));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function* follow(path: string, round: number, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void> {
  const response = await send(path, 'GET', `/v1/rounds/${round}`, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  try {
    let finished = false;
    for await (const line of linesOf(response)) {
      const event = parse(path, line) as RoundEvent;
      finished = event.kind === 'finished';
      yield event;
    }
    if (!finished) throw interrupted(path);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ControlError ? error : interrupted(path, error);
  } finally {
    response.destroy();
  }
}

function exportUrl({ baseDn, operational, version }: ExportRequest): string {
  const query = new URLSearchParams({ operational: String(operational), version: String(version) });
  if (baseDn !== undefined) query.set('base', baseDn);
  return `/v1/export?${query.toString()}`;
}

function bindEventsUrl(url: string, { user, address, verdict, sinceMs, newest }: BindEventQuery): string {
  const query = new URLSearchParams({ newest: String(newest) });
  if (user !== undefined) query.set('user', user);
  if (address !== undefined) query.set('address', address);
  if (verdict !== undefined) query.set('verdict', verdict);
  if (sinceMs !== undefined) query.set('since', String(Math.floor(sinceMs)));
  return `${url}?${query.toString()}`;
}

function objectsUrl({ kind, state, search, overlay }: ListRequest): string {
  const query = new URLSearchParams({ kind });
  if (state !== undefined) query.set('state', state);
  if (overlay === true) query.set('overlay', 'true');
  if (search !== undefined) query.set('search', search);
  return `/v1/objects?${query.toString()}`;
}

/** What is asked for as a query; null means that it is left open. */
function queryOf({ sinceMs, ...rest }: HistoryRequest | LogRequest): string {
  const asked = Object.entries({ ...rest, since: sinceMs === null ? null : Math.max(0, Math.floor(sinceMs)) });
  const given = asked.filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)] as const);
  return new URLSearchParams(Object.fromEntries(given)).toString();
}

async function* rows<T>(path: string, url: string, signal: AbortSignal): AsyncGenerator<T, void, void> {
  let rest = '';
  for await (const chunk of download(path, url, signal)) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parse(path, line) as T;
  }
}

async function* download(path: string, url: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const decoder = new StringDecoder('utf8');
  for await (const bytes of downloadBytes(path, url, signal)) yield decoder.write(bytes);
}

async function* downloadBytes(
  path: string,
  url: string,
  signal: AbortSignal,
  request?: object,
): AsyncGenerator<Buffer, void, void> {
  const body = request && JSON.stringify(request);
  const response = await send(path, body === undefined ? 'GET' : 'POST', url, { body, signal }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw error;
    },
  );
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw interrupted(path, error);
  } finally {
    response.destroy();
  }
}

interface SendOptions {
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** Resolves with an answer that is one and comes from our own program. */
async function send(
  path: string,
  method: string,
  url: string,
  { body, signal }: SendOptions,
): Promise<IncomingMessage> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const request = httpRequest({ socketPath: path, method, path: url, headers, signal, agent: false });
  request.end(body);
  const response = await responseOf(request).catch((error: unknown) => {
    throw connectionError(path, error);
  });
  const version = response.headers[controlApiHeader];
  if (version !== controlApiVersion) {
    response.destroy();
    throw version === undefined ? foreign(path) : otherVersion();
  }
  // Who is not ready answers 503 with the reason, to questions about just that.
  const isAnswer = response.statusCode === 200 || (url === '/readyz' && response.statusCode === 503);
  if (!isAnswer) throw refused(path, response.statusCode, await readText(path, response));
  return response;
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
}

async function readText(path: string, response: IncomingMessage): Promise<string> {
  try {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return text;
  } catch (error) {
    throw interrupted(path, error);
  }
}

// Not node:readline, whose iterator ends without an error when the stream fails.
async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void, void> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw interrupted(path, error);
  }
}

function connectionError(path: string, error: unknown): ControlError {
  const code = systemErrorCode(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') {
    return new ControlError(
      'notRunning',
      `No entra-ldapd is running on this data directory: nobody answers on ${path}.`,
      {
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ControlError(
      'forbidden',
      `${path} belongs to another user: run this command as the user that entra-ldapd runs as, or as root.`,
      { cause: error },
    );
  }
  if (code?.startsWith('HPE_')) return foreign(path, error);
  return interrupted(path, error);
}

function foreign(path: string, cause?: unknown): ControlError {
  return new ControlError('foreign', `What answers on ${path} is not entra-ldapd.`, { cause });
}

function otherVersion(): ControlError {
  return new ControlError(
    'otherVersion',
    'The running daemon is another version of entra-ldapd, which this command cannot talk to: restart the daemon.',
  );
}

function interrupted(path: string, cause?: unknown): ControlError {
  return new ControlError('interrupted', `The daemon on ${path} stopped answering.`, { cause });
}

function refused(path: string, status: number | undefined, text: string): ControlError {
  const { error } = parse(path, text) as { error?: { message?: string } };
  return new ControlError(
    status === 409 ? 'notPossible' : 'refused',
    error?.message ?? 'The daemon refused the request.',
  );
}
