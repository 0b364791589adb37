import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMD4 } from 'hash-wasm';
import { freeUdpPort } from './free-port.ts';
import { RunningProgram, runCommand } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

const secret = 'testing123';

/** The directory that a {@link RadiusServer} asks. */
export interface RadiusDirectory {
  readonly url: string;
  readonly base: string;
  /** The service account that it searches as. */
  readonly account: string;
  readonly password: string;
}

/**
 * FreeRADIUS that takes people from LDAP: passwords in clear (PAP) are checked by a bind, and MS-CHAP by `sambaNTPassword`. The
 * configuration is the one of docs/samba.md.
 */
export class RadiusServer implements AsyncDisposable {
  readonly #program: RunningProgram;
  readonly #folder: Disposable & { readonly path: string };
  readonly #port: number;

  private constructor(program: RunningProgram, folder: Disposable & { readonly path: string }, port: number) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(directory: RadiusDirectory): Promise<RadiusServer> {
    const folder = temporaryFolder();
    const port = await freeUdpPort();
    writeFileSync(join(folder.path, 'radiusd.conf'), configuration(folder.path, port, directory));
    const program = new RunningProgram('freeradius', ['-X', '-d', folder.path, '-n', 'radiusd']);
    const server = new RadiusServer(program, folder, port);
    try {
      await program.waitFor(/^Ready to process requests/m);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether a password is accepted in clear. */
  pap(user: string, password: string): Promise<boolean> {
    return this.#ask([`User-Name = ${quoted(user)}`, `User-Password = ${quoted(password)}`]);
  }

  /** Whether a password is accepted by MS-CHAPv2 (RFC 2759), as in PEAP and most VPNs: the server never sees it. */
  async msChap2(user: string, password: string): Promise<boolean> {
    const [challenge, peerChallenge] = [randomBytes(16), randomBytes(16)];
    const response = ntResponse(challenge, peerChallenge, user, await ntHash(password));
    // RFC 2548 §2.3.2: identifier, flags, the peer's challenge, eight octets of zero, the response.
    const octets = Buffer.concat([Buffer.from([1, 0]), peerChallenge, Buffer.alloc(8), response]);
    return await this.#ask([
      `User-Name = ${quoted(user)}`,
      `MS-CHAP-Challenge = 0x${challenge.toString('hex')}`,
      `MS-CHAP2-Response = 0x${octets.toString('hex')}`,
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  async #ask(attributes: readonly string[]): Promise<boolean> {
    const args = ['-x', '-r', '1', '-t', '10', `127.0.0.1:${this.#port}`, 'auth', secret];
    const { stdout, stderr } = await runCommand('radclient', args, { input: `${attributes.join('\n')}\n` });
    const answer = /Received Access-(Accept|Reject)/.exec(stdout)?.[1];
    if (answer === undefined) throw new Error(`the RADIUS server did not answer:\n${stdout}${stderr}`);
    return answer === 'Accept';
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The NT hash of a password ([MS-NLMP] 3.3.1). */
async function ntHash(password: string): Promise<Buffer> {
  const md4 = await createMD4();
  return Buffer.from(md4.init().update(Buffer.from(password, 'utf16le')).digest('binary'));
}

/** GenerateNTResponse of RFC 2759 §8.1. */
function ntResponse(challenge: Buffer, peerChallenge: Buffer, user: string, hash: Buffer): Buffer {
  const digest = createHash('sha1').update(peerChallenge).update(challenge).update(user).digest().subarray(0, 8);
  const keys = Buffer.concat([hash, Buffer.alloc(5)]);
  return Buffer.concat([0, 7, 14].map((at) => desBlock(keys.subarray(at, at + 7), digest)));
}

/** DES with a key of 56 bits, which is what three times DES is with one key. */
function desBlock(key: Buffer, block: Buffer): Buffer {
  const bits = BigInt(`0x${key.toString('hex')}`);
  // Seven bits of the key in each octet; the lowest is for parity, which nobody looks at.
  const octets = Buffer.from(Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(49 - 7 * i)) & 0x7fn) << 1));
  const cipher = createCipheriv('des-ede3', Buffer.concat([octets, octets, octets]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

function configuration(folder: string, port: number, { url, base, account, password }: RadiusDirectory): string {
  return `
libdir = /usr/lib/freeradius
raddbdir = ${folder}
logdir = ${folder}
run_dir = ${folder}
thread pool {
  start_servers = 1
  max_servers = 2
  min_spare_servers = 1
  max_spare_servers = 1
}
client loopback {
  ipaddr = 127.0.0.1
  secret = ${secret}
  require_message_authenticator = no
}
modules {
  mschap {
    use_mppe = no
  }
  pap {
  }
  ldap {
    server = '${url}'
    identity = '${account}'
    password = ${quoted(password)}
    base_dn = '${base}'
    update {
      control:NT-Password := 'sambaNTPassword'
    }
    user {
      base_dn = "\${..base_dn}"
      filter = "(&(objectClass=posixAccount)(uid=%{%{Stripped-User-Name}:-%{User-Name}}))"
    }
    pool {
      start = 0
      min = 0
      max = 2
      spare = 0
    }
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    mschap
    ldap
    if ((ok || updated) && &User-Password) {
      update control {
        &Auth-Type := LDAP
      }
    }
    pap
  }
  authenticate {
    Auth-Type LDAP {
      ldap
    }
    Auth-Type MS-CHAP {
      mschap
    }
  }
}
`;
}
