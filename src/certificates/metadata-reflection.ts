/**
 * The three functions of the metadata reflection proposal that tsyringe 4.10 looks for. `@peculiar/x509` 2.2 brings tsyringe,
 * which refuses to load without them; its classes take no parameters, so nothing more is ever asked. Importing this file
 * puts them on `Reflect` unless a fuller implementation is there.
 */
type MetadataKey = string | symbol;

const metadata = new WeakMap<object, Map<MetadataKey, unknown>>();

function getOwnMetadata(key: MetadataKey, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function getMetadata(key: MetadataKey, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (metadata.get(at)?.has(key) === true) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: MetadataKey, value: unknown, target: object): void {
  const entries = metadata.get(target) ?? new Map<MetadataKey, unknown>();
  metadata.set(target, entries.set(key, value));
}

for (const [name, value] of Object.entries({ getMetadata, getOwnMetadata, defineMetadata })) {
  if (!Reflect.has(Reflect, name)) Object.defineProperty(Reflect, name, { value, configurable: true, writable: true });
}
