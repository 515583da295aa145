/** Whether a Node can run the server and the trainers; no VS Code in here, so that tests ask real ones. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const oldest = [20, 19] as const;
const patienceMs = 15_000;

/** Why it cannot, in words for the user; undefined where it can. */
export async function nodeFault(node: string): Promise<string | undefined> {
  const said = await ask(node);
  if (said instanceof Error) return `Cannot start Node (${node}): ${reasonOf(said)}`;
  const version = /^v(\d+)\.(\d+)\./.exec(said);
  if (version === null)
    return `Cannot use ${node} as Node: asked for its version, it says otherwise`;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `Cannot use ${node}: it is Node ${said.trim()}, and ${oldest.join(".")} or newer is needed`;
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

function reasonOf(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such program";
  if (code === "EACCES") return "it may not be run";
  return error.message;
}
