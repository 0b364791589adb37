import { buildBindRules } from './build-bind-rules.ts';
import type { BindConfig } from './config-bind.ts';
import type { ParsedConfig } from './schema.ts';

/** What the document says about binds, as a running daemon wants it. */
export function buildBind(parsed: ParsedConfig): BindConfig {
  const { diagnostics, entra, appPasswords, oneTimeCodes, ntHash, shield, memory, audit } = parsed.bind;
  const { account, address, total, lockout } = shield;
  return {
    diagnostics,
    rules: buildBindRules(parsed),
    entra: { enabled: entra.enabled, timeoutMs: entra.timeout, acceptProven: entra.acceptProven },
    appPasswords: {
      enabled: appPasswords.enabled,
      lifetimeMs: appPasswords.expiresAfter.ms,
      codeRequired: appPasswords.codeRequired,
      codeWindow: oneTimeCodes.window,
    },
    remembered: buildRemembered(parsed.bind),
    oneTimeCodes: { required: oneTimeCodes.required, window: oneTimeCodes.window },
    ntHash: ntHash.enabled
      ? {
          ageMaxMs: ntHash.maxAge,
          acceptProven: ntHash.acceptProven,
          sambaDomains: ntHash.sambaDomains,
          sambaSid: ntHash.sambaSid,
        }
      : undefined,
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

/** With `isByRuleOnly` where it is turned off for everybody and a rule turns it on for some. */
function buildRemembered({ remembered, rules }: ParsedConfig['bind']): BindConfig['remembered'] {
  const { enabled, acceptFor: freshMs, duringOutages: outageMs } = remembered;
  if (enabled) return { freshMs, outageMs };
  return rules.some((rule) => rule.remembered === true) ? { freshMs, outageMs, isByRuleOnly: true } : undefined;
}
