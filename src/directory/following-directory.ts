import type { Directory } from './directory-port.ts';
import type { Schema } from './schema.ts';

/**
 * A directory whose schema may become another one while it is used: each operation begins under the schema of the moment, and ends
 * under it. `open` makes the directory of one schema.
 */
export function followSchema(schemaNow: () => Schema, open: (schema: Schema) => Directory): Directory {
  let schema = schemaNow();
  let directory = open(schema);
  const current = (): Directory => {
    const now = schemaNow();
    if (now !== schema) {
      schema = now;
      directory = open(now);
    }
    return directory;
  };
  return {
    search: (request, who) => current().search(request, who),
    content: (request, who, known) => current().content(request, who, known),
    onPublished: (listener) => current().onPublished(listener),
    compare: (dn, attribute, value, who, condition) => current().compare(dn, attribute, value, who, condition),
  };
}
