/** What a model or a stage amounts to, in a few words: for inlay hints and hovers. */
import { parameterCount } from "../checkpoint/parameters";
import type { T5Configuration } from "../checkpoint/configuration";
import { draftConfigurations } from "../recipe/draft-configurations";
import type { DraftConfigurations } from "../recipe/draft-configurations";
import { objectiveFields } from "../recipe/fields";
import type { Recipe } from "../recipe/recipe";
import { literals, trainNumbers } from "../recipe/resolve-train";
import { trainStageSize } from "../recipe/stage-size";
import type { StageSize } from "../recipe/stage-size";
import type { RecipeFacts } from "./facts";
import { bytes, duration, flops, large } from "./figures";

const bytesPerParameter = 4;

export class StageFacts {
  private readonly configurations: DraftConfigurations;

  constructor(
    private readonly recipe: Recipe,
    private readonly facts: RecipeFacts,
  ) {
    const { tokenizer, imported } = facts;
    const vocabulary = tokenizer?.vocabSize ?? 0;
    this.configurations = draftConfigurations(recipe, { vocabulary, imported });
  }

  /** "77M parameters, 308 MB". */
  model(name: string): string | undefined {
    return this.sized(this.configurations.model(name));
  }

  /** Train: "1.6B tokens, 2.1 EFLOP, about 4 min here". Fuse and import: as of a model. */
  stage(name: string): string | undefined {
    const entry = Object.hasOwn(this.recipe.stages, name) ? this.recipe.stages[name] : undefined;
    if (entry === undefined || "evaluate" in entry) return undefined;
    if (!("train" in entry)) return this.sized(this.configurations.stage(name));
    const size = this.trainSize(name);
    if (size === undefined) return undefined;
    const speed = this.facts.flopsPerSecond;
    const time = speed === undefined ? "" : `, about ${duration(size.flops / speed)} here`;
    return `${large(size.tokens)} tokens, ${flops(size.flops)}${time}`;
  }

  trainSize(name: string): StageSize | undefined {
    const entry = Object.hasOwn(this.recipe.stages, name) ? this.recipe.stages[name] : undefined;
    if (entry === undefined || !("train" in entry)) return undefined;
    const configuration = this.known(this.configurations.stage(name));
    const { steps, batch, inputs } = trainNumbers(entry, this.recipe.defaults?.train);
    if (configuration === undefined || steps === undefined) return undefined;
    const { noise_density, mean_span_length } = {
      ...literals(objectiveFields),
      ...this.recipe.objective,
    } as { noise_density: number; mean_span_length: number };
    try {
      const objective = { noise_density, mean_span_length };
      return trainStageSize(configuration, { steps, batch, inputs, objective });
    } catch (error) {
      // An objective that fits no window; the run says so, a hint need not.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private sized(configuration: T5Configuration | undefined): string | undefined {
    const known = this.known(configuration);
    if (known === undefined) return undefined;
    const parameters = parameterCount(known);
    return `${large(parameters)} parameters, ${bytes(parameters * bytesPerParameter)}`;
  }

  /** Without a vocabulary a model has no size. */
  private known(configuration: T5Configuration | undefined): T5Configuration | undefined {
    return configuration === undefined || configuration.vocab_size < 1 ? undefined : configuration;
  }
}
