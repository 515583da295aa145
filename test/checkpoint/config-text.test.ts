import { expect, test } from "vitest";
import { parseConfiguration } from "../../server/checkpoint/config-json";
import { configurationText } from "../../server/checkpoint/config-text";
import { v10Small } from "./support/configurations";

test("configurationText() writes whole floats as floats, which transformers 5 insists on", () => {
  const configuration = { ...v10Small, initializer_factor: 1, dropout_rate: 0, d_ff: 10 };
  const text = configurationText(configuration);
  expect(text).toContain('"initializer_factor": 1.0,');
  expect(text).toContain('"dropout_rate": 0.0,');
  expect(text).toContain('"layer_norm_epsilon": 0.000001,');
  expect(text).toContain('"d_ff": 10,');
  expect(parseConfiguration(JSON.parse(text), "config.json")).toEqual(configuration);
});
