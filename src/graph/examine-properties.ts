import type { Collection } from '../identity/change.ts';
import type { Finding } from '../identity/examination.ts';
import { SourceError } from '../identity/source-error.ts';
import type { GraphClient } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import { selectionRefusal } from './selection-refusal.ts';
import { listOptions, selectionOf } from './selection.ts';

/** Whose properties are examined, and how. */
export interface PropertiesExaminer {
  readonly client: GraphClient;
  readonly origin: string;
  readonly collection: Collection;
  readonly properties: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Whether Microsoft Graph knows all properties that are to be read, asked of one object: a directory extension or a schema
 * extension whose name is wrong fails a whole round.
 */
export async function examineProperties(examiner: PropertiesExaminer): Promise<Finding> {
  const { client, origin, collection, properties, signal } = examiner;
  const row = { id: `properties.${collection}`, subject: `Properties of ${collection}` };
  const selection = selectionOf(collection, properties);
  const { $select, ...options } = listOptions(selection);
  const selected = [$select, ...selection.untracked.map(({ name }) => name)].join(',');
  const url = graphUrl(origin, [collection], { ...options, $select: selected, $top: '1' });
  const statistics = { retries: 0, throttledMs: 0 };
  try {
    await client.get({ url, operation: collection, signal, statistics, priority: 'normal', quotesRefusal: true });
    return { ...row, verdict: 'good', finding: 'Microsoft Graph knows all that are used', fix: null };
  } catch (error) {
    const refusal = selectionRefusal(error, selection);
    if (!(refusal instanceof SourceError) || refusal.code === 'aborted') throw refusal;
    const fix = `Correct its name where the configuration has it, under ${collection}.attributes or elsewhere, or remove the line.`;
    const other = 'Try again in some minutes; if it stays, look at https://status.cloud.microsoft.';
    return { ...row, verdict: 'bad', finding: refusal.message, fix: refusal.code === 'badRequest' ? fix : other };
  }
}
