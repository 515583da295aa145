/** The inverse of span corruption, written on its own: the targets' spans put back in place of their sentinels. */

export function restore(
  inputs: Int32Array,
  targets: Int32Array,
  isSentinel: (token: number) => boolean,
): number[] {
  const spans = new Map<number, number[]>();
  let current: number[] = [];
  for (const token of targets.subarray(0, -1)) {
    if (isSentinel(token)) spans.set(token, (current = []));
    else current.push(token);
  }
  return [...inputs.subarray(0, -1)].flatMap((token) => spans.get(token) ?? [token]);
}
