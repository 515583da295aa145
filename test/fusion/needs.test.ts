import { expect, test } from "vitest";
import { parameterCount } from "../../server/checkpoint/parameters";
import { fusionNeeds } from "../../server/fusion/needs";
import { planFusion } from "../../server/fusion/plan";
import { parentOf, small } from "./support/parents";

test("fusionNeeds() counts the child's weights, and AdamW's two moments beside them", () => {
  const plan = planFusion([parentOf(small, "a")], { method: "rule", copies: 2 });
  const bytes = 4 * parameterCount(plan.configuration);
  const without = fusionNeeds(plan, { optimizer: undefined, targets: 8 });
  expect(without.diskBytes).toBe(bytes);
  // The largest tensor is a kernel of wi or wo, 12 x 14; the logits are 8 x 11, four times.
  expect(without.memoryBytes).toBe(bytes + 4 * (3 * 12 * 14 + 4 * 8 * 11));
  expect(fusionNeeds(plan, { optimizer: "adamw", targets: 8 }).diskBytes).toBe(3 * bytes);
});
