/**
 * Writes the normal form of ASCII without controls and insignificant spaces, which needs no preparation but lower case, and
 * answers true; false for anything else, after which `out` may hold a part of it. Nine of ten values are such, and every value
 * that is indexed comes by here. The form is as long as the value.
 */
export function writePlainForm(
  value: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  folds: boolean,
  out: Uint8Array,
  at: number,
): boolean {
  let last = 0x20;
  for (let i = from; i < to; i++) {
    const octet = value[i] ?? 0;
    if (octet < 0x20 || octet > 0x7e || (octet === 0x20 && last === 0x20)) return false;
    out[at + i - from] = folds && octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
    last = octet;
  }
  return last !== 0x20;
}
