// npm run bench: compiles what is missing, then measures. Arguments go to the benchmark; see `npm run bench -- --help`.
import { join } from 'node:path';
import { bootstrap, root, run } from './bootstrap.mjs';
import { installDebianPackages } from './debian-packages.mjs';

bootstrap();
// Synchronizing is measured alone.
if (process.argv[2] !== 'sync') installDebianPackages(['slapd']);
process.exitCode = run(process.execPath, [join(root, 'dist/bench/main.js'), ...process.argv.slice(2)]);
