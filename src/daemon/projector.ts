import type { Config } from '../config/config.ts';
import type { Schema } from '../directory/schema.ts';
import { Projector } from '../projection/projector.ts';
import { schemaOf } from '../projection/schema-additions.ts';
import type { Store } from '../store/store.ts';
import { resolveProjection } from './tenant.ts';

/** What turns records into entries by a configuration, and the schema of these entries. */
export function projectorOf(
  config: Config,
  store: Pick<Store, 'ledger' | 'tenant'>,
): { readonly projector: Projector; readonly schema: Schema } {
  const { projection } = resolveProjection(config, store);
  const { ledger } = store;
  const schema = schemaOf(projection);
  return { projector: new Projector(projection, schema, (objectId) => ledger.entry(objectId) !== undefined), schema };
}
