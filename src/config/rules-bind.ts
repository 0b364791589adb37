/** Rules for binds that need more than one key. */
import { atKey, type Finding } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;

/** What Entra's Smart Lockout allows unless the tenant has it otherwise. */
const smartLockoutAttempts = 10;

const LONG_MEMORY_MS = 10 * 60_000;

/** Every rule on binds that the document breaks. */
export function brokenBindRules(config: Parts): Finding[] {
  const { first, most } = config?.bind?.shield?.lockout ?? {};
  if (first === undefined || most === undefined || first <= most) return [];
  return [atKey(['bind', 'shield', 'lockout', 'first'], 'is longer than bind.shield.lockout.most; swap them')];
}

/** What is allowed but probably not meant. */
export function bindDoubts(config: Parts): Finding[] {
  const { shield, memory, entra } = config?.bind ?? {};
  const findings: Finding[] = [];
  if ((shield?.account?.attempts ?? 0) >= smartLockoutAttempts) {
    const message = `lets more through than Entra's Smart Lockout (${smartLockoutAttempts}), so that wrong passwords lock people out of Entra`;
    findings.push(atKey(['bind', 'shield', 'account', 'attempts'], message));
  }
  if ((memory?.accepted ?? 0) > LONG_MEMORY_MS) {
    findings.push(atKey(['bind', 'memory', 'accepted'], 'is long: for that time an old password goes on working'));
  }
  if ((entra?.acceptProven ?? []).length > 0) {
    const message = 'lets people in without the second factor that the tenant demands of them';
    findings.push(atKey(['bind', 'entra', 'acceptProven'], message));
  }
  return findings;
}
