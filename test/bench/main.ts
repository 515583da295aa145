/** `npm run bench [NAME…] [-- --json | --list]`: measures, and prints a table or a JSON array. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseArgs } from "node:util";
import { benches } from "./benches";
import type { Bench, BenchContext, BenchResult } from "./result";
import { benchTable } from "./table";

const dist = new URL("./", import.meta.url);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  return 1;
});

async function main(words: readonly string[]): Promise<number> {
  const usage = parseUsage(words);
  if (typeof usage === "string") {
    say(usage);
    return 2;
  }
  if (usage.list) {
    for (const { name, summary } of benches) print(`${name}  ${summary}`);
    return 0;
  }
  const results = await runAll(usage.chosen);
  print(usage.json ? JSON.stringify(results, null, 2) : benchTable(results));
  return 0;
}

interface Usage {
  readonly json: boolean;
  readonly list: boolean;
  readonly chosen: readonly Bench[];
}

/** What was asked for, or the reason why it makes no sense. */
function parseUsage(words: readonly string[]): Usage | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        list: { type: "boolean", default: false },
      },
    });
    const known = new Set(benches.map(({ name }) => name));
    const unknown = positionals.find((name) => !known.has(name));
    if (unknown !== undefined)
      return `Cannot run bench "${unknown}": there is none of that name; choose from ${[...known].join(", ")}`;
    const chosen = benches.filter(
      ({ name, asked = false }) =>
        positionals.includes(name) || (positionals.length === 0 && !asked),
    );
    return { ...values, chosen };
  } catch (error) {
    return `Cannot read the arguments: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** One after the other, as each wants the whole machine. Ctrl-C ends the bench in hand and the rest. */
async function runAll(chosen: readonly Bench[]): Promise<BenchResult[]> {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  process.once("SIGINT", stop);
  const context: BenchContext = { signal: abort.signal, dist, progress: say, python };
  const results: BenchResult[] = [];
  for (const bench of chosen) {
    abort.signal.throwIfAborted();
    say(`${bench.name}: ${bench.summary}`);
    results.push(...(await bench.run(context)));
  }
  process.removeListener("SIGINT", stop);
  return results;
}

/** DEEP_FUSION_PYTHON, or that of the script, which prints its path after installing what is missing. */
async function python(): Promise<string> {
  const given = process.env.DEEP_FUSION_PYTHON;
  if (given !== undefined) return given;
  const script = new URL("../scripts/python.mjs", import.meta.url).pathname;
  say("looking for Python with torch and transformers (the first time, they are installed)");
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  return stdout.trim().split("\n").at(-1)!;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
