/** Which pictures of a kernel to have at hand: all where they are few, else those near, and some of all. */

/** More than these are never wanted at once. */
const most = 320;
/** Of them, those that follow the one shown: what is played next. */
const ahead = 48;
/** And those before it, which are shown until it is here. */
const behind = 2;

/**
 * Indices out of `count`, most urgent first, each once.
 * @param stride from one picture to the next while they are played
 */
export function wantedPictures(count: number, shown: number, stride = 1): number[] {
  const wanted = new Set<number>();
  if (shown >= 0 && shown < count) wanted.add(shown);
  for (let i = 1; i <= ahead && shown + i * stride < count; i++) wanted.add(shown + i * stride);
  for (let i = 1; i <= Math.min(behind, shown); i++) wanted.add(shown - i);
  const left = Math.min(count, most - behind - ahead - 1);
  for (let i = 0; i < left; i++) wanted.add(Math.floor((i * count) / left));
  return [...wanted];
}
