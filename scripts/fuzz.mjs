// npm run fuzz: compiles what is missing and fuzzes, by default each target for a minute.
//   npm run fuzz -- --target dn --seconds 600 --seed 1      one target, so long, with these choices
//   npm run fuzz -- --runs 10000                            so many executions of each target
//   npm run fuzz -- --target dn --replay FILE               one input, with the error that it raises
//   npm run fuzz -- --growth 5242880                        whether hostile inputs of 5 and 10 MiB take linear work
//   npm run fuzz -- --minimise --runs 1                     forgets inputs that others have made superfluous
import { join } from 'node:path';
import { bootstrap, root, run } from './bootstrap.mjs';

bootstrap();
process.exitCode = run(process.execPath, [join(root, 'dist/test/fuzz/main.js'), ...process.argv.slice(2)]);
