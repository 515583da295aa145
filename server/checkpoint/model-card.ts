/**
 * README.md, the model card that Hugging Face shows: what a checkpoint was made of and how, the proof, how to load it,
 * and under which licence its parents stand, as far as their cards say so.
 */
import { stringify } from "yaml";
import type { Cost, Lineage, Operation, Receipt } from "../protocol/checkpoint";
import { type CardLicense, commonLicenses } from "./card-license";
import type { T5Configuration } from "./configuration";
import { printable } from "./json";
import { parameterCount } from "./parameters";

export interface CardContents {
  readonly configuration: T5Configuration;
  readonly lineage: Lineage;
  readonly hasTokenizer: boolean;
  /** The parents' cards, in any order; undefined for one that has none. */
  readonly parentCards: readonly (string | undefined)[];
}

export function modelCard(contents: CardContents): string {
  const { lineage } = contents;
  const licenses = commonLicenses(contents.parentCards);
  const sections = [
    `# ${title(lineage)}`,
    about(contents),
    ...receiptSection(lineage.operation),
    `## Use\n\n${use(contents)}`,
    `## Lineage\n\n${lineageText(lineage)}`,
    ...licenseSection(lineage, licenses),
    `Written by ${code(lineage.created_by)}; deep_fusion.json has all of this for programs.`,
  ];
  return `---\n${frontMatter(lineage, licenses)}---\n\n${sections.join("\n\n")}\n`;
}

function frontMatter({ parents }: Lineage, licenses: readonly CardLicense[]): string {
  const [license, ...others] = licenses;
  const bases = parents.flatMap(
    ({ name }) => /^hf:\/\/([\w.-]+\/[\w.-]+)(?:@|$)/.exec(name)?.[1] ?? [],
  );
  return stringify({
    library_name: "transformers",
    tags: ["t5", "deep-fusion"],
    ...(license && {
      license: others.length > 0 ? licenses.map(({ id }) => id) : license.id,
      ...(others.length === 0 && license.name !== undefined && { license_name: license.name }),
      ...(others.length === 0 && license.link !== undefined && { license_link: license.link }),
    }),
    ...(bases.length > 0 && { base_model: [...new Set(bases)] }),
  });
}

function title({ operation, parents }: Lineage): string {
  const names = [...new Set(parents.map(({ name }) => code(name)))];
  switch (operation.kind) {
    case "fused":
      return names.length === 1
        ? `T5 fused of ${names[0]!} with itself`
        : `T5 fused of ${listed(names)}`;
    case "trained":
      return names.length === 0 ? "T5 trained from scratch" : `T5 trained on from ${listed(names)}`;
    case "imported":
      return `T5 imported from ${code(operation.source)}`;
    case "initialised":
      return "T5 with initial weights";
  }
}

function about({ configuration, lineage: { operation, cost } }: CardContents): string {
  const { d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers } = configuration;
  const size =
    `It has ${parameterCount(configuration).toLocaleString("en")} parameters: d_model ${d_model}, ${num_heads} heads ` +
    `of ${d_kv}, d_ff ${d_ff}, ${num_layers} + ${num_decoder_layers} layers, ${configuration.vocab_size} tokens.`;
  return `${howMade(operation)} ${size} Its whole lineage cost ${costText(cost)}.`.trim();
}

function howMade(operation: Operation): string {
  if (operation.kind === "trained") return `It was trained for ${operation.steps} steps.`;
  if (operation.kind !== "fused") return "";
  const { method, fill, seed } = operation;
  const how = {
    property:
      "Each part of its width is normalised on its own (method `property`), so that its logits are the mean of its parents'.",
    rule: "It has stock norms over its whole width (method `rule`).",
    calibrated:
      "It has stock norms over its whole width, with scales fitted on probe examples (method `calibrated`).",
  } as const;
  const filled =
    fill === 0
      ? "The blocks between the parts are zero."
      : `The blocks between the parts are normal noise of ${fill} times each kernel's own deviation, seed ${seed}.`;
  return `${how[method]} ${filled}`;
}

function receiptSection(operation: Operation): string[] {
  return operation.kind === "fused" ? [`## Receipt\n\n${receiptText(operation.receipt)}`] : [];
}

function receiptText(receipt: Receipt): string {
  const { kind, drift, limit, probe, parent_losses, child_loss } = receipt;
  const verdict =
    kind === "exact"
      ? `The fusion is exact: at most ${limit.toExponential(1)} was allowed.`
      : "The fusion is not exact, and this says by how much.";
  const lines = [
    `Parents and child ran on ${probe.examples} examples of ${code(probe.source)} (${probe.tokens} tokens).`,
    `The largest distance of the child's logits from the parents' mean is ${drift.toExponential(1)} of the largest logit. ${verdict}`,
    `Losses: parents ${parent_losses.map(loss).join(", ")}; child ${loss(child_loss)}.`,
  ];
  const { filled_drift, filled_loss } = receipt;
  if (filled_drift !== undefined && filled_loss !== undefined) {
    lines.push(
      `After the fill the distance is ${filled_drift.toExponential(1)}, and the loss ${loss(filled_loss)}.`,
    );
  }
  return lines.join("\n");
}

function use({ configuration, hasTokenizer }: CardContents): string {
  const isProperty = configuration.fusion_parts.length > 1;
  const trust = isProperty ? ", trust_remote_code=True" : "";
  const { tie_word_embeddings: tied, scale_decoder_outputs: scaled } = configuration;
  const python = [
    "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer",
    "",
    'folder = "."  # where this file lies',
    `model = AutoModelForSeq2SeqLM.from_pretrained(folder${trust})`,
    hasTokenizer
      ? `tokenizer = AutoTokenizer.from_pretrained(folder${trust})`
      : 'tokenizer = AutoTokenizer.from_pretrained("...")  # it has none of its own: name one',
    'inputs = tokenizer("A <extra_id_0> walks into a bar.", return_tensors="pt")',
    "print(tokenizer.decode(model.generate(**inputs)[0]))",
  ];
  const notes = isProperty
    ? "The norms of its parts are the Python code in `modeling_deep_fusion_t5.py`; without `trust_remote_code` it is refused."
    : tied === scaled
      ? "It is a stock T5."
      : "Load it with transformers 5: before, stock code scales a head exactly when it is tied, and reads this one wrongly.";
  return [
    `\`\`\`python\n${python.join("\n")}\n\`\`\``,
    notes,
    '```sh\nnpx deep-fusion generate . "A <extra_id_0> walks into a bar."\nnpx deep-fusion inspect .\n```',
  ].join("\n\n");
}

function lineageText({ ancestors, parents }: Lineage): string {
  if (ancestors.length === 0) return "It has no ancestors.";
  const own = new Set(parents.map(({ weights_sha256 }) => weights_sha256));
  const rows = ancestors.map((ancestor) => {
    const { name, operation, weights_sha256, own_cost } = ancestor;
    const role = own.has(weights_sha256) ? "parent" : "ancestor";
    const cells = [code(name), role, operationText(operation), costText(own_cost)];
    return `| ${[...cells, code(weights_sha256)].join(" | ")} |`;
  });
  return [
    "| Checkpoint | Is a | Was | Own cost | SHA-256 of its weights |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function operationText(operation: Operation): string {
  switch (operation.kind) {
    case "fused":
      return `fused (${operation.method})`;
    case "trained":
      return `trained, ${operation.steps} steps`;
    case "imported":
      return "imported";
    case "initialised":
      return "initialised";
  }
}

function licenseSection({ parents }: Lineage, licenses: readonly CardLicense[]): string[] {
  if (parents.length === 0) return [];
  const names = licenses.map(
    ({ id, name, link }) => `${name ?? id}${link === undefined ? "" : ` (${link})`}`,
  );
  const text =
    names.length === 0
      ? "Not all of its parents' cards state one: look where they came from."
      : `Its parents' cards state ${listed(names)}.`;
  return [`## Licence\n\n${text}`];
}

function costText({ steps, tokens, flops }: Cost): string {
  if (steps === 0) return "no training that is known";
  return `${steps} steps, ${tokens.toLocaleString("en")} tokens, ${flops.toExponential(2)} FLOP`;
}

function loss(value: number): string {
  return value.toFixed(4);
}

/** As Markdown, in a table too; a name has no say in what else stands there. */
function code(text: string): string {
  return `\`${printable(text).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? (names[0] ?? "")
    : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`;
}
