/** Draws again after changes, never so often that the page has no time for its reader. */

/**
 * "soon": as often as the page can bear; "later": while a log arrives, whose records want the page's time;
 * "now": without waiting any longer.
 */
export type Urgency = "now" | "soon" | "later";

/** A drawing that takes t leaves at least this many t for everything else. */
const rest = 4;
const shortestPauseMs = 100;
const laterPauseMs = 1000;

/** The way to ask for a drawing; the first one comes at once. */
export function redrawer(draw: () => void): (urgency?: Urgency) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = Infinity;
  let drawnAt = -Infinity;
  let tookMs = 0;
  const pauseMs = (urgency: Urgency): number => {
    if (urgency === "now") return 0;
    return Math.max(urgency === "later" ? laterPauseMs : shortestPauseMs, rest * tookMs);
  };
  const drawNow = (): void => {
    timer = undefined;
    dueAt = Infinity;
    const start = performance.now();
    draw();
    drawnAt = performance.now();
    tookMs = drawnAt - start;
  };
  return (urgency = "soon") => {
    const due = drawnAt + pauseMs(urgency);
    if (due >= dueAt) return;
    clearTimeout(timer);
    dueAt = due;
    timer = setTimeout(drawNow, Math.max(0, due - performance.now()));
  };
}
