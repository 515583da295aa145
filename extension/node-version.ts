/** Whether a Node can run the server and the trainers; no VS Code in here, so that tests ask real ones. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Translate } from "./translate";

const oldest = [20, 19] as const;
const oldestText = oldest.join(".");
const patienceMs = 15_000;

/** Why it cannot, in words for the user; undefined where it can. */
export async function nodeFault(node: string, t: Translate): Promise<string | undefined> {
  const said = await ask(node);
  if (said instanceof Error) return t("Cannot start Node ({0}): {1}", node, reasonOf(said, t));
  const version = /^v(\d+)\.(\d+)\./.exec(said);
  if (version === null)
    return t("Cannot use {0} as Node: asked for its version, it says otherwise", node);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  const found = said.trim();
  return t("Cannot use {0}: it is Node {1}, and {2} or newer is needed", node, found, oldestText);
}

async function ask(node: string): Promise<string | Error> {
  try {
    const { stdout } = await promisify(execFile)(node, ["--version"], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
      timeout: patienceMs,
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function reasonOf(error: Error, t: Translate): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return t("there is no such program");
  if (code === "EACCES") return t("it may not be run");
  return error.message;
}
