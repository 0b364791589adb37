/**
 * A text of the tenant for a terminal: whoever may change a display name in Entra must not be able to move the cursor, hide
 * text or turn the direction of writing on the screen of an administrator.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
