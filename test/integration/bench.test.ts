import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { benches } from "../bench/benches";
import { distUrl } from "../support/dist";

function bench(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = [fileURLToPath(distUrl("bench.js")), ...words];
  return spawnSync(process.execPath, command, { encoding: "utf8" });
}

describe("npm run bench", () => {
  it("lists what it can measure, each under a name of its own", () => {
    const { status, stdout } = bench("--list");
    const listed = stdout.trim().split("\n");
    expect(status).toBe(0);
    expect(listed.map((line) => line.split(" ")[0])).toEqual(benches.map(({ name }) => name));
    expect(new Set(benches.map(({ name }) => name)).size).toBe(benches.length);
  });

  it("refuses a name that it does not know, and says which there are", () => {
    const { status, stdout, stderr } = bench("speed", "--json");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`Cannot run bench "speed": there is none of that name; choose from`);
  });

  it("refuses an option that it does not know", () => {
    expect(bench("--jsn").status).toBe(2);
  });
});
