/** The feed-forward layer's kind, which config.json gives in up to three keys. */
import type { T5Configuration } from "./configuration";
import { shown, type JsonObject } from "./json";

type Kind = Pick<T5Configuration, "dense_act_fn" | "is_gated_act">;

/** Hugging Face's names of the activations we compute; several name the same function. */
const activations: ReadonlyMap<unknown, Kind["dense_act_fn"]> = new Map([
  ["relu", "relu"],
  ["gelu", "gelu"],
  ["gelu_new", "gelu_new"],
  ["gelu_fast", "gelu_new"],
  ["gelu_pytorch_tanh", "gelu_new"],
  ["silu", "silu"],
  ["swish", "silu"],
]);

const standIn: Kind = { dense_act_fn: "relu", is_gated_act: false };

/** Faults are an activation that is not supported, and a kind that is not of the form "gated-x" or "x". */
export function activation(json: JsonObject, fault: (reason: string) => void): Kind {
  const projection = json.feed_forward_proj ?? "relu";
  const match = typeof projection === "string" ? /^(gated-)?([^-]+)$/.exec(projection) : null;
  const [, gate, name] = match ?? [];
  if (name === undefined) {
    fault(
      `feed_forward_proj is ${shown(projection)}; expected an activation such as "relu", or "gated-gelu"`,
    );
    return standIn;
  }
  const implied = projection === "gated-gelu" ? "gelu_new" : name;
  const dense_act_fn = activations.get(json.dense_act_fn ?? implied);
  if (dense_act_fn === undefined) {
    fault(
      `the activation is ${shown(json.dense_act_fn ?? implied)}; supported are ${[...activations.keys()].join(", ")}`,
    );
    return standIn;
  }
  const is_gated_act = json.is_gated_act ?? gate !== undefined;
  if (typeof is_gated_act !== "boolean") {
    fault(`is_gated_act is ${shown(is_gated_act)}; expected true or false`);
    return standIn;
  }
  return { dense_act_fn, is_gated_act };
}

/** "gated-gelu" means the tanh form; the erf form needs dense_act_fn beside it, which we always write. */
export function feedForwardProjection({ dense_act_fn, is_gated_act }: Kind): string {
  if (!is_gated_act) return dense_act_fn;
  return dense_act_fn === "gelu_new" ? "gated-gelu" : `gated-${dense_act_fn}`;
}
