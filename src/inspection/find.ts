import { normalizeDn, parseDn } from '../directory/dn.ts';
import { indexKey } from '../directory/index-key.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { ExplainRequest } from '../identity/inspection.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { nameKey } from '../projection/naming.ts';
import { text } from '../projection/values.ts';
import { type InspectionContext, listPace } from './context.ts';

/** So many candidates are told of; whoever has more has to be named more closely. */
export const candidatesMax = 16;

/** Properties by which an object is found, beside the name that it was given. */
const searched = {
  user: ['userPrincipalName', 'mail', 'mailNickname', 'onPremisesSamAccountName', 'displayName'],
  group: ['displayName', 'mail', 'mailNickname'],
} as const;

/** The attributes of these that have an index. */
const indexed = { user: ['userPrincipalName', 'mail', 'displayName'], group: ['displayName', 'mail'] } as const;

/**
 * The objects that answer to an object id, a DN, a name, a user principal name or a mail address. What was ever given the name
 * comes first, then what is published, and only then is everything looked through.
 */
export async function findObjects(
  context: InspectionContext,
  { kind, name }: ExplainRequest,
  reader: DirectoryReader | undefined,
): Promise<readonly NodeId[]> {
  const { mirror, ledger } = context;
  const isOfKind = (node: NodeId | undefined): node is NodeId => node !== undefined && nodeKind(node) === kind;
  const objectId = parseObjectId(name);
  if (objectId !== undefined) return [mirror.nodeOf(objectId)].filter(isOfKind);
  const dn = normalizeDn(name);
  const entryId = dn === undefined ? undefined : reader?.findDn(dn);
  if (isOfKind(entryId) && mirror.record(entryId) !== undefined) return [entryId];
  const plain = plainName(name);
  const holder = ledger.nameHolder(kind, nameKey(plain));
  const held = holder === undefined ? undefined : mirror.nodeOf(holder);
  if (isOfKind(held)) return [held];
  const published = publishedAs(context, kind, plain, reader).filter(isOfKind);
  return published.length > 0 ? published : lookThrough(context, kind, plain);
}

/** The name in a DN or behind a domain (`CONTOSO\alice`). */
function plainName(name: string): string {
  const rdn = parseDn(name)?.[0]?.[0];
  return rdn?.value ?? /^[^\\]+\\(.+)$/.exec(name)?.[1] ?? name.trim();
}

function publishedAs(
  { schema, mirror }: InspectionContext,
  kind: 'user' | 'group',
  name: string,
  reader: DirectoryReader | undefined,
): readonly NodeId[] {
  const found = new Set<NodeId>();
  for (const attribute of indexed[kind]) {
    const key = indexKey(schema, attribute, name);
    for (const block of key === undefined ? [] : (reader?.postings(attribute.toLowerCase(), key)?.blocks() ?? [])) {
      for (const node of block) {
        const record = mirror.record(node);
        if (found.size < candidatesMax && record !== undefined && answersTo(record, kind, name)) found.add(node);
      }
    }
  }
  return [...found];
}

async function lookThrough(
  { mirror }: InspectionContext,
  kind: 'user' | 'group',
  name: string,
): Promise<readonly NodeId[]> {
  const found: NodeId[] = [];
  const pace = listPace();
  for await (const block of mirror.records(kind === 'user' ? 'users' : 'groups')) {
    for (const record of block) {
      if (answersTo(record, kind, name)) found.push(record.node);
      if (found.length >= candidatesMax) return found;
      if (pace.due) await pace.pause();
    }
  }
  return found;
}

function answersTo({ properties }: MirrorRecord, kind: 'user' | 'group', name: string): boolean {
  const wanted = nameKey(name);
  return searched[kind].some((property) => {
    const value = text(properties, property);
    if (value === undefined) return false;
    const isLocalPart = property === 'userPrincipalName' && nameKey(value.split('@', 1)[0] ?? '') === wanted;
    return isLocalPart || nameKey(value) === wanted;
  });
}
