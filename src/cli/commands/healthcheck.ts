import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import type { StatusReport } from '../../identity/admin.ts';
import { ldapUrl } from '../../wording/quantities.ts';
import { reachable } from '../check/examine-server.ts';
import { readRootDse, searchEntryCode } from '../check/ldap-probe.ts';
import { loadConfig, storeFolder } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';

type Listener = StatusReport['listeners'][number];

/** What was found. */
interface Verdict {
  readonly healthy: boolean;
  /** As `/readyz` has it; null when the daemon did not say. */
  readonly state: string | null;
  /** A sentence or two. */
  readonly message: string;
}

/** `healthcheck`: whether clients should be sent to the daemon, by exit code. */
export const healthcheckCommand = defineCommand({
  name: 'healthcheck',
  summary: 'Say by exit code whether the running daemon is ready to serve',
  description:
    'For the HEALTHCHECK of a container, a probe or a load balancer on this machine: prints one line and ends with 0 when the ' +
    'daemon is ready, as /readyz says it, and with 1 in every other case. With --ldap the directory is also asked over LDAP, as a ' +
    'client of its own at each address where no client certificate is demanded: for the root DSE, and for the entry of the base DN.',
  options: {
    config: configOption,
    ldap: { kind: 'flag', description: 'Ask over LDAP too' },
    json: jsonOption,
  },
  examples: [
    ['healthcheck', 'Is it ready?'],
    ['healthcheck --ldap --json', 'Does it answer too? For a program'],
  ],
  run: async (shell, { config: given, ldap, json }) => {
    const { path } = storeFolder(shell, given);
    const verdict = await judge(path, ldap ? asksAt(shell, given) : undefined);
    const { healthy, state, message } = verdict;
    const line = json
      ? JSON.stringify(verdict)
      : `${healthy ? 'healthy' : 'unhealthy'} (${state ?? 'unknown'}): ${message}`;
    shell.stdout.write(`${line}\n`);
    return healthy ? exitCodes.ok : exitCodes.unexpected;
  },
});

/** Which listeners can be asked: a client without a certificate has no say where one is demanded. */
function asksAt(shell: Shell, given: string | undefined): (listener: Listener) => boolean {
  try {
    const { tls } = loadConfig(shell, given).config.ldap;
    return (listener) => !listener.tls || tls?.clientCertificates !== 'require';
  } catch (error) {
    // A daemon goes on with what it runs with while its file has a problem.
    if (!(error instanceof CommandFailure)) throw error;
    return () => true;
  }
}

async function judge(dataDirectory: string, asksAt: ((listener: Listener) => boolean) | undefined): Promise<Verdict> {
  const client = createControlClient(dataDirectory);
  try {
    const { ready, state, message } = await client.readiness();
    const trouble = ready && asksAt !== undefined ? await ldapTrouble(await client.status(), asksAt) : undefined;
    return { healthy: ready && trouble === undefined, state, message: trouble ?? message };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return { healthy: false, state: null, message: error.message };
  }
}

/** Result codes with which a server says that it cannot answer (RFC 4511 appendix A.2); every other is an answer. */
const noAnswer: Readonly<Record<number, string>> = { 1: 'operationsError', 51: 'busy', 52: 'unavailable', 80: 'other' };

/** The first thing that is wrong over LDAP, as a sentence; undefined when everything is answered. */
async function ldapTrouble(
  { listeners, baseDn }: StatusReport,
  asksAt: (listener: Listener) => boolean,
): Promise<string | undefined> {
  for (const listener of listeners.filter(asksAt)) {
    const at = ldapUrl(listener);
    const endpoint = { url: ldapUrl(reachable(listener)), tls: listener.tls };
    try {
      const { namingContexts } = await readRootDse(endpoint);
      if (!namingContexts.some((context) => context.toLowerCase() === baseDn.toLowerCase())) {
        return `${at} does not serve ${baseDn}.`;
      }
      const word = noAnswer[await searchEntryCode(endpoint, baseDn)];
      if (word !== undefined) return `A search at ${at} is answered ${word}.`;
    } catch (error) {
      return `${at} does not answer: ${error instanceof Error ? error.message : String(error)}.`;
    }
  }
  return undefined;
}
