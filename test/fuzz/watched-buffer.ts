/** A buffer that sees where it is read: nothing outside its bounds, and how many octets in all. */
export interface WatchedBuffer {
  readonly buffer: Buffer;
  /** Octets read so far, each as often as it was read. */
  readonly touched: () => number;
}

/** Watches `bytes` from `start` up to `end`. Whoever reads outside is thrown a RangeError, whatever lies there. */
export function watched(bytes: Buffer, start = 0, end = bytes.length): WatchedBuffer {
  let touched = 0;
  const touch = (from: number, to: number): void => {
    if (from < start || to > end || from > to) throw new RangeError('read outside the message');
    touched += to - from;
  };
  const buffer = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^-?\d+$/.test(key)) {
        touch(Number(key), Number(key) + 1);
        return target[Number(key)];
      }
      if (key === 'subarray') {
        return (from: number, to: number) => {
          touch(from, to);
          return target.subarray(from, to);
        };
      }
      if (key === 'toString') {
        return (encoding: BufferEncoding, from: number, to: number) => {
          touch(from, to);
          return target.toString(encoding, from, to);
        };
      }
      if (key === 'length') return target.length;
      throw new RangeError(`the message is read by ${String(key)}`);
    },
  });
  return { buffer, touched: () => touched };
}
