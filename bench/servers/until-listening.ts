import { once } from 'node:events';
import { connect } from 'node:net';

import type { RunningProgram } from '../../test/support/program.ts';

/** Resolves when the program accepts connections; throws when it has ended instead. */
export async function untilListening(port: number, program: RunningProgram): Promise<void> {
  let ended = false;
  void program.ended().then(() => {
    ended = true;
  });
  while (!(await accepts(port))) {
    if (ended) throw new Error(`the server did not start:\n${program.output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
