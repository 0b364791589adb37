/** Key types of OpenSSH: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `sk-ssh-ed25519@openssh.com` and their like. */
const KEY = /^([a-z0-9][a-z0-9.@-]{2,63}) ([A-Za-z0-9+/]{16,}={0,2})(?: [\x20-\x7e]*)?$/;

const LENGTH_BYTES = 4;

/**
 * True for one line of an authorized_keys file without options: the type, the key in base64, and a comment. The key itself
 * begins with its type (RFC 4253 §6.6). Options are refused: they name commands and environments, and sshd obeys them.
 */
export function isOneSshPublicKey(line: string): boolean {
  const [, type = '', base64 = ''] = KEY.exec(line) ?? [];
  if (type === '') return false;
  const key = Buffer.from(base64, 'base64');
  return (
    key.length > LENGTH_BYTES + type.length &&
    key.readUInt32BE(0) === type.length &&
    key.toString('latin1', LENGTH_BYTES, LENGTH_BYTES + type.length) === type
  );
}
