import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { PrivateMachine, place } from './private-machine.ts';
import type { Ended, RunningProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The directory that a {@link SambaServer} asks, and the accounts of the machine, which another service would bring. */
export interface SambaDirectory {
  readonly url: string;
  readonly base: string;
  /** The service account that it searches as. */
  readonly account: string;
  readonly password: string;
  /** NetBIOS name. */
  readonly name: string;
  readonly users: readonly { readonly name: string; readonly uid: number; readonly gid: number }[];
}

/** A standalone Samba server whose users come from LDAP, with one share. The configuration is the one of docs/samba.md. */
export class SambaServer implements AsyncDisposable {
  readonly #machine: PrivateMachine;
  readonly #folder: Disposable & { readonly path: string };
  readonly #port: number;
  #smbd: RunningProgram | undefined;

  private constructor(machine: PrivateMachine, folder: Disposable & { readonly path: string }, port: number) {
    this.#machine = machine;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(directory: SambaDirectory): Promise<SambaServer> {
    const folder = temporaryFolder();
    const own = (name: string): string => join(folder.path, name);
    const port = await freePort();
    for (const name of ['private', 'share', 'run']) mkdirSync(own(name));
    // Who signs in works there with the rights of the own account.
    chmodSync(folder.path, 0o711);
    chmodSync(own('share'), 0o777);
    place(folder.path, 'smb.conf', configuration(folder.path, port, directory));
    const users = directory.users.map(({ name, uid, gid }) => `${name}:x:${uid}:${gid}::/nonexistent:/bin/sh`);
    const system = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65534::/nonexistent:/bin/sh'];
    const machine = await PrivateMachine.start({
      '/etc/passwd': place(folder.path, 'passwd', `${[...system, ...users].join('\n')}\n`),
      '/etc/nsswitch.conf': place(folder.path, 'nsswitch.conf', 'passwd: files\ngroup: files\n'),
      '/run': own('run'),
    });
    const server = new SambaServer(machine, folder, port);
    try {
      await server.run('smbpasswd', '-c', own('smb.conf'), '-w', directory.password);
      // A socket as its input it would take for its only client.
      const smbd = `exec smbd --foreground --debug-stdout --configfile=${own('smb.conf')} </dev/null`;
      server.#smbd = machine.start('sh', ['-c', smbd]);
      await eventually(
        () => server.share('nobody', '', 'exit'),
        ({ stderr }) => !stderr.includes('NT_STATUS_CONNECTION_REFUSED'),
      );
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lists what Samba knows of a user, the NT hash included. */
  account(user: string): Promise<Ended> {
    return this.run('pdbedit', `--configfile=${join(this.#folder.path, 'smb.conf')}`, '-L', '-v', '-w', user);
  }

  /** Signs in to the share and does something there. */
  share(user: string, password: string, command: string): Promise<Ended> {
    const where = [
      '//127.0.0.1/share',
      '-p',
      String(this.#port),
      `--configfile=${join(this.#folder.path, 'smb.conf')}`,
    ];
    return this.run('smbclient', ...where, '-U', `${user}%${password}`, '-c', command);
  }

  /** Runs a command on its machine. */
  run(command: string, ...args: readonly string[]): Promise<Ended> {
    return this.#machine.run(command, args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#smbd?.stop();
    await this.#machine[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

function configuration(folder: string, port: number, { url, base, account, name }: SambaDirectory): string {
  return `
[global]
  netbios name = ${name}
  workgroup = WORKGROUP
  server role = standalone server
  passdb backend = ldapsam:${url}
  ldap suffix = ${base}
  ldap user suffix = ou=users
  ldap group suffix = ou=groups
  ldap admin dn = ${account}
  ldap ssl = off
  ldap passwd sync = no
  log level = 1
  smb ports = ${port}
  interfaces = 127.0.0.1
  bind interfaces only = yes
  disable netbios = yes
  load printers = no
  private dir = ${folder}/private
  state directory = ${folder}/private
  cache directory = ${folder}/private
  lock directory = ${folder}/private
  pid directory = ${folder}/run
  ncalrpc dir = ${folder}/run/ncalrpc

[share]
  path = ${folder}/share
  read only = no
`;
}
