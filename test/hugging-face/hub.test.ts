import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hubOf } from "../../server/hugging-face/hub";
import { temporaryFolders } from "../checkpoint/support/folder";

const newFolder = temporaryFolders();

describe("hubOf()", () => {
  test("finds the cache where Hugging Face's own programs do", () => {
    const cacheOf = (environment: Record<string, string>) => hubOf(environment, "/home/me").cache;
    expect(cacheOf({})).toBe("/home/me/.cache/huggingface/hub");
    expect(cacheOf({ XDG_CACHE_HOME: "/x" })).toBe("/x/huggingface/hub");
    expect(cacheOf({ XDG_CACHE_HOME: "/x", HF_HOME: "~/hf" })).toBe("/home/me/hf/hub");
    expect(cacheOf({ HF_HOME: "$SCRATCH/${USER}/hf", SCRATCH: "/s", USER: "me" })).toBe(
      "/s/me/hf/hub",
    );
    expect(cacheOf({ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" })).toBe("/old");
    expect(cacheOf({ HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" })).toBe("/new");
    expect(cacheOf({ HF_HUB_CACHE: "" })).toBe("/home/me/.cache/huggingface/hub");
  });

  test("finds the token in the usual places, and none that cannot be one", async () => {
    const home = newFolder();
    mkdirSync(join(home, ".cache", "huggingface"), { recursive: true });
    const tokenOf = (environment: Record<string, string>) => hubOf(environment, home).token();
    expect(await tokenOf({})).toBeUndefined();
    writeFileSync(join(home, ".cache", "huggingface", "token"), " hf_kept\r\n");
    writeFileSync(join(home, "other"), "hf_other");
    expect(await tokenOf({})).toBe("hf_kept");
    expect(await tokenOf({ HF_TOKEN_PATH: "~/other" })).toBe("hf_other");
    expect(await tokenOf({ HUGGING_FACE_HUB_TOKEN: "hf_old" })).toBe("hf_old");
    expect(await tokenOf({ HUGGING_FACE_HUB_TOKEN: "hf_old", HF_TOKEN: "hf_new" })).toBe("hf_new");
    expect(
      await tokenOf({ HF_TOKEN: "hf_new", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }),
    ).toBeUndefined();
    await expect(tokenOf({ HF_TOKEN: "hf_\u00e9" })).rejects.toThrow(
      /^Cannot use the token in HF_TOKEN: it has characters that no token has; log in again/,
    );
  });

  test("asks where HF_ENDPOINT says, and nobody where HF_HUB_OFFLINE is set", () => {
    expect(hubOf({}).endpoint).toBe("https://huggingface.co");
    expect(hubOf({ HF_ENDPOINT: "http://mirror.example:8080/hub/" }).endpoint).toBe(
      "http://mirror.example:8080/hub",
    );
    for (const wrong of ["mirror", "ftp://x", "https://user:pass@x", "https://x/?q"]) {
      expect(() => hubOf({ HF_ENDPOINT: wrong })).toThrow(
        /^Cannot reach the Hub: HF_ENDPOINT is "/,
      );
    }
    const offline = ["1", "ON", "yes", "True"].map(
      (value) => hubOf({ HF_HUB_OFFLINE: value }).offline,
    );
    expect(offline).toEqual([true, true, true, true]);
    expect(hubOf({ HF_HUB_OFFLINE: "0" }).offline).toBe(false);
    expect(hubOf({ TRANSFORMERS_OFFLINE: "1" }).offline).toBe(true);
  });
});
