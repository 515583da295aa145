/** Checkpoints of transformers' making, and transformers itself to run ours: test/python/serve_checkpoints.py. */
import { fileURLToPath } from "node:url";
import { PythonProcess, pythonForTests } from "../../support/python";

export interface WriteRequest {
  readonly folder: string;
  readonly family: "t5" | "mt5" | "umt5";
  /** For the family's class of transformers. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly head: "tied" | "untied";
  readonly dtype?: "float32" | "float16" | "bfloat16";
  /** As save_pretrained takes it. */
  readonly shard?: string;
  /** A folder with the one to save, or "bytes". */
  readonly tokenizer?: string;
  readonly generation?: Readonly<Record<string, unknown>>;
}

/** What a model computes from the batch of the tests. */
export interface Answers {
  /** [targets, vocab_size], flat. */
  readonly logits: readonly number[];
  readonly greedy: readonly number[];
  /** The best of three. */
  readonly beams: readonly number[];
}

/** logits: none are generated, greedy and beams are empty. */
export type Asked = "logits" | "logits and answers";

export interface TransformersAnswers extends Answers {
  /** The class that the model was loaded as. */
  readonly model: string;
  /** What its generation_config says beyond the defaults. */
  readonly generation: Readonly<Record<string, unknown>>;
  /** Logits in bfloat16; empty unless asked for. */
  readonly half: readonly number[];
}

export const batch = { inputs: [3, 7, 2, 9, 4, 10, 1], targets: [5, 8, 10, 6, 1], tokens: 8 };

export const tokenizers = {
  t5: fileURLToPath(new URL("../../golden/tokenizers/t5", import.meta.url)),
  bytes: "bytes",
} as const;

/** Whether a folder's own Python code may run; false: it is refused. */
export interface Trust {
  readonly trust?: boolean;
}

/** One version of transformers in a process of its own; the caller closes it. */
export class Transformers {
  private constructor(private readonly process: PythonProcess) {}

  /** @param home where code of checkpoints is copied to; nothing is fetched */
  static start(major: 4 | 5, home: string): Transformers {
    const packages = major === 4 ? { PYTHONPATH: pythonForTests().transformers4 } : {};
    return new Transformers(
      new PythonProcess("serve_checkpoints.py", {
        ...packages,
        HF_HOME: home,
        HF_HUB_OFFLINE: "1",
        TOKENIZERS_PARALLELISM: "false",
      }),
    );
  }

  async version(): Promise<string> {
    const found = (await this.process.ask({ do: "version" })) as { readonly transformers: string };
    return found.transformers;
  }

  async write(request: WriteRequest): Promise<readonly string[]> {
    return (await this.process.ask({ do: "write", ...request })) as readonly string[];
  }

  async run(
    folder: string,
    {
      asked = "logits and answers",
      ...options
    }: Trust & { readonly asked?: Asked; readonly half?: boolean } = {},
  ): Promise<TransformersAnswers> {
    const tokens = asked === "logits" ? 0 : batch.tokens;
    return (await this.process.ask({
      ...{ do: "run", folder, ...batch, tokens, ...options },
    })) as TransformersAnswers;
  }

  /** As run() answers it, without running anything. */
  async generation(folder: string, trust: Trust): Promise<Readonly<Record<string, unknown>>> {
    const found = await this.process.ask({ do: "generation", folder, ...trust });
    return found as Readonly<Record<string, unknown>>;
  }

  async save(
    folder: string,
    to: string,
    options: Trust & Pick<WriteRequest, "dtype" | "shard"> = {},
  ): Promise<void> {
    await this.process.ask({ do: "save", folder, to, ...options });
  }

  async tokenize(
    folder: string,
    text: string,
    trust: Trust = {},
  ): Promise<{ readonly size: number; readonly ids: readonly number[]; readonly text: string }> {
    return (await this.process.ask({ do: "tokenize", folder, text, ...trust })) as {
      readonly size: number;
      readonly ids: readonly number[];
      readonly text: string;
    };
  }

  close(): Promise<void> {
    return this.process.close();
  }
}
