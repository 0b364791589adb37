import { fileURLToPath } from 'node:url';

import { RunningProgram } from '../../test/support/program.ts';
import { benchAccount, type BenchServer } from './bench-server.ts';
import { baseDn } from './tenant.ts';

/** Starts the ldapjs server on an export. It takes every password. */
export async function startLdapjs(ldif: string): Promise<BenchServer> {
  const script = fileURLToPath(new URL('./ldapjs-process.js', import.meta.url));
  const program = new RunningProgram(process.execPath, [script, ldif]);
  const [, port] = await program.waitFor(/^listening (\d+)$/m);
  return {
    name: 'ldapjs',
    host: '127.0.0.1',
    port: Number(port),
    tlsPort: 0,
    pid: program.pid,
    bindDn: `cn=${benchAccount.name},ou=services,${baseDn}`,
    password: benchAccount.password,
    [Symbol.asyncDispose]: async () => {
      await program.stop();
    },
  };
}
