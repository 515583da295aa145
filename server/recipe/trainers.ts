/** Trainer processes, the first of which is started before there is work for it: to load takes it as long as to plan. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withHugePages } from "../engine/huge-pages";

export class Trainers {
  #spare: ChildProcess | undefined;

  /** `trainer` is the bundle. */
  constructor(private readonly trainer: URL) {
    this.#spare = start(trainer);
    this.#spare.on("error", () => undefined); // who asks for it gets another one
  }

  /** One that waits for its job. */
  take(): ChildProcess {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.connected === true ? spare : start(this.trainer);
  }

  /** Ends the one that nobody has asked for. */
  close(): void {
    this.#spare?.kill("SIGKILL");
    this.#spare = undefined;
  }
}

function start(trainer: URL): ChildProcess {
  return fork(fileURLToPath(trainer), [], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: withHugePages(process.env),
  });
}
