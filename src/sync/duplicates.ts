/** Finds cloud accounts whose person has a synchronized one too. */
import type { MirrorReader, MirrorRecord } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import { canBeDuplicate, type DuplicateSign, personKeys } from '../projection/duplicates.ts';
import { accountType } from '../projection/kinds.ts';
import type { StandingOf } from '../projection/policy.ts';
import type { Projector } from '../projection/projector.ts';
import type { Pace } from './assignments.ts';

/** The synchronized account of the same person, and what told. */
export interface Duplicate {
  readonly of: NodeId;
  readonly sign: DuplicateSign;
}

/** What duplicates are looked for in. */
export interface DuplicatesInput {
  readonly mirror: Pick<MirrorReader, 'records'>;
  readonly projector: Projector;
  readonly pace: Pace;
}

/**
 * Every cloud account, by node, whose person has a synchronized one that would be shown. Looks at every user, and remembers the
 * signs of those made in Entra, for in hybrid tenants they are few.
 */
export async function findDuplicates(input: DuplicatesInput): Promise<ReadonlyMap<NodeId, Duplicate>> {
  const byKey = new Map<string, NodeId[]>();
  await eachUser(input, 'cloud', ({ node, properties }) => {
    for (const { key } of personKeys(properties)) {
      const nodes = byKey.get(key);
      if (nodes === undefined) byKey.set(key, [node]);
      else nodes.push(node);
    }
  });
  const found = new Map<NodeId, Duplicate>();
  await eachUser(input, 'synchronized', (record) => {
    for (const { key, sign } of personKeys(record.properties)) {
      for (const node of byKey.get(key) ?? []) {
        if (!found.has(node) && input.projector.admitUser(record, 'active').kind === 'admitted') {
          found.set(node, { of: record.node, sign });
        }
      }
    }
  });
  return found;
}

/** Cloud accounts of whom a new finding may say something else than the one before it, which nobody has kept. */
export async function doubtfulNodes(
  { mirror, projector, pace }: DuplicatesInput,
  duplicates: ReadonlyMap<NodeId, Duplicate>,
  isShown: (node: NodeId) => boolean,
): Promise<readonly NodeId[]> {
  const nodes: NodeId[] = [];
  await eachUser({ mirror, projector, pace }, 'cloud', (record) => {
    const shown = isShown(record.node);
    // Who is shown and a duplicate has to go; who is neither, and nothing else is against, has to come.
    if (shown === duplicates.has(record.node) && (shown || projector.admitUser(record, 'active').kind === 'admitted')) {
      nodes.push(record.node);
    }
  });
  return nodes;
}

/** The standing of users with that of duplicates. */
export function withDuplicates(standingOf: StandingOf, duplicates: ReadonlyMap<NodeId, unknown>): StandingOf {
  return (user) => (duplicates.has(user) ? 'duplicate' : standingOf(user));
}

async function eachUser(
  { mirror, pace }: DuplicatesInput,
  type: ReturnType<typeof accountType>,
  visit: (record: MirrorRecord) => void,
): Promise<void> {
  for await (const block of mirror.records('users')) {
    for (const record of block) {
      const { properties, outOfScope } = record;
      if (outOfScope !== true && accountType(properties) === type && canBeDuplicate(properties)) visit(record);
      if (pace.due) await pace.pause();
    }
  }
}
