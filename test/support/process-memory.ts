import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const blockBytes = 4 * 1024 * 1024;

/**
 * How often each of some texts is found in the memory that a process can write to: what its core dump would hold. Needs the right
 * to trace the process (proc(5), ptrace(2)); throws where it is not given.
 */
export function countInMemory(pid: number, texts: readonly string[]): readonly number[] {
  const needles = texts.map((text) => Buffer.from(text));
  const overlap = Math.max(...needles.map((needle) => needle.length)) - 1;
  const counts = needles.map(() => 0);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const block = Buffer.alloc(blockBytes + overlap);
  try {
    for (const [start, end] of writableRegions(pid)) {
      for (let at = start; at < end; at += blockBytes) {
        const wanted = Math.min(block.length, end - at);
        const bytes = block.subarray(0, readThere(memory, block, wanted, at));
        needles.forEach((needle, i) => {
          counts[i] = (counts[i] ?? 0) + countIn(bytes, needle);
        });
      }
    }
    return counts;
  } finally {
    closeSync(memory);
    block.fill(0);
  }
}

/** Regions of private memory by their addresses. */
function writableRegions(pid: number): (readonly [start: number, end: number])[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, start, end, flags] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) /.exec(line) ?? [];
    if (start === undefined || end === undefined || !/^rw.p/.test(flags ?? '') || line.endsWith('[vvar]')) return [];
    return [[Number.parseInt(start, 16), Number.parseInt(end, 16)] as const];
  });
}

/** Reads what can be read; guard pages and what was unmapped meanwhile hold nothing. */
function readThere(file: number, into: Buffer, length: number, at: number): number {
  try {
    return readSync(file, into, 0, length, at);
  } catch {
    return 0;
  }
}

/** A hit in the overlap belongs to the block that it begins in. */
function countIn(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at >= 0 && at < blockBytes; at = bytes.indexOf(needle, at + 1)) count += 1;
  return count;
}

/** Whether {@link countInMemory} can do its work here. */
export function canReadMemory(pid: number): boolean {
  try {
    closeSync(openSync(`/proc/${pid}/mem`, 'r'));
    return true;
  } catch {
    return false;
  }
}
