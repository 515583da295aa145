/** What is under the pointer: a key's meaning, default and source; or what a model or stage is. */
import type { Hover } from "vscode-languageserver";
import type { RecipeFacts } from "./facts";
import { code, fieldText, markdown } from "./markdown";
import { nameAt } from "./names";
import type { RecipeDocument } from "./recipe-document";
import { isOnKey, spotsAt } from "./schema-walk";
import { StageFacts } from "./stage-facts";

export function hover(document: RecipeDocument, offset: number, facts: RecipeFacts): Hover | null {
  const { root } = document;
  if (root === undefined) return null;
  const trail = spotsAt(root, offset);
  const spot = trail.at(-1)!;
  const type = spot.type?.kind === "list" ? spot.type.items : spot.type;
  if (spot.names !== undefined || type?.kind === "reference") {
    const named = nameHover(document, offset, facts);
    if (named !== null) return named;
  }
  const { entry, field } = spot;
  if (entry === undefined || field === undefined) return null;
  const onKey = isOnKey(spot, offset);
  if (!onKey && spot.node.kind === "map") return null;
  return {
    contents: markdown(`**${entry.key}**`, ...fieldText(field)),
    range: document.range(onKey ? entry.keyRange : spot.node.range),
  };
}

function nameHover(document: RecipeDocument, offset: number, facts: RecipeFacts): Hover | null {
  const named = nameAt(document.names, offset);
  if (named === undefined) return null;
  const { kind, name, range } = named;
  const sizes = new StageFacts(document.draft, facts);
  const size = kind === "model" ? sizes.model(name) : kind === "stage" ? sizes.stage(name) : "";
  const record = kind === "stage" ? facts.run?.record.stages[name] : undefined;
  const state =
    record === undefined ? "" : `In its last run: ${record.state}${lossText(record.heldout_loss)}.`;
  return {
    contents: markdown(`${kind} ${code(name)}`, size ?? "", state),
    range: document.range(range),
  };
}

function lossText(loss: number | undefined): string {
  return loss === undefined ? "" : `, held-out loss ${loss.toFixed(3)}`;
}
