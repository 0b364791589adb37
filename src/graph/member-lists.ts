import type { DirectoryChange, MemberChange } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import { type BatchAnswer, type BatchRequest, batchRequestsMax } from './batch.ts';
import { decodeMember } from './decode-object.ts';
import { DecodeError } from './decode-properties.ts';
import type { GraphClient } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import type { OpenMembers } from './list-place.ts';
import { decodeListPage, type LinkedPage, type ListQuery, pageObjectsMax } from './listing.ts';

/** What lists of members are read with. */
export interface MemberListsOptions extends Pick<ListQuery, 'signal' | 'statistics'> {
  readonly client: GraphClient;
  readonly origin: string;
}

/** One page of each of several lists of members, and what is left of them. */
export interface MemberPages {
  readonly changes: readonly DirectoryChange[];
  readonly open: readonly OpenMembers[];
}

/** So many batches go out side by side: one alone would spend most of its time on the way. */
const batchesAtOnce = 4;

/** So many lists can be gone on with at once. */
export const memberListsMax = batchesAtOnce * batchRequestsMax;

const operation = 'groups/members';

/** The beginning of the list of the direct members of a group, with the type of each. */
export function membersFrom(origin: string, group: ObjectId): OpenMembers {
  const options = { $select: 'id', $top: String(pageObjectsMax) };
  return { group, url: graphUrl(origin, ['groups', group, 'members'], options) };
}

/**
 * Reads a page of each of these lists, at most {@link memberListsMax}, in batches. All or nothing: throws {@link SourceError}
 * when one of them cannot be had, for a list that was cut short would look like members who have left. A group that does not
 * exist any more is told as removed.
 */
export async function readMembers(options: MemberListsOptions, lists: readonly OpenMembers[]): Promise<MemberPages> {
  const answers = await ask(
    options,
    lists.map(({ url }) => ({ url })),
  );
  const changes: DirectoryChange[] = [];
  const open: OpenMembers[] = [];
  const missing: { readonly group: ObjectId; readonly error: SourceError }[] = [];
  for (const [index, { group }] of lists.entries()) {
    const answer = answers[index];
    if (answer === undefined) throw new TypeError('a list of members has no answer');
    if ('body' in answer) {
      const page = decodeListPage(answer.body, operation, options.origin);
      changes.push({ kind: 'group', id: group, properties: {}, members: membersOf(page) });
      if (page.next !== undefined) open.push({ group, url: page.next });
    } else if (answer.error.code === 'notFound') missing.push({ group, error: answer.error });
    else throw answer.error;
  }
  await assertGone(options, missing);
  const gone = missing.map(({ group }): DirectoryChange => ({ kind: 'removed', id: group, reason: 'changed' }));
  return { changes: [...changes, ...gone], open };
}

function membersOf({ value }: LinkedPage): readonly MemberChange[] {
  try {
    return value.map((element) => decodeMember(element));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new SourceError('protocol', `A page of ${operation} cannot be read: ${error.message}`, {}, { cause: error });
  }
}

// One replica of Entra may not know a group yet, or not any more. What another request also does not find is gone.
async function assertGone(
  options: MemberListsOptions,
  missing: readonly { readonly group: ObjectId; readonly error: SourceError }[],
): Promise<void> {
  const requests = missing.map(({ group }) => ({
    url: graphUrl(options.origin, ['groups', group], { $select: 'id' }),
  }));
  const answers = await ask(options, requests);
  for (const [index, { error }] of missing.entries()) {
    const answer = answers[index];
    if (answer !== undefined && 'error' in answer && answer.error.code === 'notFound') continue;
    if (answer !== undefined && 'error' in answer) throw answer.error;
    throw new SourceError(
      'unavailable',
      'Microsoft Graph does not find the members of a group that exists',
      error.details,
    );
  }
}

async function ask(
  { client, signal, statistics }: MemberListsOptions,
  requests: readonly BatchRequest[],
): Promise<readonly BatchAnswer[]> {
  const batches: Promise<readonly BatchAnswer[]>[] = [];
  for (let at = 0; at < requests.length; at += batchRequestsMax) {
    const some = requests.slice(at, at + batchRequestsMax);
    batches.push(client.batch({ operation, requests: some, signal, statistics }));
  }
  return (await Promise.all(batches)).flat();
}
