import { chmodSync, chownSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { activeDirectoryAccount, type ClientDirectory, clientAccount, clientBase } from './client-directory.ts';
import { eventually } from './eventually.ts';
import { PrivateMachine, place } from './private-machine.ts';
import type { Ended, RunningProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** How SSSD is set up. */
export interface SssdSettings {
  readonly schema: 'rfc2307' | 'rfc2307bis' | 'ad';
  readonly uri: string;
  readonly startTls?: boolean;
  /** Responders beside nss, pam and ssh. */
  readonly services?: readonly string[];
  /** Further lines of the domain's section. */
  readonly domain?: readonly string[];
}

const stateFolders = ['db', 'mc', 'pipes/private', 'pubconf/krb5.include.d', 'gpo_cache', 'keytabs', 'secrets'];

/** A machine whose users come from SSSD: nsswitch, PAM, and /home, /run and SSSD's own folders are its own. */
export class SssdMachine implements AsyncDisposable {
  readonly machine: PrivateMachine;
  readonly folder: string;
  readonly #home: Disposable;
  #sssd: RunningProgram | undefined;

  private constructor(machine: PrivateMachine, home: Disposable & { readonly path: string }) {
    this.machine = machine;
    this.#home = home;
    this.folder = home.path;
  }

  static async start(): Promise<SssdMachine> {
    const home = temporaryFolder();
    const own = (name: string): string => join(home.path, name);
    // Programs that are not root go through it to their home directories.
    chmodSync(home.path, 0o711);
    for (const name of ['etc', 'logs', 'home', 'run/sshd', ...stateFolders.map((state) => `sss/${state}`)])
      mkdirSync(own(name), { recursive: true });
    for (const name of ['sss/pipes/private', 'sss/db']) chmodSync(own(name), 0o700);
    cpSync('/etc/pam.d', own('pam.d'), { recursive: true });
    const all = ['auth', 'account', 'password', 'session'].map((phase) => `${phase} required pam_sss.so`);
    place(own('pam.d'), 'matrix', `${all.join('\n')}\n`);
    // sshd asks the account phase also where a key has opened the door.
    place(
      own('pam.d'),
      'sudo',
      'auth required pam_sss.so\naccount required pam_sss.so\nsession required pam_permit.so\n',
    );
    place(
      own('pam.d'),
      'sshd',
      'auth required pam_sss.so\naccount required pam_sss.so\nsession required pam_permit.so\n',
    );
    const names = place(
      home.path,
      'nsswitch.conf',
      'passwd: files sss\ngroup: files sss\nshadow: files sss\nsudoers: sss\n',
    );
    try {
      const machine = await PrivateMachine.start({
        '/etc/nsswitch.conf': names,
        '/etc/pam.d': own('pam.d'),
        '/etc/sssd': own('etc'),
        '/var/lib/sss': own('sss'),
        '/var/log/sssd': own('logs'),
        '/home': own('home'),
        '/run': own('run'),
      });
      return new SssdMachine(machine, home);
    } catch (error) {
      home[Symbol.dispose]();
      throw error;
    }
  }

  /** Starts SSSD with nothing in its cache, and waits until it knows a user. */
  serve(directory: ClientDirectory, settings: SssdSettings, knownUser: string): Promise<void> {
    return this.serveConfigured(configuration(directory, settings), knownUser);
  }

  /** The same with a whole `sssd.conf`. */
  async serveConfigured(text: string, knownUser: string): Promise<void> {
    await this.#stop();
    for (const name of ['db', 'mc', 'pipes/private']) rmSync(join(this.folder, 'sss', name), { recursive: true });
    for (const name of ['db', 'mc', 'pipes/private']) mkdirSync(join(this.folder, 'sss', name), { recursive: true });
    chmodSync(join(this.folder, 'sss/pipes/private'), 0o700);
    // SSSD wants its configuration to be root's alone.
    place(join(this.folder, 'etc'), 'sssd.conf', text, 0o600);
    this.#sssd = this.machine.start('/usr/sbin/sssd', ['--interactive']);
    await eventually(
      () => this.nss('passwd', knownUser),
      ({ code }) => code === 0,
    );
  }

  /** Asks SSSD through the name service switch. */
  nss(database: 'passwd' | 'group', ...keys: readonly string[]): Promise<Ended> {
    return this.machine.run('getent', ['--service', 'sss', database, ...keys]);
  }

  /** One phase of a sign-in through PAM. */
  pam(user: string, phase: 'authenticate' | 'acct_mgmt', password = ''): Promise<Ended> {
    return this.machine.run('pamtester', ['matrix', user, phase], { input: `${password}\n` });
  }

  /** Makes SSSD ask the server again for everything. */
  async forget(): Promise<void> {
    const { code, stderr } = await this.machine.run('sss_cache', ['--everything']);
    if (code !== 0) throw new Error(stderr);
  }

  /** Gives a user a home directory. */
  makeHome(user: string, uid: number, gid: number): void {
    const path = join(this.folder, 'home', user);
    mkdirSync(path);
    chownSync(path, uid, gid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.machine[Symbol.asyncDispose]();
    this.#home[Symbol.dispose]();
  }

  async #stop(): Promise<void> {
    await this.#sssd?.stop();
    this.#sssd = undefined;
  }
}

function configuration(
  directory: ClientDirectory,
  { schema, uri, startTls = false, services = [], domain = [] }: SssdSettings,
): string {
  return [
    '[sssd]',
    `services = ${['nss', 'pam', 'ssh', ...services].join(', ')}`,
    'domains = example',
    '[nss]',
    'enum_cache_timeout = 1',
    '[pam]',
    '[ssh]',
    '[domain/example]',
    'id_provider = ldap',
    'auth_provider = ldap',
    `ldap_uri = ${uri}`,
    `ldap_id_use_start_tls = ${startTls}`,
    `ldap_tls_cacert = ${directory.caFile}`,
    'ldap_tls_reqcert = demand',
    `ldap_schema = ${schema}`,
    `ldap_search_base = ${clientBase}`,
    `ldap_default_bind_dn = ${schema === 'ad' ? activeDirectoryAccount.dn : clientAccount.dn}`,
    `ldap_default_authtok = ${clientAccount.password}`,
    'ldap_user_ssh_public_key = sshPublicKey',
    'cache_credentials = false',
    ...domain,
    '',
  ].join('\n');
}
