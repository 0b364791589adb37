import { programFile, RunningProgram } from '../../test/support/program.ts';
import { benchAccount, type BenchServer } from './bench-server.ts';
import { baseDn, type BenchFolder } from './tenant.ts';

/** Starts our daemon on the store that a first sync has filled; with a folder, it writes a profile of its work there. */
export async function startEntraLdapd(
  folder: BenchFolder,
  profiles?: string,
  name: 'ours' | 'workers' = 'ours',
): Promise<BenchServer> {
  const profiling = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
  const args = [...profiling, programFile, 'serve', '--config', folder.configFile];
  const program = new RunningProgram(process.execPath, args);
  const [, port] = await program.waitFor(/ldap\.server\.listening .*port=(\d+) tls=false/);
  const [, tlsPort] = await program.waitFor(/ldap\.server\.listening .*port=(\d+) tls=true/);
  return {
    name,
    host: '127.0.0.1',
    port: Number(port),
    tlsPort: Number(tlsPort),
    pid: program.pid,
    bindDn: `cn=${benchAccount.name},ou=services,${baseDn}`,
    password: benchAccount.password,
    [Symbol.asyncDispose]: async () => {
      await program.stop();
    },
  };
}
