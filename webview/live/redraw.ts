/** Draws again after changes, never so often that the page has no time for its reader. */

/** A drawing that takes t leaves at least this many t for everything else. */
const rest = 4;
const shortestPauseMs = 100;

/** The way to ask for a drawing: soon the first time, and as often as the page can bear. */
export function redrawer(draw: () => void): () => void {
  let waiting = false;
  let pauseUntil = 0;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(
      () => {
        waiting = false;
        const start = performance.now();
        draw();
        const now = performance.now();
        pauseUntil = now + Math.max(shortestPauseMs, rest * (now - start));
      },
      Math.max(0, pauseUntil - performance.now()),
    );
  };
}
