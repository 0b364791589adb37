import { createHash } from 'node:crypto';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { SIGN_IN_CODES } from '../tenant/sign-in.ts';
import { AADSTS } from './aadsts.ts';

/** Smart Lockout: after `threshold` different wrong passwords an account is locked for `durationMs`. */
export interface SmartLockout {
  readonly threshold: number;
  readonly durationMs: number;
}

interface Failures {
  count: number;
  lockedUntilMs: number;
  recent: string[];
}

/** Repetitions of the last three wrong passwords do not count towards the lockout, as Microsoft documents it. */
const REMEMBERED_HASHES = 3;

/** Decides what a password sign-in ends with. Keeps the lockout state of accounts. */
export class PasswordGate {
  readonly #tenant: TenantModel;
  readonly #lockout: SmartLockout;
  readonly #failures = new Map<number, Failures>();

  constructor(tenant: TenantModel, lockout: SmartLockout) {
    this.#tenant = tenant;
    this.#lockout = lockout;
  }

  /** The AADSTS code of a sign-in, 0 for success. The user name is compared without regard to letter case. */
  check(principalName: string, password: string, atMs: number): number {
    const user = this.#tenant.userNamed(principalName.trim());
    if (user === -1) return this.#unknownName(principalName);
    const { signIn, password: right } = this.#tenant.account(user);
    const code = SIGN_IN_CODES[signIn];
    if (code !== 0 && AADSTS.get(code)?.provesPassword !== true) return code;
    if (this.#tenant.users.record(user)['accountEnabled'] === false) return 50057;
    if ((this.#failures.get(user)?.lockedUntilMs ?? 0) > atMs) return 50053;
    if (right === undefined) return 50056;
    // The password grant has no way to sign in with a password that begins or ends with a space.
    if (password !== right || password !== password.trim()) return this.#fail(user, password, atMs);
    this.#failures.delete(user);
    return code;
  }

  /** Ends every lockout and forgets the wrong passwords. */
  reset(): void {
    this.#failures.clear();
  }

  #unknownName(principalName: string): number {
    const at = principalName.lastIndexOf('@');
    if (at === -1) return 50034;
    const domain = principalName
      .slice(at + 1)
      .trim()
      .toLowerCase();
    return this.#tenant.facts.domains.some((known) => known.name === domain) ? 50034 : 50128;
  }

  #fail(user: number, password: string, atMs: number): number {
    const hash = createHash('sha256').update(password).digest('base64');
    const failures = this.#failures.get(user) ?? { count: 0, lockedUntilMs: 0, recent: [] };
    this.#failures.set(user, failures);
    if (failures.recent.includes(hash)) return 50126;
    failures.recent = [hash, ...failures.recent].slice(0, REMEMBERED_HASHES);
    failures.count += 1;
    if (failures.count >= this.#lockout.threshold) {
      failures.lockedUntilMs = atMs + this.#lockout.durationMs;
      failures.count = 0;
    }
    return 50126;
  }
}
