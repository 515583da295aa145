/** Blanks of a prompt: <extra_id_0>, <extra_id_1> and so on. */

/** The first that the prompt does not have. */
export function nextSentinel(prompt: string): string {
  for (let index = 0; ; index++) {
    const sentinel = `<extra_id_${index}>`;
    if (!prompt.includes(sentinel)) return sentinel;
  }
}
