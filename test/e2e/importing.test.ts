import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { writeParents } from "../fusion/support/parent-folders";
import { answer, type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { useVsCode } from "./support/vscode";
import { notification, openDeepFusion, pick, row, runCommand, type } from "./support/workbench";

describe("importing a checkpoint from the Hugging Face Hub", () => {
  let hub: HubServer;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "importing-"));
    await writeParents(directory);
    hub = await startHub();
    hub.host({ name: "tiny/a", files: filesOf(join(directory, "a")) });
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_HUB_CACHE", join(directory, "cache"));
    vi.stubEnv("HF_TOKEN", "");
  });
  const vscode = useVsCode({ workspace: {} });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await hub.close();
    await rm(directory, { recursive: true });
  });

  async function importIt(text: string): Promise<void> {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Import a Checkpoint…");
    await pick(page, "from where?", "From the Hugging Face Hub…");
    await type(page, "which model?", text);
  }

  test("says why it cannot be had, and shows it under its repository's name once it is there", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    hub.fail(/^\/api\/models\/tiny\/a/, answer(401, { "x-error-code": "GatedRepo" }));
    await importIt("tiny/a");
    await notification(page, /it is gated; accept its terms/).waitFor();
    await importIt("tiny/a");
    await row(page, /^tiny\/a at [0-9a-f]{7}/).waitFor();
    expect(existsSync(join(directory, "cache", "models--tiny--a", "refs", "main"))).toBe(true);
  });
});
