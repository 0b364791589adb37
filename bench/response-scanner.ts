/** What a response was, as far as a load generator wants to know. */
export interface Answer {
  readonly messageId: number;
  /** 0 is success. */
  readonly resultCode: number;
  /** The whole message, for the cookie of a page. Valid until the next call. */
  readonly message: Buffer;
}

const tag = { entry: 0x64, reference: 0x73 } as const;

/**
 * Finds the end of every answer in a stream of LDAP messages (RFC 4511 §4.1.1), without looking into entries: one step for
 * each message, whatever its size.
 */
export class ResponseScanner {
  entries = 0;
  bytes = 0;
  /** The beginning of a message whose rest has not come yet. */
  #rest: Buffer[] = [];
  #restLength = 0;
  /** How many octets the message in `#rest` has, once known. */
  #wanted = 0;

  /** Takes what came from the server, and calls back for every final answer in it. */
  push(chunk: Buffer, onAnswer: (answer: Answer) => void): void {
    this.bytes += chunk.length;
    let bytes = chunk;
    if (this.#restLength > 0) {
      this.#rest.push(chunk);
      this.#restLength += chunk.length;
      if (this.#restLength < this.#wanted) return;
      bytes = Buffer.concat(this.#rest);
      this.#rest = [];
      this.#restLength = 0;
    }
    let at = 0;
    while (at < bytes.length) {
      const end = messageEnd(bytes, at);
      if (end === undefined || end > bytes.length) {
        const rest = bytes.subarray(at);
        this.#rest.push(rest);
        this.#restLength = rest.length;
        this.#wanted = end === undefined ? rest.length + 1 : end - at;
        return;
      }
      this.#scan(bytes, at, end, onAnswer);
      at = end;
    }
  }

  #scan(bytes: Buffer, from: number, end: number, onAnswer: (answer: Answer) => void): void {
    const id = contentStart(bytes, from);
    const operation = id + 2 + (bytes[id + 1] ?? 0);
    switch (bytes[operation]) {
      case tag.entry:
        this.entries++;
        return;
      case tag.reference:
        return;
      default: {
        const code = contentStart(bytes, operation);
        onAnswer({
          messageId: bytes.readUIntBE(id + 2, bytes[id + 1] ?? 1),
          resultCode: bytes[code + 2] ?? -1,
          message: bytes.subarray(from, end),
        });
      }
    }
  }
}

function contentStart(bytes: Buffer, at: number): number {
  const first = bytes[at + 1] ?? 0;
  return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
}

/** Where a message ends; undefined when not even its length is there. */
function messageEnd(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return at + 2 + first;
  const octets = first & 0x7f;
  if (octets === 0 || octets > 6) throw new Error('the server sent a length that is no LDAP');
  if (at + 2 + octets > bytes.length) return undefined;
  return at + 2 + octets + bytes.readUIntBE(at + 2, octets);
}
