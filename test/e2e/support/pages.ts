/** Our own pages in the window: each is a frame within a frame, whose body says which it is. */
import type { Frame, Page } from "playwright-core";
import { until } from "./until";

/** The page that is shown now; it is another one after a reload. */
export async function pageOf(
  page: Page,
  name: "dashboard" | "panel" | "tensors" | "trying",
): Promise<Frame> {
  let found: Frame | undefined;
  const find = async (): Promise<boolean> => {
    for (const frame of page.frames()) {
      const body = frame.locator(`body[data-page="${name}"]`);
      // A frame may go while it is asked.
      const isIt = await body.isVisible().catch(() => false);
      if (isIt) found = frame;
    }
    return found !== undefined;
  };
  await until(`the page ${name} is shown`, find);
  return found!;
}
