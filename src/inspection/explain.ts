import { entryDn } from '../directory/entry-codec.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type {
  BindReport,
  ExplainAnswer,
  Explanation,
  ExplainRequest,
  NameReport,
  NumberReport,
  ObjectRow,
  RuleReport,
} from '../identity/inspection.ts';
import type { LedgerSpace } from '../identity/ledger.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import type { OverlayFinding } from '../identity/overlay.ts';
import { nameKey } from '../projection/naming.ts';
import type { Standing } from '../projection/policy.ts';
import type { Admitted } from '../projection/projector.ts';
import { applyRules, groupRules, userRules } from '../projection/rules.ts';
import { text } from '../projection/values.ts';
import type { PrimaryFinder } from '../sync/primary-groups.ts';
import { nameClash, numberRefusal } from './clashes.ts';
import {
  type InspectionContext,
  listPace,
  type Published,
  personFinders,
  sourceReport,
  supersededAccounts,
  withPublished,
} from './context.ts';
import { findObjects } from './find.ts';
import { groupsAround, groupsWithin, membersReport } from './memberships.ts';
import { objectRow, removedRow } from './object-row.ts';
import { primaryGroupReport } from './primary-group.ts';

/** Why a user or a group is visible, locked, absent or named so (P9). */
export function explain(context: InspectionContext, request: ExplainRequest): Promise<ExplainAnswer> {
  return withPublished(context, async (reader, published): Promise<ExplainAnswer> => {
    const { kind } = request;
    const nodes = await findObjects(context, request, reader);
    const { standings, primaries } = await personFinders(context);
    const superseded = kind === 'user' ? await supersededAccounts(context, listPace()) : new Map<NodeId, unknown>();
    const standing = async (node: NodeId): Promise<Standing> => {
      if (kind === 'group') return 'active';
      return superseded.has(node) ? 'duplicate' : await standings.of(node);
    };
    const subjects: Subject[] = [];
    for (const node of nodes) {
      const subject = subjectOf(context, kind, node, await standing(node), published);
      if (subject !== undefined) subjects.push(subject);
    }
    const [first] = subjects;
    if (first === undefined) {
      return { found: 'none', source: sourceReport(context), overlayFindings: findingsAbout(context, [request.name]) };
    }
    if (subjects.length > 1) return { found: 'several', candidates: subjects.map(({ row }) => row) };
    return { found: 'one', explanation: await explanationOf(context, first, reader, published, primaries) };
  });
}

interface Subject {
  readonly kind: LedgerSpace;
  readonly node: NodeId;
  readonly objectId: ObjectId;
  readonly record: MirrorRecord | undefined;
  readonly standing: Standing;
  readonly row: ObjectRow;
}

function subjectOf(
  context: InspectionContext,
  kind: LedgerSpace,
  node: NodeId,
  standing: Standing,
  published: Published,
): Subject | undefined {
  const record = context.mirror.record(node);
  if (record !== undefined) {
    const { objectId } = record;
    return { kind, node, objectId, record, standing, row: objectRow(context, kind, record, standing, published) };
  }
  const gone = context.mirror.removed(node);
  if (gone === undefined) return undefined;
  const { objectId } = gone;
  return { kind, node, objectId, record, standing, row: removedRow(context, kind, gone, published) };
}

async function explanationOf(
  context: InspectionContext,
  subject: Subject,
  reader: DirectoryReader | undefined,
  published: Published,
  primaries: PrimaryFinder,
): Promise<Explanation> {
  const { kind, node, record, row } = subject;
  const around = await groupsAround(context, published, node);
  const within = kind === 'group' ? await groupsWithin(context, published, node) : undefined;
  const gone = context.mirror.removed(node);
  const stored = published.entry(node);
  return {
    kind,
    objectId: row.objectId,
    state: row.state,
    reason: row.reason,
    source: sourceReport(context),
    dn: stored === undefined ? null : entryDn(stored),
    origin: row.origin,
    overlay: record?.overlay?.parts ?? [],
    overlayFindings: findingsAbout(context, [
      row.objectId,
      row.name,
      row.userPrincipalName,
      kind === 'group' ? row.displayName : null,
    ]),
    record: record?.properties ?? null,
    removal: gone === undefined ? null : { reason: gone.reason, atMs: gone.atMs ?? null },
    rules: record === undefined ? [] : rulesOf(context, kind, record, subject.standing),
    ...namesOf(context, subject),
    primaryGroup: kind === 'user' && stored !== undefined ? await primaryGroupReport(context, primaries, record) : null,
    memberOf: around.groups,
    members: within === undefined ? null : await membersReport(context, reader, node, within.groups),
    isShortened: around.isShortened || within?.isShortened === true,
    bind: kind === 'user' ? bindOf(context, subject) : null,
  };
}

/** What overlay files say of these names that does not do what it seems to. */
function findingsAbout(
  { overlayFindings }: InspectionContext,
  names: readonly (string | null)[],
): readonly OverlayFinding[] {
  const keys = new Set(names.flatMap((name) => (name === null ? [] : [nameKey(name)])));
  return overlayFindings.filter(({ name }) => keys.has(nameKey(name)));
}

function rulesOf(
  { projector }: InspectionContext,
  kind: LedgerSpace,
  record: MirrorRecord,
  standing: Standing,
): readonly RuleReport[] {
  const rules = kind === 'user' ? userRules : groupRules;
  return applyRules(rules, projector.factsOf(record, standing)).map(({ rule, verdict }) => ({
    title: rule.title,
    setting: rule.setting ?? null,
    verdict: verdict.kind,
    reason: verdict.kind === 'passed' ? null : verdict.reason,
  }));
}

function namesOf(
  context: InspectionContext,
  { kind, objectId, record, row, standing }: Subject,
): { readonly name: NameReport; readonly number: NumberReport | null } {
  const { ledger, projector } = context;
  const answer = record && (kind === 'user' ? projector.admitUser(record, standing) : projector.admitGroup(record));
  const admitted: Admitted | undefined = answer?.kind === 'admitted' ? answer : undefined;
  const given = ledger.entry(objectId);
  const origin = ledger.origin(objectId);
  return {
    name: {
      wanted: admitted?.names[0] ?? null,
      given: row.name,
      sinceMs: origin?.nameAtMs ?? null,
      clash: (record && admitted && given && nameClash(context, kind, record, admitted.names, given)) ?? null,
    },
    number:
      given === undefined
        ? null
        : {
            attribute: kind === 'user' ? 'uidNumber' : 'gidNumber',
            number: given.number,
            origin: origin?.origin ?? null,
            sinceMs: origin?.numberAtMs ?? null,
            notAdopted: (record && admitted && numberRefusal(context, kind, record, admitted)) ?? null,
          },
  };
}

function bindOf({ isEntraAsked, hasLocalPassword }: InspectionContext, { record, row }: Subject): BindReport {
  const refused = (explanation: string): BindReport => ({ isPossible: false, explanation });
  if (row.state === 'locked')
    return refused(`refused, because the account is locked (${row.reason ?? 'as published'})`);
  if (row.state !== 'shown') return refused('refused, because only people with an entry can bind');
  if (record?.overlay?.isLocal === true) {
    return hasLocalPassword(record.objectId)
      ? { isPossible: true, explanation: 'the overlay has the password; Entra is not asked' }
      : refused('refused, because the overlay has no password for the user (passwordHash)');
  }
  if (record !== undefined && text(record.properties, 'userType')?.toLowerCase() === 'guest') {
    return refused('refused, because only the home tenant of a guest can check the password');
  }
  if (!isEntraAsked) return refused('refused, because no passwords of people are checked (bind.entra.enabled)');
  return { isPossible: true, explanation: 'Entra checks the password (bind.entra)' };
}
