import type { BindConfig } from './config-bind.ts';
import type { ParsedConfig } from './schema.ts';

/** What the document says about binds, as a running daemon wants it. */
export function buildBind({
  diagnostics,
  entra,
  appPasswords,
  remembered,
  shield,
  memory,
  audit,
}: ParsedConfig['bind']): BindConfig {
  const { account, address, total, lockout } = shield;
  return {
    diagnostics,
    entra: { enabled: entra.enabled, timeoutMs: entra.timeout, acceptProven: entra.acceptProven },
    appPasswords: {
      enabled: appPasswords.enabled,
      lifetimeMs: appPasswords.expiresAfter.ms,
      codeRequired: appPasswords.codeRequired,
      codeWindow: appPasswords.codeWindow,
    },
    remembered: remembered.enabled ? { freshMs: remembered.acceptFor, outageMs: remembered.duringOutages } : undefined,
    shield: {
      account: { attempts: account.attempts, refillMs: account.refill },
      address: { attempts: address.attempts, refillMs: address.refill },
      total: { attempts: total.attempts, refillMs: total.refill },
      lockout: { firstMs: lockout.first, mostMs: lockout.most },
    },
    memory: { acceptedMs: memory.accepted, refusedMs: memory.refused },
    audit: audit.enabled ? { ageMs: audit.maxAge, eventsMax: audit.maxEvents, bytesMax: audit.maxSize } : undefined,
  };
}
