import type { IdRow } from '../identity/inspection.ts';
import type { StoredLedger } from '../identity/ledger.ts';
import { nameKey } from '../projection/naming.ts';
import { listPace } from './context.ts';

/** Every name that was ever given, with the number of its object: of objects that are gone too, for nothing of it is given again. */
export async function* listIds(ledger: StoredLedger): AsyncGenerator<IdRow, void, void> {
  const pace = listPace();
  for await (const block of ledger.names()) {
    for (const { space, nameKey: key, objectId } of block) {
      const entry = ledger.entry(objectId);
      if (entry === undefined) continue;
      const isCurrent = nameKey(entry.name) === key;
      yield {
        objectId,
        kind: space,
        use: isCurrent ? 'current' : 'former',
        name: isCurrent ? entry.name : key,
        number: entry.number,
      };
      if (pace.due) await pace.pause();
    }
  }
}
