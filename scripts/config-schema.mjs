// Writes config/entra-ldapd.schema.json from the schema of the built program: npm run build && node scripts/config-schema.mjs
// The page docs/configuration.md is made of it: node scripts/config-reference.mjs
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/src/config/json-schema.js';

writeFileSync(new URL('../config/entra-ldapd.schema.json', import.meta.url), configJsonSchema());
