/** `deep-fusion inspect CHECKPOINT`: what a checkpoint is, what it holds and where it came from. */
import type { T5Configuration } from "../checkpoint/configuration";
import { printable } from "../checkpoint/json";
import type { CheckpointSummary } from "../checkpoint/summary";
import { grouped, quantity } from "./format";
import { lineageTree } from "./lineage-tree";

export interface InspectOutput {
  readonly json: boolean;
  write(text: string): void;
}

export function inspect(summary: CheckpointSummary, output: InspectOutput): void {
  output.write(
    output.json ? `${JSON.stringify(summaryJson(summary), null, 2)}\n` : summaryText(summary),
  );
}

function summaryJson(summary: CheckpointSummary): Record<string, unknown> {
  return {
    directory: summary.directory,
    configuration: summary.configuration,
    parameters: summary.parameters,
    size_bytes: summary.sizeBytes,
    tokenizer_files: summary.tokenizerFiles,
    has_optimizer: summary.hasOptimizer,
    lineage: summary.lineage ?? null,
    tensors: summary.tensors.map(({ name, dtype, shape, sizeBytes }) => ({
      name,
      dtype,
      shape,
      size_bytes: sizeBytes,
    })),
  };
}

function summaryText(summary: CheckpointSummary): string {
  const { configuration, lineage, tokenizerFiles } = summary;
  const sections = [
    [
      summary.directory,
      describeModel(configuration),
      `${grouped(summary.parameters)} parameters, ${quantity(summary.sizeBytes, "B")} on disk`,
      `tokenizer: ${tokenizerFiles.length === 0 ? "none" : tokenizerFiles.join(", ")}`,
      `optimizer state: ${summary.hasOptimizer ? "yes" : "none"}`,
    ],
    ["Configuration", ...indented(configurationLines(configuration))],
    ["Lineage", ...indented(lineage === undefined ? ["none written"] : lineageTree(lineage))],
    ["Tensors", ...indented(tensorLines(summary))],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function describeModel(configuration: T5Configuration): string {
  const { fusion_parts, num_layers, num_decoder_layers } = configuration;
  const layers = `${num_layers} encoder and ${num_decoder_layers} decoder layers`;
  const head =
    `${configuration.tie_word_embeddings ? "tied" : "untied"} and ` +
    `${configuration.scale_decoder_outputs ? "scaled" : "unscaled"} head`;
  const parts =
    fusion_parts.length === 1
      ? ""
      : `, ${fusion_parts.length} parts normalised on their own (${fusion_parts.join(" + ")})`;
  return `T5, ${layers}, ${head}${parts}`;
}

function configurationLines(configuration: T5Configuration): string[] {
  const entries = Object.entries(configuration).map(
    ([key, value]) => [key, JSON.stringify(value)] as const,
  );
  return columns(entries);
}

function tensorLines({ tensors }: CheckpointSummary): string[] {
  return columns(
    tensors.map(({ name, dtype, shape, sizeBytes }) => [
      printable(name),
      dtype,
      `[${shape.join(", ")}]`,
      quantity(sizeBytes, "B"),
    ]),
  );
}

/** Rows of equally many cells, aligned on the left. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
