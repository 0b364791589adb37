import type { ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerSpace } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import type { Projector } from '../projection/projector.ts';
import type { SourceNumber } from '../projection/source-property.ts';
import { KeyedNodes } from './keyed-nodes.ts';

/** Why an object does not have the number that its property asks for. */
export type NotAdopted = 'not a number for users or groups' | 'given to another' | 'another was given before';

/** The answer to what number an object gets by its property. */
export type Adoption = { readonly number: number | undefined; readonly not?: NotAdopted };

/**
 * The numbers that objects without one ask for by a property. They are collected before any number is given, so that nobody
 * gets by chance what another asks for.
 */
export class NumberClaims {
  readonly #ledger: Ledger;
  readonly #space: LedgerSpace;
  readonly #isElsewhere: (number: number) => boolean;
  readonly #claims = new KeyedNodes();
  readonly #firstAsker = new Map<number, ObjectId>();

  constructor(ledger: Ledger, space: LedgerSpace, { settings: { users } }: Pick<Projector, 'settings'>) {
    const { kind, gidNumber } = users.primaryGroup;
    const other = space === 'user' ? 'group' : 'user';
    this.#ledger = ledger;
    this.#space = space;
    // The number of a user is that of a group too where each user has one.
    this.#isElsewhere = (number) =>
      (space === 'group' || kind === 'private') &&
      (number === gidNumber || (kind === 'private' && ledger.numberHolder(other, number) !== undefined));
  }

  add(record: MirrorRecord, wanted: SourceNumber): void {
    if (typeof wanted === 'number' && this.#ledger.entry(record.objectId) === undefined) {
      this.#claims.add(wanted, record.node);
    }
  }

  /** True for a number that a private group has, which no group of the tenant is given then. */
  isPrivate(number: number): boolean {
    return this.#space === 'group' && this.#isElsewhere(number);
  }

  /** The nodes that ask for a number that another node asks for too. */
  contested(): readonly NodeId[] {
    return this.#claims.shared();
  }

  /** Tells of the contested nodes one after the other; of those that ask for the same number the first gets it. */
  decide(objectId: ObjectId, wanted: SourceNumber): void {
    if (typeof wanted === 'number' && !this.#firstAsker.has(wanted)) this.#firstAsker.set(wanted, objectId);
  }

  /** True for a number that nobody is to get by chance: somebody asks for it, or it is a group's where users' are too. */
  isClaimed(number: number): boolean {
    return this.#claims.has(number) || this.#isElsewhere(number);
  }

  /** What an object gets of what it asks for. */
  adopt(objectId: ObjectId, wanted: SourceNumber): Adoption {
    if (wanted === undefined) return { number: undefined };
    if (wanted === 'unusable') return { number: undefined, not: 'not a number for users or groups' };
    const known = this.#ledger.entry(objectId);
    if (known?.number === wanted) return { number: wanted };
    const holder = this.#ledger.numberHolder(this.#space, wanted) ?? this.#firstAsker.get(wanted) ?? objectId;
    if (holder !== objectId || this.#isElsewhere(wanted)) return { number: undefined, not: 'given to another' };
    return known === undefined ? { number: wanted } : { number: undefined, not: 'another was given before' };
  }
}
