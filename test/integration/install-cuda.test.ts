import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { commandWith, startCommandWith } from "../support/command-line";

let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-install-"));
  // Nobody listens there: whatever would be fetched cannot be.
  const nowhere = "http://127.0.0.1:9";
  environment = {
    DEEP_FUSION_ENGINES: join(folder, "engines"),
    ...{ npm_config_registry: nowhere, npm_config_fetch_retries: "0" },
    ...{ npm_config_cache: join(folder, "npm"), npm_config_offline: "false" },
    ...{ PIP_INDEX_URL: nowhere, PIP_RETRIES: "0", PIP_NO_INDEX: "", PIP_FIND_LINKS: "" },
  };
});
afterAll(() => rm(folder, { recursive: true }));

const install = (...flags: readonly string[]) =>
  commandWith(folder, environment, "doctor", "--install", "cuda", ...flags);

const isLinux = process.platform === "linux" && process.arch === "x64";

describe.runIf(isLinux)("doctor --install cuda", () => {
  test("says of each way why it cannot be, and leaves nothing but what was printed", async () => {
    const { code, stderr } = await install("--python", "no-such-python");
    expect(code).toBe(1);
    const last = stderr.trim().split("\n").at(-1);
    expect(last).toMatch(
      /^deep-fusion: Cannot set cuda up: onnxruntime's own installer: .+; the wheel of onnxruntime-gpu: no Python with pip was found as no-such-python; .+; what was printed is in .+onnxruntime-cuda\.log$/,
    );
    expect(stderr).toMatch(/^not by onnxruntime's own installer: .*127\.0\.0\.1/m);
    expect(await readdir(join(folder, "engines"))).toEqual(["onnxruntime-cuda.log"]);
  });

  test("takes CUDA's libraries alone from a Python environment", async () => {
    const { code, stderr } = await install("--from", "python");
    expect(code).toBe(1);
    expect(stderr).toContain("Cannot set cuda up from python: ");
  });

  test.runIf(hasPip())("can be taken back, and is then as it was", async () => {
    const slow = { ...environment, PIP_RETRIES: "100" };
    const { child, ended } = startCommandWith(
      ...([folder, slow, "doctor", "--install", "cuda", "--from", "wheel"] as const),
    );
    await vi.waitUntil(isFetching, { timeout: 60_000 });
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 1 });
    expect(await readdir(join(folder, "engines"))).toEqual(["onnxruntime-cuda.log"]);
  });
});

test("doctor --install cuda says where there is none", async () => {
  if (isLinux) return;
  expect((await install()).stderr).toContain("computes by CUDA on linux-x64 alone");
});

async function isFetching(): Promise<boolean> {
  const names = await readdir(join(folder, "engines"), { recursive: true });
  return names.some((name) => name.endsWith("wheels"));
}

function hasPip(): boolean {
  try {
    execFileSync("python3", ["-m", "pip", "--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
