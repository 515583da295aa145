/** A model in words; no VS Code in here, so that tests read it as it is. */
import type { ModelDimensions } from "../server/protocol/checkpoint";
import type { Translate } from "./translate";

/** "d_model 96, 4 heads of 24, d_ff 256, 2 + 2 layers". */
export function dimensionsText(dimensions: ModelDimensions, t: Translate): string {
  const { d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers } = dimensions;
  return t(
    "d_model {0}, {1} heads of {2}, d_ff {3}, {4} + {5} layers",
    ...[d_model, num_heads, d_kv, d_ff, num_layers, num_decoder_layers],
  );
}
