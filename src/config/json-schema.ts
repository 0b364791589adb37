import { z } from 'zod';
import { configSchema } from './schema.ts';
import { substitutionPattern } from './substitute.ts';

/** The JSON Schema (draft 2020-12) of the configuration file, for editors. The same bytes on every run. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      allowSubstitution(jsonSchema);
      // What is left out is put in from what the tenant has said: `base-dn.ts`.
      jsonSchema.required &&= jsonSchema.required.filter((key) => key !== 'directory' && key !== 'baseDn');
      // A section whose keys are all commented out is null.
      if (jsonSchema.type === 'object' && jsonSchema.default !== undefined) allowNull(jsonSchema);
      // zod leaves examples out where the input is transformed; ours are examples of the input.
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return `${JSON.stringify({ ...schema, title: 'entra-ldapd configuration' }, null, 2)}\n`;
}

function allowNull(node: z.core.JSONSchema.BaseSchema): void {
  Object.assign(node, { type: ['object', 'null'] });
}

/** Every value may come from `${env:NAME}` or `${file:PATH}`, also where a number, a flag or a word is meant. */
function allowSubstitution(node: z.core.JSONSchema.BaseSchema): void {
  // The node of a default and the node inside it are one and come here twice.
  if (typeof node.pattern === 'string' && !node.pattern.endsWith(substitutionPattern)) {
    node.pattern = `${node.pattern}|${substitutionPattern}`;
  }
  const keywords = ['type', 'enum', 'minimum', 'maximum'] as const;
  const isWord = node.enum !== undefined || node.type === 'integer' || node.type === 'boolean';
  if (!isWord) return;
  const own: z.core.JSONSchema.BaseSchema = {};
  for (const keyword of keywords) {
    if (node[keyword] === undefined) continue;
    Object.assign(own, { [keyword]: node[keyword] });
    delete node[keyword];
  }
  node.anyOf = [own, { type: 'string', pattern: substitutionPattern }];
}
