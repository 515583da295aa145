/** One run in the panel: its stages, the stage in hand, and what can be done now. */
import type { FromPanel } from "../../server/protocol/panel";
import type { RunState, RunStatus, StageStatus } from "../../server/protocol/runs";
import { markIcon } from "../charts/mark-icon";
import { stageStyle } from "../charts/palette";
import { element, plain } from "../dom";
import { t } from "../l10n";
import type { StageLog } from "../live/stage-log";
import { runStates } from "../states";
import type { PageColors } from "../theme";
import { deviceText, shareDone, stageDetail, stageFigures, stageInHand } from "./figures";
import { sparkline } from "./sparkline";

export interface RunCardScene {
  readonly run: RunStatus;
  readonly logOf: (stage: string) => StageLog | undefined;
  readonly colors: PageColors;
  readonly trusted: boolean;
}

/** Kept as long as its run is shown, so that buttons keep the focus while figures change. */
export class RunCard {
  readonly root: HTMLElement;
  readonly #post: (message: FromPanel) => void;
  readonly #name = element("h2", {});
  readonly #state = element("span", { class: "state" });
  readonly #stages = element("ul", { class: "stages" });
  readonly #inHand = element("div", {});
  readonly #actions = element("div", { class: "actions" });
  readonly #notice = element("p", { class: "notice", role: "status", hidden: "" });
  #actionsDrawn = "";

  constructor(post: (message: FromPanel) => void) {
    this.#post = post;
    this.root = element(
      "section",
      { class: "run" },
      element("div", { class: "head" }, this.#name, this.#state),
      this.#notice,
      this.#stages,
      this.#inHand,
      this.#actions,
    );
  }

  show(scene: RunCardScene): void {
    const { run } = scene;
    setText(this.#name, run.name);
    this.#name.title = run.folder;
    setText(this.#state, runStates[run.state]);
    this.root.setAttribute("aria-label", t("Run {0}", run.name));
    this.#drawNotice(run);
    this.#stages.replaceChildren(
      ...run.stages
        .filter(({ kind }) => kind !== "evaluate")
        .map((stage) => stageRow(stage, styleOf(run, stage, scene.colors))),
    );
    this.#inHand.replaceChildren(...inHand(scene));
    this.#drawActions(scene);
  }

  #drawNotice({ reason, waits, recipeChanged, state }: RunStatus): void {
    const changed =
      recipeChanged && state !== "done"
        ? t("The recipe was changed since: this run goes on with its own copy.")
        : undefined;
    const text = reason ?? (waits === undefined ? changed : t("Waits. {0}", waits));
    this.#notice.hidden = text === undefined;
    this.#notice.classList.toggle("error", reason !== undefined);
    setText(this.#notice, text ?? "");
  }

  #drawActions({ run, trusted }: RunCardScene): void {
    const drawn = JSON.stringify([run.state, run.resumable, run.log !== undefined, trusted]);
    if (drawn === this.#actionsDrawn) return;
    this.#actionsDrawn = drawn;
    const focused = [...this.#actions.children].findIndex(
      (each) => each === document.activeElement,
    );
    const { folder } = run;
    const button = (text: string, message: FromPanel, look = ""): HTMLElement => {
      const made = element("button", { type: "button", class: look }, text);
      made.disabled = !trusted && (message.kind === "control" || message.kind === "resume");
      made.addEventListener("click", () => {
        this.#post(message);
      });
      return made;
    };
    this.#actions.replaceChildren(
      ...requests(run.state, run.resumable).map((request) =>
        request === "resume" && run.state !== "paused"
          ? button(requestWords.resume, { kind: "resume", run: folder }, "primary")
          : button(
              requestWords[request],
              { kind: "control", run: folder, request },
              request === "resume" ? "primary" : "",
            ),
      ),
      button(t("Dashboard"), { kind: "open-dashboard", run: folder }),
      ...(run.state === "failed" && run.log !== undefined
        ? [button(t("Log"), { kind: "show-log", run: folder })]
        : []),
    );
    const next = this.#actions.children[focused];
    if (next instanceof HTMLElement) next.focus();
  }
}

const requestWords = { pause: t("Pause"), resume: t("Resume"), stop: t("Stop") } as const;

/** What may be asked of a run in this state. */
function requests(state: RunState, resumable: boolean): ("pause" | "resume" | "stop")[] {
  switch (state) {
    case "starting":
    case "running":
      return ["pause", "stop"];
    case "pausing":
      return ["stop"];
    case "paused":
      return ["resume", "stop"];
    case "stopping":
    case "done":
      return [];
    case "stopped":
    case "failed":
      return resumable ? ["resume"] : [];
  }
}

function stageRow(stage: StageStatus, style: ReturnType<typeof stageStyle>): HTMLElement {
  const share = shareDone(stage);
  const detail = stageDetail(stage);
  const bar = element("progress", {
    max: "1",
    value: String(share),
    "aria-label": `${stage.name}: ${detail}`,
  });
  return element(
    "li",
    {},
    markIcon(style),
    element("span", { class: "name", title: stage.name }, stage.name),
    bar,
    element("span", { class: "detail" }, detail),
  );
}

function inHand({ run, logOf, colors }: RunCardScene): HTMLElement[] {
  const stage = stageInHand(run);
  const device = element(
    "div",
    { class: "quiet" },
    deviceText(run, stage),
    ...(run.choice === undefined ? [] : [element("div", { class: "choice" }, run.choice)]),
  );
  if (stage === undefined) return [device];
  const log = logOf(stage.name);
  const last = log?.heldout.at(-1);
  const figures = stageFigures(
    stage,
    last && { loss: last.heldout_loss, accuracy: last.heldout_accuracy },
    log?.latest,
  );
  const spark = log && sparkline(log, styleOf(run, stage, colors));
  return [
    element(
      "dl",
      { class: "figures", "aria-label": t("Stage {0}", stage.name) },
      ...figures.map(([term, text]) =>
        element("div", {}, element("dt", {}, term), element("dd", {}, text)),
      ),
    ),
    ...(spark === undefined
      ? []
      : [element("div", { title: t("loss of {0}", stage.name) }, spark)]),
    device,
  ];
}

/** As the dashboard has it: those that train come first. */
function styleOf(
  { stages }: RunStatus,
  stage: StageStatus,
  { theme }: PageColors,
): ReturnType<typeof stageStyle> {
  const order = [...stages].sort((a, b) => Number(a.kind !== "train") - Number(b.kind !== "train"));
  return stageStyle(order.indexOf(stage), theme);
}

function setText(node: HTMLElement, text: string): void {
  const shown = plain(text);
  if (node.textContent !== shown) node.textContent = shown;
}
