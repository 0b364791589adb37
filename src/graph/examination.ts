/**
 * Looks at everything between this machine and the tenant, one thing after the other, and says what to do about what is
 * wrong. Asks little and changes nothing: delta links are asked for without data, and nothing that comes is kept.
 */
import type { Finding, TrialUser } from '../identity/examination.ts';
import type { ReadingMode } from '../identity/reading.ts';
import type { Scope } from '../identity/scope.ts';
import { SourceError } from '../identity/source-error.ts';
import { readClaims } from './access-token.ts';
import { CredentialChain } from './credential-chain.ts';
import type { ChainMember } from './credential-chain.ts';
import type { GraphCredential } from './credential.ts';
import { examineClock, examineTenant, reach } from './examine-network.ts';
import { examineRequests } from './examine-requests.ts';
import { examineGrant, examineUser } from './examine-sign-in.ts';
import type { GraphOptions } from './graph.ts';
import { createPasswordChecker } from './password-grant.ts';
import { examinePermissions } from './permissions.ts';
import { applicationRemedy, networkRemedy, stageOf } from './remedies.ts';
import { TokenIssuer } from './token-source.ts';
import { createTransport } from './transport.ts';
import type { Transport } from './transport.ts';
import { isCertificateError } from './network-error.ts';

/** What is examined, and how far. */
export interface ExaminationOptions extends Omit<GraphOptions, 'scope' | 'reading'> {
  readonly scope: Scope;
  readonly reading: ReadingMode;
  /** Whether passwords of users are to be checked by Entra. */
  readonly signIn: boolean;
  /** Somebody to try a sign-in with; undefined to try what can be known without. */
  readonly user: TrialUser | undefined;
  readonly signal: AbortSignal;
}

/** Findings in the order in which they are made. What depends on something that failed is skipped, each with its reason. */
export async function* examine(options: ExaminationOptions): AsyncGenerator<Finding, void, void> {
  const { ca, proxy, clock, requestTimeoutMs } = options;
  const transport = createTransport({ ca, proxy, clock, timeoutMs: requestTimeoutMs });
  try {
    yield* new Examination(options, transport).run();
  } finally {
    await transport.close();
  }
}

class Examination {
  readonly #options: ExaminationOptions;
  readonly #transport: Transport;
  readonly #credentials: CredentialChain;

  constructor(options: ExaminationOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
    this.#credentials = new CredentialChain(options.credentials, options.clock, options.log);
  }

  async *run(): AsyncGenerator<Finding, void, void> {
    const { authorityHost, graphUrl, tenantId, clock, signal } = this.#options;
    const network = { transport: this.#transport, clock, signal };
    const configuration = `${authorityHost}/${encodeURIComponent(tenantId)}/v2.0/.well-known/openid-configuration`;
    const authority = await reach(network, 'network.authority', 'Way to Entra', configuration);
    yield authority.finding;
    const graph = await reach(network, 'network.graph', 'Way to Microsoft Graph', `${graphUrl}/v1.0/organization`);
    yield graph.finding;
    const dated = authority.answer ?? graph.answer;
    if (dated !== undefined) yield examineClock(dated, clock);
    if (authority.answer === undefined) {
      yield skipped('credentials', 'Credentials and permissions', 'Entra cannot be asked');
      return;
    }
    const tenant = examineTenant(authority.answer, clock);
    yield tenant;
    if (tenant.verdict === 'bad') {
      yield skipped('credentials', 'Credentials and permissions', 'the tenant is not known');
      return;
    }
    yield* this.#application(graph.answer !== undefined);
  }

  async *#application(graphAnswers: boolean): AsyncGenerator<Finding, void, void> {
    const accepted: { readonly credential: GraphCredential; readonly token: string }[] = [];
    for (const member of this.#credentials.candidates()) {
      const { finding, token } = await this.#credential(member);
      yield finding;
      if (token !== undefined) accepted.push({ credential: member.credential, token });
    }
    const [first] = accepted;
    if (first === undefined) {
      yield skipped('permissions', 'Permissions', 'no credential is accepted');
      return;
    }
    const permissions = examinePermissions(readClaims(first.token), this.#options.scope, this.#options.properties);
    yield* permissions;
    const domain = yield* this.#requests(first.token, graphAnswers);
    yield await this.#signIn(
      accepted.map(({ credential }) => credential),
      domain,
    );
  }

  async #credential({ credential, expiresAtMs }: ChainMember): Promise<{ finding: Finding; token?: string }> {
    const { tenantId, clientId, authorityHost, graphUrl, clock, signal } = this.#options;
    const row = { id: 'credential', subject: credential.name };
    const application = { tenantId, clientId, authorityHost };
    const scope = `${graphUrl}/.default`;
    const issuer = new TokenIssuer(
      { application, scope, transport: this.#transport, clock, closing: signal },
      credential,
    );
    try {
      const { token } = await issuer.issue();
      return { finding: { ...row, ...validity(expiresAtMs, clock.now()) }, token };
    } catch (error) {
      if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
      return { finding: { ...row, verdict: 'bad', finding: error.message, fix: this.#tokenRemedy(credential, error) } };
    }
  }

  #tokenRemedy({ kind }: GraphCredential, error: SourceError): string {
    if (kind === 'managedIdentity') {
      return 'Give the Azure resource that this program runs on a managed identity, or use another credential elsewhere.';
    }
    if (error.code === 'unavailable' || error.code === 'timeout') {
      const { host } = new URL(this.#options.authorityHost);
      return networkRemedy(stageOf(error, isCertificateError(error)), host, error);
    }
    if (kind === 'workloadIdentity' && error.details.sourceCode === undefined) {
      return 'Check that federatedTokenFile names the file that the cluster writes, and that this user may read it.';
    }
    return applicationRemedy(error.details.sourceCode);
  }

  async *#requests(token: string, graphAnswers: boolean): AsyncGenerator<Finding, string | undefined, void> {
    if (!graphAnswers) {
      yield skipped('requests', 'Requests to Microsoft Graph', 'it cannot be asked');
      return undefined;
    }
    const { graphUrl, clock, random, log, signal, tenantId, scope, properties, reading } = this.#options;
    return yield* examineRequests({
      transport: this.#transport,
      origin: graphUrl,
      token,
      tenantId,
      scope,
      properties,
      reading,
      clock,
      random,
      log,
      signal,
    });
  }

  async #signIn(credentials: readonly GraphCredential[], domain: string | undefined): Promise<Finding> {
    const { signIn, user, authorityHost, tenantId, clientId, clock, log, signal } = this.#options;
    const subject = 'Sign-in by password';
    if (!signIn) return skipped('signIn', subject, 'bind.entra.enabled is false');
    const passwords = createPasswordChecker({
      tokenEndpoint: `${authorityHost}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
      clientId,
      credentials: new CredentialChain(credentials, clock, log),
      clock,
      transport: this.#transport,
    });
    if (user !== undefined) return examineUser(passwords, user, signal);
    if (domain !== undefined) return examineGrant(passwords, domain, signal);
    return skipped('signIn', subject, 'the domains of the tenant are not known; try a user with --user');
  }
}

const dayMs = 86_400_000;
const expiresSoonDays = 30;

function validity(expiresAtMs: number | undefined, nowMs: number): Pick<Finding, 'verdict' | 'finding' | 'fix'> {
  const accepted = 'Entra accepts it';
  if (expiresAtMs === undefined) return { verdict: 'good', finding: accepted, fix: null };
  const days = Math.floor((expiresAtMs - nowMs) / dayMs);
  const until = new Date(expiresAtMs).toISOString().slice(0, 10);
  const finding = `${accepted}; valid until ${until} (${days} days left)`;
  if (days > expiresSoonDays) return { verdict: 'good', finding, fix: null };
  return {
    verdict: 'doubtful',
    finding,
    fix: 'Make a new one in time, and name both in tenant.credentials meanwhile.',
  };
}

function skipped(id: string, subject: string, why: string): Finding {
  return { id, subject, verdict: 'skipped', finding: `not looked at: ${why}`, fix: null };
}
