import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { RawClient } from './ldap-raw-client.ts';
import { runCommand, RunningProgram } from './program.ts';

/** Where Debian puts the server and its modules. */
const server = '/usr/sbin/slapd';
const modules = '/usr/lib/ldap';

/** What a slapd serves. */
export interface SlapdContent {
  readonly baseDn: string;
  /** The text of an include file with the schema. */
  readonly schema: string;
  /** What slapadd loads. */
  readonly ldif: string;
  /** Who may do everything. */
  readonly rootDn: string;
  readonly rootPassword: string;
  /** Lines of slapd.conf for the database: indexes, overlays. */
  readonly database: readonly string[];
  /** Modules beside the backend. */
  readonly modules: readonly string[];
}

/** An OpenLDAP server of its own, with everything in one folder. */
export class Slapd implements AsyncDisposable {
  readonly port: number;
  readonly #program: RunningProgram;

  private constructor(port: number, program: RunningProgram) {
    this.port = port;
    this.#program = program;
  }

  /** Loads the content with slapadd and starts the server on a loopback port; rejects when either refuses. */
  static async start(folder: string, content: SlapdContent): Promise<Slapd> {
    const config = join(folder, 'slapd.conf');
    const ldif = join(folder, 'content.ldif');
    mkdirSync(join(folder, 'mdb'));
    writeFileSync(join(folder, 'own.schema'), content.schema);
    writeFileSync(ldif, content.ldif);
    writeFileSync(config, configText(folder, content));
    const loaded = await runCommand('/usr/sbin/slapadd', ['-q', '-f', config, '-l', ldif], { timeoutMs: 60_000 });
    if (loaded.code !== 0) throw new Error(`slapadd ended with ${loaded.code}:\n${loaded.stderr}`);
    const port = await freePort();
    // With a debug level, none included, slapd stays in the foreground.
    const program = new RunningProgram(server, ['-d', 'none', '-f', config, '-h', `ldap://127.0.0.1:${port}`]);
    try {
      await accepts(port, program);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return new Slapd(port, program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
  }
}

function configText(folder: string, content: SlapdContent): string {
  const lines = [
    `include ${join(folder, 'own.schema')}`,
    `modulepath ${modules}`,
    ...['back_mdb', ...content.modules].map((name) => `moduleload ${name}`),
    `pidfile ${join(folder, 'slapd.pid')}`,
    `argsfile ${join(folder, 'slapd.args')}`,
    'sizelimit unlimited',
    'timelimit unlimited',
    'database mdb',
    `directory ${join(folder, 'mdb')}`,
    `suffix "${content.baseDn}"`,
    `rootdn "${content.rootDn}"`,
    `rootpw ${content.rootPassword}`,
    'maxsize 268435456',
    ...content.database,
  ];
  return `${lines.join('\n')}\n`;
}

/** Waits until the server takes connections; rejects when it ends instead. */
async function accepts(port: number, program: RunningProgram): Promise<void> {
  const ended = program.ended().then(() => {
    throw new Error(`slapd ended instead of taking connections:\n${program.output}`);
  });
  const connects = (): Promise<boolean> =>
    RawClient.connect(port).then(
      (client) => {
        client[Symbol.dispose]();
        return true;
      },
      () => false,
    );
  await Promise.race([ended, eventually(connects, (connected) => connected)]);
  // It ends one day, when nobody waits here any more.
  ended.catch(() => undefined);
}
