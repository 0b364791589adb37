import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProgram, startProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What `demo --json` prints when its directory is there. */
interface DemoReport {
  readonly baseDn: string;
  readonly bindDn: string;
  readonly servicePassword: string;
  readonly user: string;
  readonly userPassword: string;
  readonly urls: readonly string[];
  readonly caFile: string;
  readonly config: string;
  readonly simulator: string;
  readonly commands: readonly string[];
  readonly statusPage: { readonly url: string; readonly token: string };
}

/** A running demo on free ports with a data folder of its own. */
export interface RunningDemo extends AsyncDisposable {
  readonly program: RunningProgram;
  readonly report: DemoReport;
  readonly folder: string;
  readonly ldap: string;
  readonly ldaps: string;
  readonly port: number;
}

/** Starts a demo in a new folder, or in one that outlives it, and waits until it has said that its directory is there. */
export async function startDemo(folder?: string): Promise<RunningDemo> {
  const own = folder === undefined ? temporaryFolder() : undefined;
  const data = folder ?? join(own?.path ?? '', 'demo');
  const program = startProgram(['demo', '--data', data, '--port', '0', '--json']);
  try {
    const [line] = await program.waitFor(/^\{.*\}$/m);
    const report = JSON.parse(line) as DemoReport;
    const [ldap = '', ldaps = ''] = report.urls;
    return {
      program,
      report,
      folder: data,
      ldap,
      ldaps,
      port: Number(new URL(ldap).port),
      [Symbol.asyncDispose]: async () => {
        await program[Symbol.asyncDispose]();
        own?.[Symbol.dispose]();
      },
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    own?.[Symbol.dispose]();
    throw error;
  }
}

/** Anonymous resident memory of a process (Linux), in bytes: its heap and buffers without mapped files. */
export function anonymousMemoryBytes(pid: number): number {
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
