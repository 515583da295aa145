/** `deep-fusion inspect CHECKPOINT`, as the command line asks for it. */
import { resolve } from "node:path";
import { inspect } from "./inspect";
import type { ExitCode, Services } from "./services";

export async function inspectCommand(
  checkpoint: string,
  flags: { readonly json?: boolean },
  { output, directory }: Services,
): Promise<ExitCode> {
  await inspect(resolve(directory, checkpoint), {
    json: flags.json === true,
    write: (text) => {
      output.result(text.trimEnd());
    },
  });
  return 0;
}
