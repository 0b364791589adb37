import { BackupFileError, frameBytesMax, frameKind } from './backup-format.ts';

const FILES_MAX = 16;

/** Takes the frames of a backup apart as their bytes come. Every length is checked before anything is kept for it. */
export class BackupFrames {
  /** The small files by their names. */
  readonly files = new Map<string, string>();
  #rest: Buffer = Buffer.alloc(0);
  #last: Buffer = Buffer.alloc(0);
  #records = 0;
  #isComplete = false;

  /** Whether the end was there, and nothing behind it. */
  get isComplete(): boolean {
    return this.#isComplete && this.#rest.length === 0;
  }

  /**
   * The records that are complete with these bytes.
   *
   * @throws BackupFileError with a few words when they are no frames of a backup
   */
  take(chunk: Buffer): readonly (readonly [Buffer, Buffer])[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const found: [Buffer, Buffer][] = [];
    let at = 0;
    for (;;) {
      const taken = this.#frame(this.#rest.subarray(at), found);
      if (taken === 0) break;
      at += taken;
    }
    this.#rest = this.#rest.subarray(at);
    return found;
  }

  /** The length of the frame at the beginning of `bytes`, or 0 when it is not complete. */
  #frame(bytes: Buffer, found: [Buffer, Buffer][]): number {
    if (bytes.length === 0) return 0;
    if (this.#isComplete) throw new BackupFileError('something follows its end');
    switch (bytes[0]) {
      case frameKind.record:
        return this.#record(bytes, found);
      case frameKind.file:
        return this.#file(bytes);
      case frameKind.end:
        return this.#end(bytes);
      default:
        throw new BackupFileError('it holds what is no part of a backup');
    }
  }

  #record(bytes: Buffer, found: [Buffer, Buffer][]): number {
    if (bytes.length < 9) return 0;
    const keyEnd = 9 + checkedLength(bytes.readUInt32BE(1));
    const end = keyEnd + checkedLength(bytes.readUInt32BE(5));
    if (bytes.length < end) return 0;
    const key = bytes.subarray(9, keyEnd);
    if (Buffer.compare(key, this.#last) <= 0) throw new BackupFileError('its records are out of order');
    this.#last = key;
    this.#records++;
    found.push([key, bytes.subarray(keyEnd, end)]);
    return end;
  }

  #file(bytes: Buffer): number {
    const nameEnd = 2 + (bytes[1] ?? 0);
    if (bytes.length < nameEnd + 4) return 0;
    const end = nameEnd + 4 + checkedLength(bytes.readUInt32BE(nameEnd));
    if (bytes.length < end) return 0;
    if (this.files.size >= FILES_MAX) throw new BackupFileError('it holds too many files');
    this.files.set(bytes.toString('latin1', 2, nameEnd), bytes.toString('utf8', nameEnd + 4, end));
    return end;
  }

  #end(bytes: Buffer): number {
    if (bytes.length < 7) return 0;
    if (bytes.readUIntBE(1, 6) !== this.#records) throw new BackupFileError('records are missing');
    this.#isComplete = true;
    return 7;
  }
}

function checkedLength(length: number): number {
  if (length <= frameBytesMax) return length;
  throw new BackupFileError('it holds what is longer than anything in a store');
}
