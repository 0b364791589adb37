import { AdminRefusal } from '../identity/admin.ts';
import { type ObjectId, parseObjectId } from '../identity/ids.ts';
import type {
  NewOneTimeCodes,
  OneTimeCodeAdmin,
  OneTimeCodeReport,
  OneTimeCodeRequest,
  OneTimeCodeStore,
  StoredOneTimeCodes,
} from '../identity/one-time-code.ts';
import { oneTimeCodesMade, oneTimeCodesRevoked } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { Turns } from '../timing/turns.ts';
import { CodeSeeds } from './code-seeds.ts';
import type { Keyring } from './keyring.ts';
import { idOf, idOfNamed, namedUser } from './named-user.ts';
import { otpauthUri } from './one-time-code.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** What {@link OneTimeCodes} is made of. */
export interface OneTimeCodesOptions {
  readonly store: OneTimeCodeStore;
  readonly keyring: Keyring;
  readonly users: UserLookup;
  /** What authenticator apps show beside the name. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A code that was shown and is right; exactly one of these is called when it is known what came of the bind. */
export interface ShownCode {
  /**
   * The bind was decided, so that the code is good no more; on disk when the promise resolves. False when the codes of the person were
   * ended meanwhile.
   */
  spend(address: string): Promise<boolean>;
  /** Nothing was decided, and the code is as good as before. */
  giveBack(): void;
}

const none: ReadonlySet<number> = new Set();

/** Whose codes have ended. */
type RevocationListener = (user: ObjectId) => void;

/** The one-time codes of all people: sets them up, ends them and checks them. */
export class OneTimeCodes implements OneTimeCodeAdmin {
  readonly #options: OneTimeCodesOptions;
  readonly #seeds: CodeSeeds;
  readonly #turns = new Turns();
  readonly #listeners = new Set<RevocationListener>();
  /** The steps of codes that were shown in binds that are under way. */
  readonly #shown = new Map<ObjectId, ReadonlySet<number>>();
  #window: number;

  /** `window` is how many steps of 30 seconds the clock of an authenticator may be off. */
  constructor(options: OneTimeCodesOptions, window: number) {
    this.#options = options;
    this.#seeds = new CodeSeeds(options.keyring, options.clock);
    this.#window = window;
  }

  /** From now on the clocks of authenticators may be off by so many steps. */
  use(window: number): void {
    this.#window = window;
  }

  /** Calls the listener when those of a user have ended: who is bound by one of them must not be any more. */
  onRevoked(listener: RevocationListener): void {
    this.#listeners.add(listener);
  }

  async create({ user: name, replace }: OneTimeCodeRequest): Promise<NewOneTimeCodes> {
    const { store, users, clock, log, issuer } = this.#options;
    const user = namedUser(users, name);
    const objectId = idOf(user);
    using seed = this.#seeds.make(objectId);
    const codes = { seed: seed.sealed, createdAtMs: clock.now(), lastStep: 0, lastUsedAtMs: null, lastUsedFrom: null };
    await this.#turns.take(async () => {
      const isThere = store.of(objectId) !== undefined;
      if (isThere && !replace) {
        throw new AdminRefusal(`${user.dn} has one-time codes already: --replace ends them and sets up others.`);
      }
      await store.put(objectId, codes);
      if (isThere) this.#tell(objectId);
    });
    oneTimeCodesMade(log, { account: objectId });
    const otpauth = otpauthUri({ issuer, account: user.userPrincipalName ?? user.dn, seed: seed.plain });
    return { objectId, dn: user.dn, otpauth };
  }

  async *list(): AsyncGenerator<OneTimeCodeReport, void, void> {
    for await (const block of this.#options.store.all()) {
      for (const [objectId, codes] of block) yield this.#report(objectId, codes);
    }
  }

  async revoke(name: string): Promise<OneTimeCodeReport> {
    const { store, users, log } = this.#options;
    const objectId = idOfNamed(users, name);
    const codes = await this.#turns.take(async () => {
      const kept = store.of(objectId);
      if (kept !== undefined) await store.put(objectId, undefined);
      return kept;
    });
    if (codes === undefined) {
      throw new AdminRefusal(
        `${JSON.stringify(name)} has no one-time codes: entra-ldapd one-time-code list shows who has.`,
      );
    }
    this.#tell(objectId);
    oneTimeCodesRevoked(log, { account: objectId });
    return this.#report(objectId, codes);
  }

  /** A code that a user has shown; why it is no good as a text. Throws `KeyringError` when that cannot be told. */
  show(user: BindUser, code: string): ShownCode | string {
    const objectId = parseObjectId(user.objectId);
    const codes = objectId && this.#options.store.of(objectId);
    if (objectId === undefined || codes === undefined) return 'a one-time code is demanded, and none are set up';
    const last = Math.max(codes.lastStep, ...this.#shownOf(objectId));
    const step = this.#seeds.stepOf(objectId, { seed: codes.seed, lastStep: last }, code, this.#window);
    if (step === undefined) return 'the one-time code is wrong, too old or used';
    this.#shown.set(objectId, new Set([...this.#shownOf(objectId), step]));
    const settle = (): void => this.#settle(objectId, step);
    return {
      giveBack: settle,
      spend: async (address) => {
        try {
          return await this.#turns.take(() => this.#spend(objectId, codes.seed, step, address));
        } finally {
          settle();
        }
      },
    };
  }

  /** Seals everything that is sealed under an older key with the newest one; answers how much that was. Throws `KeyringError`. */
  async reseal(): Promise<number> {
    const { store } = this.#options;
    let count = 0;
    for await (const block of store.all()) {
      for (const [objectId, { seed }] of block) if (!this.#seeds.isCurrent(seed)) count += await this.#reseal(objectId);
    }
    return count;
  }

  async #reseal(objectId: ObjectId): Promise<number> {
    const { store } = this.#options;
    return await this.#turns.take(async () => {
      const codes = store.of(objectId);
      if (codes === undefined) return 0;
      await store.put(objectId, { ...codes, seed: this.#seeds.reseal(objectId, codes.seed) });
      return 1;
    });
  }

  #shownOf(objectId: ObjectId): ReadonlySet<number> {
    return this.#shown.get(objectId) ?? none;
  }

  #settle(objectId: ObjectId, step: number): void {
    const others = new Set([...this.#shownOf(objectId)].filter((each) => each !== step));
    if (others.size === 0) this.#shown.delete(objectId);
    else this.#shown.set(objectId, others);
  }

  async #spend(objectId: ObjectId, seed: string, step: number, address: string): Promise<boolean> {
    const { store, clock } = this.#options;
    const codes = store.of(objectId);
    if (codes?.seed !== seed) return false;
    const lastStep = Math.max(codes.lastStep, step);
    await store.put(objectId, { ...codes, lastStep, lastUsedAtMs: clock.now(), lastUsedFrom: address });
    return true;
  }

  #tell(objectId: ObjectId): void {
    for (const listener of this.#listeners) listener(objectId);
  }

  #report(objectId: ObjectId, { seed: _seed, lastStep: _step, ...facts }: StoredOneTimeCodes): OneTimeCodeReport {
    const found = this.#options.users.byObjectId(objectId);
    return { ...facts, objectId, dn: found.kind === 'user' ? found.user.dn : null };
  }
}
