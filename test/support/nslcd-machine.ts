import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientDirectory, clientAccount, clientBase, clientGroups, clientUsers } from './client-directory.ts';
import { eventually } from './eventually.ts';
import { PrivateMachine, place } from './private-machine.ts';
import { type Ended, type RunningProgram, runCommand } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A machine whose users come from nslcd (nss-pam-ldapd): nsswitch, PAM, /run and nslcd.conf are its own. */
export class NslcdMachine implements AsyncDisposable {
  readonly machine: PrivateMachine;
  readonly #home: Disposable & { readonly path: string };
  #nslcd: RunningProgram | undefined;

  private constructor(machine: PrivateMachine, home: Disposable & { readonly path: string }) {
    this.machine = machine;
    this.#home = home;
  }

  static async start(): Promise<NslcdMachine> {
    const home = temporaryFolder();
    const own = (name: string): string => join(home.path, name);
    try {
      chmodSync(home.path, 0o711);
      mkdirSync(own('run/nslcd'), { recursive: true });
      const { uid, gid } = await nslcdUser();
      chownSync(own('run/nslcd'), uid, gid);
      cpSync('/etc/pam.d', own('pam.d'), { recursive: true });
      const all = ['auth', 'account', 'password', 'session'].map((phase) => `${phase} required pam_ldap.so`);
      place(own('pam.d'), 'matrix', `${all.join('\n')}\n`);
      const databases = ['passwd', 'group', 'shadow'].map((database) => `${database}: files ldap`);
      const machine = await PrivateMachine.start({
        '/etc/nsswitch.conf': place(home.path, 'nsswitch.conf', `${databases.join('\n')}\n`),
        '/etc/pam.d': own('pam.d'),
        '/etc/nslcd.conf': place(home.path, 'nslcd.conf', '', 0o600),
        '/run': own('run'),
      });
      return new NslcdMachine(machine, home);
    } catch (error) {
      home[Symbol.dispose]();
      throw error;
    }
  }

  /** Starts nslcd, and waits until it knows alice. `more` are further lines of its configuration. */
  async serve(
    directory: ClientDirectory,
    uri: string,
    more: readonly string[],
    account: string = clientAccount.dn,
  ): Promise<void> {
    // The daemon gives up root, and the folder of the directory is closed to others.
    const caFile = place(this.#home.path, 'ca.pem', readFileSync(directory.caFile, 'utf8'));
    await this.serveConfigured(configuration(caFile, uri, more, account));
  }

  /** The same with a whole `nslcd.conf`. */
  async serveConfigured(text: string): Promise<void> {
    await this.#stop();
    place(this.#home.path, 'nslcd.conf', text, 0o600);
    this.#nslcd = this.machine.start('/usr/sbin/nslcd', ['--nofork']);
    await eventually(
      () => this.nss('passwd', 'alice'),
      ({ code }) => code === 0,
    );
  }

  /** Asks nslcd through the name service switch. */
  nss(database: 'passwd' | 'group' | 'shadow', ...keys: readonly string[]): Promise<Ended> {
    return this.machine.run('getent', ['--service', 'ldap', database, ...keys]);
  }

  /** Phases of a sign-in through PAM. */
  pam(user: string, password: string, ...phases: readonly ('authenticate' | 'acct_mgmt')[]): Promise<Ended> {
    return this.machine.run('pamtester', ['matrix', user, ...phases], { input: `${password}\n` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.machine[Symbol.asyncDispose]();
    this.#home[Symbol.dispose]();
  }

  async #stop(): Promise<void> {
    await this.#nslcd?.stop();
    this.#nslcd = undefined;
  }
}

/** The account that the package made for the daemon. */
async function nslcdUser(): Promise<{ readonly uid: number; readonly gid: number }> {
  const { stdout } = await runCommand('getent', ['passwd', 'nslcd']);
  const [, , uid, gid] = stdout.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function configuration(caFile: string, uri: string, more: readonly string[], account: string): string {
  return [
    'uid nslcd',
    'gid nslcd',
    `uri ${uri}`,
    `base ${clientBase}`,
    `base passwd ${clientUsers}`,
    `base group ${clientGroups}`,
    `binddn ${account}`,
    `bindpw ${clientAccount.password}`,
    `tls_cacertfile ${caFile}`,
    'tls_reqcert demand',
    'nss_min_uid 1000',
    ...more,
    '',
  ].join('\n');
}
