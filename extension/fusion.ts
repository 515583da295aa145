/** Fusing from the editor: choose parents and method by keyboard, see what would happen, fuse, see the receipt. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import type { FusionMethod, Lineage } from "../server/protocol/checkpoint";
import { type FusionPreflight, fuseRequest, planFusionRequest } from "../server/protocol/fusion";
import type { ServerClient } from "./client";
import { deviation } from "./format";
import { askMethod, askName, askNumber } from "./fusion-questions";
import { preflightText } from "./fusion-text";
import type { Jobs } from "./jobs";
import { pickCheckpoints } from "./pick-checkpoints";
import { isAllowed } from "./trust";
import type { CheckpointTree } from "./views/checkpoint-tree";
import { plain, plainText } from "./views/nodes";
import { checkpointsOf } from "./views/selection";

export interface FusionOptions {
  readonly client: ServerClient;
  readonly tree: CheckpointTree;
  readonly jobs: Jobs;
}

interface Draft {
  readonly parents: readonly string[];
  readonly copies: number;
  readonly method: FusionMethod;
  readonly fill: number;
  readonly directory: string;
  /** Of the fill, and of what smaller parents are padded with. */
  readonly seed: number;
}

const usualSeed = 0;

export class Fusion {
  constructor(private readonly options: FusionOptions) {}

  async fuse(target: unknown, selected: unknown): Promise<void> {
    const given = checkpointsOf(target, selected).map(({ checkpoint }) => checkpoint.directory);
    const parents = given.length > 1 ? given : await this.pick(given);
    if (parents === undefined) return;
    await this.fuseParents(parents);
  }

  /** A checkpoint with copies of itself. */
  async selfFuse(target: unknown): Promise<void> {
    const [given] = checkpointsOf(target, undefined);
    const parents =
      given === undefined
        ? await pickCheckpoints(this.options, {
            title: vscode.l10n.t("Self-Fuse: which checkpoint?"),
            least: 1,
            most: 1,
          })
        : [given.checkpoint.directory];
    const copies = await (parents &&
      askNumber({ title: vscode.l10n.t("How many copies?"), value: 2, least: 2, whole: true }));
    if (parents === undefined || copies === undefined) return;
    await this.draft(parents, copies);
  }

  async fuseParents(parents: readonly string[]): Promise<void> {
    await this.draft(parents, 1);
  }

  private pick(given: readonly string[]): Promise<readonly string[] | undefined> {
    return pickCheckpoints(this.options, {
      title: vscode.l10n.t("Fuse: which checkpoints?"),
      picked: given,
      least: 2,
    });
  }

  private async draft(parents: readonly string[], copies: number): Promise<void> {
    if (!isAllowed()) return;
    const method = await askMethod(copies > 1 ? "rule" : "property");
    if (method === undefined) return;
    const fill = await askNumber({
      title: vscode.l10n.t(
        "Fill of the zero blocks, times each kernel's own deviation (0 leaves them zero)",
      ),
      value: copies > 1 ? 0.01 : 0,
      least: 0,
    });
    if (fill === undefined) return;
    const folder = childFolder(parents);
    const name = await askName(folder, parents, copies);
    if (name === undefined) return;
    const directory = join(folder, name);
    await this.confirm({ parents, copies, method, fill, directory, seed: usualSeed });
  }

  private async confirm(draft: Draft): Promise<void> {
    const plan = await this.options.client.request(planFusionRequest, draft);
    if (plan.kind === "refused") {
      await vscode.window.showErrorMessage(vscode.l10n.t("These checkpoints cannot be fused"), {
        modal: true,
        detail: plan.faults.map(plainText).join("\n"),
      });
      return;
    }
    const fuse = vscode.l10n.t("Fuse");
    const otherSeed = vscode.l10n.t("Other Seed…");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t("Fuse into {0}?", plain(basename(draft.directory))),
      { modal: true, detail: preflightText(plan, draft, vscode.l10n.t) },
      fuse,
      otherSeed,
    );
    if (answer === fuse) await this.carryOut(draft, plan);
    if (answer === otherSeed) await this.reseed(draft);
  }

  private async reseed(draft: Draft): Promise<void> {
    const title = vscode.l10n.t("Seed of the fill and of padding");
    const seed = await askNumber({ title, value: draft.seed, least: 0, whole: true });
    if (seed !== undefined) await this.confirm({ ...draft, seed });
  }

  private async carryOut(draft: Draft, plan: FusionPreflight): Promise<void> {
    const name = basename(draft.directory);
    const lineage = await this.options.jobs.run(
      vscode.l10n.t("Fusing into {0}", plain(name)),
      (job, token) => this.options.client.request(fuseRequest, { ...draft, job }, token),
    );
    this.options.tree.refresh();
    // The receipt may stay; the command is over.
    void showReceipt(draft, lineage, plan);
  }
}

/** Beside the first parent's run, or beside the parent itself. */
function childFolder(parents: readonly string[]): string {
  const [first] = parents;
  const above = dirname(first ?? "");
  return /^step-\d+$/.test(basename(first ?? "")) ? join(dirname(dirname(above)), "fused") : above;
}

async function showReceipt(
  { directory, parents }: Draft,
  lineage: Lineage,
  plan: FusionPreflight,
): Promise<void> {
  const { operation } = lineage;
  if (operation.kind !== "fused" || plan.kind !== "fits") return;
  const { kind, drift, limit, parent_losses, child_loss, probe } = operation.receipt;
  const found =
    kind === "exact"
      ? vscode.l10n.t(
          "exact, {0} of the largest logit (limit {1})",
          deviation(drift),
          deviation(limit),
        )
      : vscode.l10n.t("drifts by {0} of the largest logit", deviation(drift));
  const losses = vscode.l10n.t(
    "on {0}, loss of the parents {1}, of the child {2}",
    plain(probe.source),
    parent_losses.map((loss) => loss.toFixed(3)).join(", "),
    child_loss.toFixed(3),
  );
  const trainOn = vscode.l10n.t("Train On");
  const open = vscode.l10n.t("Open");
  const compare = vscode.l10n.t("Compare");
  const answer = await vscode.window.showInformationMessage(
    `${plain(basename(directory))}: ${found}; ${losses}.`,
    trainOn,
    open,
    compare,
  );
  const execute = vscode.commands.executeCommand;
  if (answer === trainOn) await execute("deepFusion.trainOn", directory);
  if (answer === open) await execute("deepFusion.showLineage", directory);
  if (answer === compare) await execute("deepFusion.compare", [...new Set(parents), directory]);
}
