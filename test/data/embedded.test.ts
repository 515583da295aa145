import { describe, expect, it } from "vitest";
import { embeddedShards } from "../../server/data/embedded";
import { isHeldOut } from "../../server/data/holdout";

describe("embeddedShards()", () => {
  it("gives each chapter and each address a shard, cut into documents as text files are", async () => {
    const shards = await embeddedShards(["moby-dick", "sotu"]);
    expect(shards.length).toBe(139 + 233);
    const megabytes = shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1e6;
    expect(megabytes).toBeGreaterThan(11.7);
    expect(megabytes).toBeLessThan(12.2);
    const chapter = shards.find(({ name }) => name === "Moby Dick, chapter 1")!;
    const texts: string[] = []; // 12,262 bytes: a document is 4 to 8 KiB, the last one what is left.
    for await (const { text } of chapter.documents(0)) texts.push(text);
    expect(texts[0]).toMatch(/^Call me Ishmael\./);
    expect(texts.length).toBe(3);
  });

  it("leaves something of both texts to hold out, and most to train on", async () => {
    for (const name of ["moby-dick", "sotu"] as const) {
      let bytes = 0;
      let heldBytes = 0;
      for (const shard of await embeddedShards([name])) {
        for await (const document of shard.documents(0)) {
          bytes += document.text.length;
          if (isHeldOut(document, 0.02)) heldBytes += document.text.length;
        }
      }
      expect(heldBytes / bytes).toBeGreaterThan(0.01);
      expect(heldBytes / bytes).toBeLessThan(0.03);
    }
  });
});
