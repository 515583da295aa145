/** The engine of a job in the editor: the CPU with all cores, so that a device that trains is left alone. */
import { availableParallelism } from "node:os";
import { openEngine } from "../engine/choice";
import type { Engine } from "../engine/engine";

/** Disposes of it, whatever comes of `work`. */
export async function onJobEngine<Result>(
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = await openEngine({
    ...{ engine: "auto", device: "cpu" },
    threads: availableParallelism(),
  });
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}
