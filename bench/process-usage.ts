import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel knows of a process (proc(5)). */
export interface ProcessUsage {
  /** Processor time of all its threads, user and system, milliseconds. */
  readonly cpuMs: number;
  /** Resident memory that is no mapped file, bytes. */
  readonly anonymousBytes: number;
  /** All resident memory, bytes. */
  readonly residentBytes: number;
  /** Given to `write(2)` and its relatives, sockets included, bytes. */
  readonly writtenBytes: number;
  /** What the process has caused to be sent to the disk, bytes. */
  readonly diskBytes: number;
}

/** USER_HZ is 100 on every Linux architecture that Node runs on. */
const TICK_MS = 10;

/** Reads what a process has used so far. Throws when there is no such process. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is a name in parentheses that may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const io = readFileSync(`/proc/${pid}/io`, 'latin1');
  return {
    cpuMs: cpuNanoseconds(pid) / 1e6 || (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    anonymousBytes: kilobytes(status, 'RssAnon'),
    residentBytes: kilobytes(status, 'VmRSS'),
    writtenBytes: whole(io, 'wchar'),
    diskBytes: whole(io, 'write_bytes'),
  };
}

/** The sum over the threads, finer than the ticks of `stat`; 0 where the kernel does not keep it. */
function cpuNanoseconds(pid: number): number {
  let sum = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    }
  } catch {
    return 0;
  }
  return sum;
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

function whole(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
