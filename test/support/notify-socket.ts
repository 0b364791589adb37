import { join } from 'node:path';
import { RunningProgram } from './program.ts';

/**
 * Takes datagrams of sd_notify(3) as systemd does: prints each as a line of JSON, and closes the descriptors that come with it, for which
 * the sender of a barrier waits. Node.js has no datagram sockets of the Unix domain.
 */
const listener = `
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print('listening', flush=True)
while True:
    data, ancillary, flags, address = server.recvmsg(65536, socket.CMSG_SPACE(64))
    for level, kind, content in ancillary:
        if kind == socket.SCM_RIGHTS:
            for at in range(0, len(content) - 3, 4):
                os.close(int.from_bytes(content[at:at + 4], sys.byteorder))
    print(json.dumps(data.decode().split('\\n')), flush=True)
`;

/** A service manager that listens to what services say of themselves. Dispose it to end it. */
export class NotifySocket implements AsyncDisposable {
  readonly path: string;
  readonly #program: RunningProgram;

  private constructor(path: string, program: RunningProgram) {
    this.path = path;
    this.#program = program;
  }

  static async open(folder: string): Promise<NotifySocket> {
    const path = join(folder, 'notify.sock');
    const program = new RunningProgram('python3', ['-c', listener, path]);
    await program.waitFor(/listening/);
    return new NotifySocket(path, program);
  }

  /** The assignments of each message so far, without barriers. */
  get messages(): readonly (readonly string[])[] {
    return this.#program.output
      .split('\n')
      .filter((line) => line.startsWith('['))
      .map((line) => JSON.parse(line) as string[])
      .map((message) => message.filter((each) => each !== '' && !each.startsWith('BARRIER=')))
      .filter((message) => message.length > 0);
  }

  /** Resolves as soon as what was said so far matches. */
  async waitFor(pattern: RegExp): Promise<void> {
    await this.#program.waitFor(pattern);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
