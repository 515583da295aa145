/** What the NVIDIA driver says of its cards. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface GraphicsCard {
  readonly name: string;
  readonly memoryBytes: number;
}

/** The first; undefined where there is no driver, or no card. */
export async function findGraphicsCard(): Promise<GraphicsCard | undefined> {
  return (await findGraphicsCards())[0];
}

/** In the order of their numbers; none where there is no driver. */
export async function findGraphicsCards(): Promise<readonly GraphicsCard[]> {
  const query = ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, {
      timeout: 15_000,
      windowsHide: true,
    });
    return parseCards(stdout);
  } catch {
    return [];
  }
}

/** Lines of "NVIDIA H100 80GB HBM3, 81559", memory in MiB; what is no such line is left out. */
export function parseCards(text: string): GraphicsCard[] {
  return text.split("\n").flatMap((line) => {
    const [, name, mebibytes] = /^(.+), (\d+)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, memoryBytes: Number(mebibytes) * 2 ** 20 }];
  });
}
