/** Makes the NT hash of a password: MD4 of its UTF-16LE form, 16 octets ([MS-NLMP] 3.3.1, NTOWFv1). */
export type NtHasher = (password: string) => Buffer;

/** The longest password that Windows has; it comes to no more than twice as many octets. */
const octetsMax = 512;

/** Prepares for {@link NtHasher}, whose hashes are each in a buffer of its own. A longer password than Windows has gives a `RangeError`. */
export async function createNtHasher(): Promise<NtHasher> {
  // Only whoever keeps such hashes needs it. OpenSSL 3, which Node is built with, has no MD4 any more.
  const { createMD4 } = await import('hash-wasm');
  const md4 = await createMD4();
  const blank = Buffer.alloc(octetsMax);
  return (password) => {
    const octets = Buffer.from(password, 'utf16le');
    try {
      if (octets.length > octetsMax) throw new RangeError('the password is longer than an NT hash is made of');
      return Buffer.from(md4.init().update(octets).digest('binary'));
    } finally {
      octets.fill(0);
      // What was hashed last would stay in its memory.
      md4.init().update(blank).digest('binary');
    }
  };
}
