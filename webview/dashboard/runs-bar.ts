/** Which runs there are, how they go, which are shown; and whether what is shown is live. */
import type { RunStatus } from "../../server/protocol/runs";
import { checkbox } from "../controls";
import { element } from "../dom";
import { t } from "../l10n";
import type { ConnectionState } from "../live/connection";
import { runStates } from "../states";
import { runNames } from "./stages";

export interface RunsBarScene {
  readonly runs: readonly RunStatus[];
  readonly shown: readonly string[];
  readonly connection: ConnectionState;
  /** Of what is recorded, how much has arrived: 0 to 1. */
  readonly share: number;
}

export interface RunsBarOptions {
  readonly onShow: (folders: readonly string[]) => void;
  /** Where the hub has refused the page: asks for its address and token anew. */
  readonly onConnect: () => void;
}

const connectionTexts: Readonly<Record<ConnectionState, string>> = {
  absent: t("waiting for the server"),
  connecting: t("connecting"),
  live: t("live"),
  lost: t("connection lost, trying again: what is shown may be old"),
  refused: t("the server refused the connection: what is shown may be old"),
};

/** More runs than this are searched by name. */
const searchFrom = 8;

export class RunsBar {
  readonly root: HTMLElement;
  readonly #options: RunsBarOptions;
  readonly #list = element("fieldset", { class: "runs" });
  readonly #search = element("input", {
    type: "search",
    placeholder: t("Filter runs"),
    "aria-label": t("Filter runs"),
    hidden: "",
  });
  readonly #connection = element("span", { class: "connection", role: "status" });
  readonly #connect = element("button", { type: "button", hidden: "" }, t("Connect again"));
  readonly #reading = element("progress", {
    max: "1",
    "aria-label": t("share of the logs read"),
    hidden: "",
  });
  #scene: RunsBarScene | undefined;
  #drawn = "";

  constructor(options: RunsBarOptions) {
    this.#options = options;
    this.#search.addEventListener("input", () => {
      this.#draw();
    });
    this.#connect.addEventListener("click", options.onConnect);
    this.root = element(
      "div",
      { class: "bar" },
      this.#search,
      this.#list,
      element("span", { class: "standing" }, this.#reading, this.#connection, this.#connect),
    );
  }

  show(scene: RunsBarScene): void {
    this.#scene = scene;
    const { connection, share } = scene;
    const isReading = connection === "live" && share < 1;
    this.#reading.hidden = !isReading;
    this.#reading.value = share;
    const text = isReading ? t("reading the logs") : connectionTexts[connection];
    if (this.#connection.textContent !== text) this.#connection.textContent = text;
    this.#connect.hidden = connection !== "refused";
    this.#search.hidden = scene.runs.length < searchFrom;
    this.#draw();
  }

  #draw(): void {
    if (this.#scene === undefined) return;
    const { runs, shown } = this.#scene;
    const wanted = this.#search.value.trim().toLowerCase();
    const listed = runs.filter(
      ({ name, folder }) => shown.includes(folder) || name.toLowerCase().includes(wanted),
    );
    const names = runNames(runs);
    const drawn = JSON.stringify(
      listed.map((run) => [run.folder, names.get(run), run.state, shown.includes(run.folder)]),
    );
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = [...this.#list.querySelectorAll("input")].findIndex(
      (input) => input === document.activeElement,
    );
    const boxes = listed.map((run) => {
      const { folder, state } = run;
      const label = [names.get(run), element("span", { class: "state" }, runStates[state])];
      const box = checkbox(label, shown.includes(folder) ? "on" : "off", (next) => {
        const others = shown.filter((each) => each !== folder);
        this.#options.onShow(next === "on" ? [...others, folder] : others);
      });
      box.title = folder;
      return box;
    });
    this.#list.replaceChildren(element("legend", {}, t("runs")), ...boxes);
    if (focused >= 0) this.#list.querySelectorAll("input")[focused]?.focus();
  }
}
