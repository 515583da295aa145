/** A correct recipe of about so many bytes: a long line of parents, fusions and children. */
export function longRecipe(bytes: number): string {
  const parts = [
    "version: 1\ncorpora:\n  books: { embedded: [moby-dick] }\nmodels:\n  small: { preset: t5-nano }\nstages:\n",
  ];
  let length = parts[0]!.length;
  for (let index = 0; length < bytes; index++) {
    const part = `  a${index}: { train: small, steps: 2000, seed: ${index} }   # parent ${index}
  b${index}:
    train: small
    steps: 2000
    schedule: { kind: wsd, peak: 0.02 }
  f${index}: { fuse: [a${index}, b${index}], method: rule, fill: 0.01 }
`;
    parts.push(part);
    length += part.length;
  }
  return parts.join("");
}
