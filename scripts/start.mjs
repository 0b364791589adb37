// npm start: installs and compiles what is missing, then serves config/entra-ldapd.yaml, or the demo while there is none.
// Further arguments go to that command: `npm start -- --help`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, program, root } from './bootstrap.mjs';

bootstrap();

const config = 'config/entra-ldapd.yaml';
const command = existsSync(join(root, config)) ? ['serve', '--config', config] : ['demo'];
process.chdir(root);
process.argv = [process.argv[0], program, ...command, ...process.argv.slice(2)];

// In this very process, so that signals and the exit code reach whoever started us without anything in between.
await import(program);
