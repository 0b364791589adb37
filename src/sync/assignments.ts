import type { ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerEntry } from '../identity/ledger.ts';
import type { MirrorReader, MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { matchKeys } from '../projection/match-keys.ts';
import { assign, type Supply } from '../projection/naming.ts';
import type { StandingOf } from '../projection/policy.ts';
import type { Admitted, Projector } from '../projection/projector.ts';
import { instant, text } from '../projection/values.ts';
import { NameClaims } from './name-clashes.ts';
import { type NotAdopted, NumberClaims } from './number-claims.ts';

type Kind = 'user' | 'group';

/** Objects whose contested names are remembered until they are asked for; of others the ledger is asked again. */
const settledMax = 100_000;

/** Lets others run now and then. */
export interface Pace {
  readonly due: boolean;
  pause(): Promise<void>;
}

interface AssignmentsInput {
  readonly mirror: MirrorReader;
  readonly ledger: Ledger;
  readonly projector: Projector;
  /** The time of the publish, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Asked for each user whose name and number are looked at. */
  readonly standingOf: StandingOf;
}

/**
 * Who gets which name and number in one publish. Contested ones are settled first, in an order that does not depend on the
 * order of arrival; everybody else may then be served in any order.
 */
export class Assignments {
  readonly #input: AssignmentsInput;
  readonly #numbers: Readonly<Record<Kind, NumberClaims>>;
  readonly #supplies: Readonly<Record<Kind, Supply>>;
  /** What those were given who asked for the same as others. */
  readonly #settled = new Map<ObjectId, LedgerEntry>();

  constructor(input: AssignmentsInput) {
    const { ledger, projector } = input;
    this.#input = input;
    this.#numbers = {
      user: new NumberClaims(ledger, 'user', projector),
      group: new NumberClaims(ledger, 'group', projector),
    };
    this.#supplies = { user: this.#supply('user'), group: this.#supply('group') };
  }

  /** Gives contested names, and settles who adopts contested numbers; among these nodes, or among all. */
  async settle(kind: Kind, pace: Pace, nodes?: Uint32Array): Promise<void> {
    const names = new NameClaims(this.#input.ledger);
    const numbers = this.#numbers[kind];
    const claim = (record: MirrorRecord): void => {
      const admitted = this.#admitted(kind, record);
      if (admitted === undefined) return;
      names.add(record, admitted.names);
      numbers.add(record, admitted.number);
    };
    for await (const block of this.#records(kind, nodes)) {
      for (const record of block) {
        claim(record);
        if (pace.due) await pace.pause();
      }
    }
    await this.#eachByAge(kind, numbers.contested(), pace, ({ objectId }, { number }) =>
      numbers.decide(objectId, number),
    );
    await this.#eachByAge(kind, names.contested(), pace, (record, admitted) => {
      const given = this.give(kind, record, admitted);
      if (this.#settled.size < settledMax) this.#settled.set(record.objectId, given);
    });
  }

  /** The name and number of an object, new ones when it has none. */
  give(kind: Kind, { objectId, overlay, properties }: MirrorRecord, { names, number }: Admitted): LedgerEntry {
    const settled = this.#settled.get(objectId);
    if (settled !== undefined) return settled;
    const adopted = this.#numbers[kind].adopt(objectId, number).number;
    return assign(
      this.#input.ledger,
      this.#supplies[kind],
      objectId,
      names,
      adopted,
      overlay?.formerly,
      matchKeys(properties),
    );
  }

  /** Why an object does not get the number that its property asks for; undefined when it does, or asks for none. */
  notAdopted(kind: Kind, { objectId }: MirrorRecord, { number }: Admitted): NotAdopted | undefined {
    return this.#numbers[kind].adopt(objectId, number).not;
  }

  async *#records(kind: Kind, nodes: Uint32Array | undefined): AsyncGenerator<readonly MirrorRecord[], void, void> {
    const { mirror } = this.#input;
    if (nodes === undefined) {
      yield* mirror.records(kind === 'user' ? 'users' : 'groups');
      return;
    }
    for (const node of nodes) {
      const record = nodeKind(node) === kind ? mirror.record(node) : undefined;
      if (record !== undefined) yield [record];
    }
  }

  /** Visits nodes, the oldest object first and then the smaller object id. */
  async #eachByAge(
    kind: Kind,
    nodes: readonly NodeId[],
    pace: Pace,
    visit: (record: MirrorRecord, admitted: Admitted) => void,
  ): Promise<void> {
    const { mirror } = this.#input;
    const found: { readonly node: NodeId; readonly objectId: string; readonly createdAtMs: number }[] = [];
    for (const node of nodes) {
      const record = mirror.record(node);
      if (record !== undefined) found.push({ node, objectId: record.objectId, createdAtMs: createdAt(record) });
      if (pace.due) await pace.pause();
    }
    found.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.objectId < b.objectId ? -1 : 1));
    for (const { node } of found) {
      const record = mirror.record(node);
      const admitted = record === undefined ? undefined : this.#admitted(kind, record);
      if (record !== undefined && admitted !== undefined) visit(record, admitted);
      if (pace.due) await pace.pause();
    }
  }

  #admitted(kind: Kind, record: MirrorRecord): Admitted | undefined {
    const { projector, standingOf } = this.#input;
    const answer =
      kind === 'user' ? projector.admitUser(record, standingOf(record.node)) : projector.admitGroup(record);
    return answer.kind === 'admitted' ? answer : undefined;
  }

  #supply(kind: Kind): Supply {
    const { settings, reservedForGroups } = this.#input.projector;
    return {
      space: kind,
      range: kind === 'user' ? settings.users.uidNumbers : settings.groups.gidNumbers,
      nowMs: this.#input.nowMs,
      reserved: kind === 'user' ? { nameKey: undefined, number: undefined } : reservedForGroups,
      isClaimed: (number) => this.#numbers[kind].isClaimed(number),
      isPrivate: (number) => this.#numbers[kind].isPrivate(number),
    };
  }
}

function createdAt({ properties }: MirrorRecord): number {
  return instant(text(properties, 'createdDateTime')) ?? Number.MAX_SAFE_INTEGER;
}
