/** `deep-fusion generate` with its options, its help and its examples. */
import { Command, Option } from "commander";
import {
  deviceOption,
  engineOption,
  examples,
  fraction,
  json,
  positive,
  seed,
  share,
  wholeNumber,
} from "./arguments";
import type { GenerateFlags } from "./generate-command";
import type { ExitCode, Services } from "./services";

export function generateProgram(services: Services, finish: (code: ExitCode) => void): Command {
  const sampling = (flags: string, description: string) =>
    new Option(flags, description).conflicts("beams");
  return new Command("generate")
    .description("fill the sentinels of a prompt, or answer it")
    .argument("<checkpoint>", "a checkpoint's folder, or hf://OWNER/NAME")
    .argument("[prompts...]", "texts, with <extra_id_0>, <extra_id_1> … for what is to be filled")
    .option("--prompts <file>", 'a prompt a line; "-" reads them from stdin')
    .option("--max-tokens <n>", "tokens of an answer at most", wholeNumber, 64)
    .option("--beams <n>", "search with this many beams (default: greedy)", wholeNumber)
    .addOption(
      new Option(
        "--length-penalty <x>",
        "of beams: above 0 favours longer ones (default: 1)",
      ).argParser(fraction),
    )
    .addOption(sampling("--sample", "draw at random; so do the next four"))
    .addOption(
      sampling("--temperature <x>", "below 1 is surer, above 1 wilder (default: 1)").argParser(
        positive,
      ),
    )
    .addOption(
      sampling("--top-k <n>", "draw among this many (default: all)").argParser(wholeNumber),
    )
    .addOption(
      sampling(
        "--top-p <share>",
        "draw among those that make up this share (default: 1)",
      ).argParser(share),
    )
    .addOption(sampling("--seed <n>", "same seed, same texts (default: 0)").argParser(seed))
    .option("--answers <n>", "how many for each prompt, of samples or beams", wholeNumber, 1)
    .option("--tokenizer <path>", 'another than the checkpoint\'s: a folder, a file, or "bytes"')
    .addOption(engineOption())
    .addOption(deviceOption())
    .option("--threads <n>", "threads (default: all cores)", wholeNumber)
    .option(...json)
    .addHelpText(
      "after",
      examples(
        'generate runs/demo/wide/step-00001200 "Call me <extra_id_0>."',
        "generate a --prompts prompts.txt --beams 4 --answers 2 --json",
        'generate a "Call me <extra_id_0>." --sample --top-p 0.9 --answers 3',
      ),
    )
    .action(async (checkpoint: string, prompts: string[], flags: GenerateFlags, self: Command) => {
      if (prompts.length === 0 && flags.prompts === undefined) {
        self.error('error: give a prompt, "Call me <extra_id_0>." say, or --prompts with a file');
      }
      const { generateCommand, kindOf } = await import("./generate-command");
      const most = { greedy: 1, beam: flags.beams ?? 1, sample: Infinity }[kindOf(flags)];
      if (flags.answers > most) {
        self.error("error: more answers than one need --sample, or as many --beams");
      }
      finish(await generateCommand(checkpoint, { ...flags, given: prompts }, services));
    });
}
