/** `deep-fusion doctor --install ENGINE`: sets up an engine that does not come with the program. */
import { thisMachine } from "../engine/engines-folder";
import { installCuda } from "../engine/graph/cuda/install/install";
import { installTensorFlow } from "../engine/tensorflow/install/install";
import type { Flavour } from "../engine/tensorflow/place";
import type { Origin } from "../engine/tensorflow/record";
import type { Output } from "./output";
import type { ExitCode, Services } from "./services";

export interface InstallFlags {
  readonly install: Flavour | "cuda";
  readonly from?: Origin;
  readonly python?: string;
  readonly json?: boolean;
}

export async function installEngine(
  { install, from, python, json }: InstallFlags,
  { output, stopping, now }: Services,
): Promise<ExitCode> {
  const news = new SetUpNews(output, () => now().getTime());
  const common = {
    ...{ surroundings: thisMachine(), signal: stopping, report: news.tell, now },
    ...(python !== undefined && { python }),
  };
  try {
    const { folder, record, lines } = await (install === "cuda"
      ? setCudaUp(common, from)
      : setTensorFlowUp({ ...common, flavour: install, ...(from && { origin: from }) }));
    news.close();
    if (json === true) output.json({ folder, engine: record });
    else for (const line of lines) output.result(line);
    return 0;
  } finally {
    news.close();
  }
}

/** What was set up, and what is said of it. */
interface SetUp {
  readonly folder: string;
  readonly record: object;
  readonly lines: readonly string[];
}

async function setTensorFlowUp(options: Parameters<typeof installTensorFlow>[0]): Promise<SetUp> {
  const { folder, record } = await installTensorFlow(options);
  const device = options.flavour === "tensorflow-gpu" ? " --device cuda" : "";
  const lines = [
    `TensorFlow ${record.tensorflow} is set up in ${folder}`,
    `Train with it: npx deep-fusion run RECIPE --engine tensorflow${device}`,
  ];
  return { folder, record, lines };
}

/** @throws {RangeError} it cannot come from there */
async function setCudaUp(
  options: Parameters<typeof installCuda>[0],
  from: Origin | undefined,
): Promise<SetUp> {
  if (from === "python") {
    throw new RangeError(
      "Cannot set cuda up from python: of an environment it uses CUDA's libraries alone; give --from package or wheel",
    );
  }
  const installed = await installCuda({ ...options, ...(from && { origin: from }) });
  const { folder, record, missingCard } = installed;
  const lines = [
    `CUDA for onnxruntime ${record.onnxruntime} is set up in ${folder}`,
    ...(missingCard === undefined ? [] : [`It has not computed yet: ${missingCard}`]),
    "Train with it: npx deep-fusion run RECIPE --device cuda",
  ];
  return { folder, record, lines };
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
