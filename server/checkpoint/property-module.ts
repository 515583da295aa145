/** The Python files that let transformers load a property child, by name; none for a stock T5. */
import type { T5Configuration } from "./configuration";
import configurationSource from "./python/configuration_deep_fusion_t5.py";
import modelingSource from "./python/modeling_deep_fusion_t5.py";

export function propertyModule({
  fusion_parts,
}: T5Configuration): Readonly<Record<string, string>> {
  if (fusion_parts.length === 1) return {};
  return {
    "configuration_deep_fusion_t5.py": configurationSource,
    "modeling_deep_fusion_t5.py": modelingSource,
  };
}
