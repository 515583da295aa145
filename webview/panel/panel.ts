/** The training panel put together: runs under way first, then recipes; older runs on request. */
import type { FromPanel, PanelRecipe, ToPanel } from "../../server/protocol/panel";
import { isRelayEvent } from "../../server/protocol/relay";
import type { RunStatus } from "../../server/protocol/runs";
import { dropDown, type Choice } from "../controls";
import { element } from "../dom";
import { t } from "../l10n";
import type { EditorPage } from "../live/editor-page";
import { LiveRuns } from "../live/live-runs";
import { redrawer } from "../live/redraw";
import { Notice } from "../notice";
import { onThemeChange, pageColors } from "../theme";
import { EnginesSection } from "./engines-section";
import { stageInHand } from "./figures";
import { RecipeCard } from "./recipe-card";
import { RunCard } from "./run-card";

export interface PanelState {
  /** Folder of the run chosen among those at rest. */
  readonly run: string | undefined;
  /** File of the recipe shown. */
  readonly recipe: string | undefined;
}

type PanelPage = EditorPage<ToPanel, FromPanel, PanelState>;

const active = ["starting", "running", "pausing", "paused", "stopping"];

export class Panel {
  readonly #page: PanelPage;
  readonly #live: LiveRuns;
  readonly #redraw: () => void;
  readonly #cards = new Map<string, RunCard>();
  readonly #recipeCard: RecipeCard;
  readonly #engines: EnginesSection;
  readonly #runs = element("div", {});
  readonly #runChoice = element("div", {});
  readonly #recipeChoice = element("div", {});
  readonly #notice = new Notice("status");
  readonly #welcome: HTMLElement;
  #state: PanelState;
  #recipes: readonly PanelRecipe[] | undefined;
  #trusted = true;
  #choicesDrawn = "";

  constructor(page: PanelPage, main: HTMLElement) {
    this.#page = page;
    this.#state = { run: undefined, recipe: undefined, ...page.state };
    this.#redraw = redrawer(() => {
      this.#draw();
    });
    this.#live = new LiveRuns(page, { onChange: this.#redraw, onRefused: this.#notice.tell });
    this.#recipeCard = new RecipeCard((message) => {
      page.post(message);
    });
    this.#engines = new EnginesSection((message) => {
      page.post(message);
    });
    this.#welcome = this.#makeWelcome();
    main.replaceChildren(
      this.#notice.root,
      this.#welcome,
      this.#runs,
      this.#runChoice,
      this.#recipeChoice,
      this.#recipeCard.root,
      this.#engines.root,
    );
    onThemeChange(this.#redraw);
    page.listen((message) => {
      this.#handle(message);
    });
    this.#draw();
    page.post({ kind: "ready" });
  }

  #handle(message: ToPanel): void {
    if (isRelayEvent(message)) {
      this.#live.handle(message);
    } else if (message.kind === "show-run") {
      this.#keep({ run: message.run });
    } else if (message.kind === "engines") {
      this.#engines.show(message.found);
    } else {
      this.#recipes = message.recipes;
      this.#trusted = message.trusted;
      this.#redraw();
    }
  }

  #keep(change: Partial<PanelState>): void {
    this.#state = { ...this.#state, ...change };
    this.#page.keep(this.#state);
    this.#redraw();
  }

  #makeWelcome(): HTMLElement {
    const button = (text: string, kind: "try-sample" | "new-recipe", look: string): HTMLElement => {
      const made = element("button", { type: "button", class: look }, text);
      made.addEventListener("click", () => {
        this.#page.post({ kind });
      });
      return made;
    };
    return element(
      "div",
      { class: "welcome", hidden: "" },
      element(
        "p",
        {},
        t(
          "Train small T5 models, fuse them into a wide one that computes the mean of their logits, and train on.",
        ),
      ),
      button(t("Try the sample"), "try-sample", "primary"),
      button(t("New recipe"), "new-recipe", ""),
    );
  }

  /** All that are under way; else the one chosen, or the newest. */
  #shown(): readonly RunStatus[] {
    const runs = this.#live.runs ?? [];
    const busy = runs.filter(({ state }) => active.includes(state));
    const chosen = runs.find(({ folder }) => folder === this.#state.run);
    if (busy.length > 0)
      return chosen === undefined || busy.includes(chosen) ? busy : [...busy, chosen];
    return chosen === undefined ? runs.slice(0, 1) : [chosen];
  }

  #draw(): void {
    const shown = this.#shown();
    this.#live.follow(
      shown.flatMap((run) => {
        const stage = stageInHand(run);
        return stage?.kind === "train" ? [{ run: run.folder, stage: stage.name }] : [];
      }),
    );
    const nothing = this.#live.runs?.length === 0 && this.#recipes?.length === 0;
    this.#welcome.hidden = !nothing;
    this.#drawConnection();
    this.#drawRuns(shown);
    this.#drawChoices(shown);
    const recipe =
      this.#recipes?.find(({ file }) => file === this.#state.recipe) ?? this.#recipes?.[0];
    this.#recipeCard.root.hidden = recipe === undefined;
    this.#recipeCard.root.classList.toggle("named-above", (this.#recipes?.length ?? 0) > 1);
    if (recipe !== undefined) this.#recipeCard.show(recipe, this.#trusted);
  }

  #drawConnection(): void {
    const { connection } = this.#live;
    const { tell } = this.#notice;
    if (connection === "lost") tell(t("Connection to the server lost; trying again."));
    else if (connection === "refused")
      this.#notice.offer(t("The server refused the connection."), {
        text: t("Connect again"),
        act: () => {
          this.#page.post({ kind: "ready" });
        },
      });
    else if (this.#live.reason !== undefined) tell(this.#live.reason);
    else this.#notice.clear();
  }

  #drawRuns(shown: readonly RunStatus[]): void {
    const colors = pageColors();
    const roots = shown.map((run) => {
      const card =
        this.#cards.get(run.folder) ??
        new RunCard((message) => {
          this.#page.post(message);
        });
      this.#cards.set(run.folder, card);
      card.show({
        run,
        colors,
        trusted: this.#trusted,
        logOf: (stage) => this.#live.log({ run: run.folder, stage }),
      });
      return card.root;
    });
    const same =
      roots.length === this.#runs.children.length &&
      roots.every((root, index) => this.#runs.children[index] === root);
    if (!same) this.#runs.replaceChildren(...roots);
  }

  /** Lists to choose from, only where there is a choice; made anew only where they differ. */
  #drawChoices(shown: readonly RunStatus[]): void {
    const others = (this.#live.runs ?? [])
      .filter(({ state }) => !active.includes(state))
      .map(({ folder, name }) => ({ value: folder, label: name }));
    const recipes = (this.#recipes ?? []).map(({ file, name }) => ({ value: file, label: name }));
    const drawn = JSON.stringify([others, recipes, this.#state]);
    if (drawn === this.#choicesDrawn) return;
    this.#choicesDrawn = drawn;
    const runChoice = choice(
      { label: t("earlier runs"), chosen: shown.at(-1)?.folder },
      others,
      (run) => {
        this.#keep({ run });
      },
    );
    const recipeChoice = choice(
      { label: t("recipe"), chosen: this.#state.recipe },
      recipes,
      (recipe) => {
        this.#keep({ recipe });
      },
    );
    this.#runChoice.replaceChildren(...runChoice);
    this.#recipeChoice.replaceChildren(...recipeChoice);
  }
}

/** A list to choose from, where there is a choice. */
function choice(
  list: Parameters<typeof dropDown>[0],
  choices: readonly Choice<string>[],
  onChoose: (value: string) => void,
): HTMLElement[] {
  return choices.length < 2 ? [] : [dropDown(list, choices, onChoose)];
}
