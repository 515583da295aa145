import { describe, expect, test } from "vitest";
import { parseProgress, type Progress, progressJson } from "../../server/training/progress";

const progress: Progress = {
  step: 12,
  updates: 40,
  cursor: { epoch: 1, block: 2, shard: 0, offset: 3, skip: 4, index: 5, corpus: "abc" },
  ownCost: { steps: 12, tokens: 3456, flops: 1.5e12, device_seconds: 0.1 + 0.2 },
  waitedSeconds: 1 / 3,
  lossScale: { scale: 2 ** 15, updates: 7, skipped: 3 },
  heldout: { step: 10, heldout_loss: 1.7, heldout_accuracy: 0.489 },
};

const written = (changes: object = {}): unknown =>
  JSON.parse(JSON.stringify({ ...(progressJson(progress, "adamw") as object), ...changes }));

describe("a stage's progress", () => {
  test("comes back from trainer_state.json bit by bit", () => {
    expect(parseProgress(written(), "x")).toEqual(progress);
  });

  test("needs no cursor, no held-out figures and no loss scale", () => {
    const none = { cursor: undefined, heldout: undefined };
    const found = parseProgress(written({ ...none, loss_scale: undefined }), "x");
    expect(found).toEqual({ ...progress, ...none, lossScale: undefined });
  });

  test("is refused where something is missing or another program wrote it", () => {
    const message = /^Cannot .* s\/trainer_state\.json/;
    const check = (json: unknown) => {
      expect(() => parseProgress(json, "s/trainer_state.json")).toThrow(message);
    };
    check(undefined);
    check({ optimizer: { kind: "adamw", updates: 3 } });
    check(written({ version: 2 }));
    check(written({ step: "12" }));
    check(written({ own_cost: { steps: 1 } }));
    check(written({ optimizer: { kind: "lion", updates: 3 } }));
    check(written({ cursor: { epoch: -1 } }));
    check(written({ loss_scale: { scale: 0, updates: 0, skipped: 0 } }));
    check(written({ loss_scale: 65536 }));
  });
});
