/** `deep-fusion doctor --install ENGINE`: sets up an engine that does not come with the program. */
import { thisMachine } from "../engine/engines-folder";
import { installTensorFlow } from "../engine/tensorflow/install/install";
import type { Flavour } from "../engine/tensorflow/place";
import type { Origin } from "../engine/tensorflow/record";
import type { Output } from "./output";
import type { ExitCode, Services } from "./services";

export interface InstallFlags {
  readonly install: Flavour;
  readonly from?: Origin;
  readonly python?: string;
  readonly json?: boolean;
}

export async function installEngine(
  { install: flavour, from, python, json }: InstallFlags,
  { output, stopping, now }: Services,
): Promise<ExitCode> {
  const news = new SetUpNews(output, () => now().getTime());
  try {
    const { folder, record } = await installTensorFlow({
      flavour,
      surroundings: thisMachine(),
      signal: stopping,
      report: news.tell,
      now,
      ...(from !== undefined && { origin: from }),
      ...(python !== undefined && { python }),
    });
    news.close();
    if (json === true) output.json({ folder, engine: record });
    else {
      const device = flavour === "tensorflow-gpu" ? " --device cuda" : "";
      output.result(`TensorFlow ${record.tensorflow} is set up in ${folder}`);
      output.result(`Train with it: npx deep-fusion run RECIPE --engine tensorflow${device}`);
    }
    return 0;
  } finally {
    news.close();
  }
}

const quietMs = 5000;

/** One line that is drawn over in a terminal; elsewhere a line for each thing done, and now and then how far it is. */
export class SetUpNews {
  #drawn = false;
  #subject = "";
  #saidAt = -Infinity;

  constructor(
    private readonly output: Output,
    private readonly now: () => number,
  ) {}

  readonly tell = (line: string): void => {
    const { terminal } = this.output;
    if (terminal !== undefined) {
      terminal.write(`\r\x1b[K${line.slice(0, terminal.columns - 1)}`);
      this.#drawn = true;
      return;
    }
    const subject = line.replace(/: \d+ MB$/, "");
    if (subject === this.#subject && this.now() - this.#saidAt < quietMs) return;
    this.#subject = subject;
    this.#saidAt = this.now();
    this.output.message(line);
  };

  close(): void {
    if (this.#drawn) this.output.terminal?.write("\r\x1b[K");
    this.#drawn = false;
  }
}
