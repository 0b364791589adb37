/** The elements of `nodes` that are not in `others`; both ascend. */
export function without(nodes: Uint32Array, others: Uint32Array): Uint32Array {
  let at = 0;
  return nodes.filter((node) => {
    while ((others[at] ?? Number.POSITIVE_INFINITY) < node) at++;
    return others[at] !== node;
  });
}
