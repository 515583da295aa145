/** The page where checkpoints are tried: a question, its newest answers side by side, earlier ones below. */
import type { Question } from "../../server/protocol/generation";
import type { FromTrying, ToTrying, TriedCheckpoint } from "../../server/protocol/trying";
import { element } from "../dom";
import { t } from "../l10n";
import type { EditorPage } from "../live/editor-page";
import { Notice } from "../notice";
import { sectionElement } from "../section";
import { CheckpointList } from "./checkpoint-list";
import { ProgressLine } from "./progress-line";
import { QuestionForm } from "./question-form";
import { firstSettings, type Settings, settingsFrom } from "./settings";
import { trialView } from "./trial-view";
import { type Trial, withTrial } from "./trials";

export interface TryingState {
  readonly checkpoints: readonly TriedCheckpoint[];
  readonly prompt: string;
  readonly settings: Settings;
  /** The newest first. */
  readonly trials: readonly Trial[];
}

type Page = EditorPage<ToTrying, FromTrying, TryingState>;

export class TryingPage {
  readonly #page: Page;
  readonly #form: QuestionForm;
  readonly #list: CheckpointList;
  readonly #notice = new Notice("alert");
  readonly #progress = new ProgressLine();
  /** Read out when it changes. */
  readonly #newest = element("div", { "aria-live": "polite" });
  readonly #earlier = element("div", {});
  #state: TryingState;

  constructor(page: Page, main: HTMLElement) {
    this.#page = page;
    const { settings, ...state } = page.state;
    this.#state = {
      ...{ checkpoints: [], prompt: "", trials: [], ...state },
      settings: { ...firstSettings, ...settings },
    };
    this.#list = new CheckpointList({
      onRemove: (directory) => {
        this.#choose(this.#state.checkpoints.filter((one) => one.directory !== directory));
      },
      onAdd: () => {
        page.post({ kind: "choose", shown: this.#state.checkpoints.map((one) => one.directory) });
      },
    });
    this.#form = this.#makeForm();
    main.replaceChildren(
      element("h1", {}, t("Try checkpoints")),
      this.#form.root,
      this.#progress.root,
      this.#notice.root,
      sectionElement(t("Answers"), this.#newest),
      this.#earlier,
    );
    this.#list.show(this.#state.checkpoints);
    this.#drawTrials();
    page.listen((message) => {
      this.#handle(message);
    });
    page.post({ kind: "ready" });
  }

  #makeForm(): QuestionForm {
    return new QuestionForm({
      draft: this.#state,
      checkpoints: this.#list.root,
      onChange: ({ prompt, settings }) => {
        this.#keep({ prompt, settings });
      },
      onTry: (question) => {
        this.#ask(question);
      },
      onCancel: () => {
        this.#page.post({ kind: "cancel" });
      },
    });
  }

  #handle(message: ToTrying): void {
    switch (message.kind) {
      case "show":
        this.#choose(message.checkpoints);
        this.#form.focus();
        break;
      case "add":
        this.#choose([...this.#state.checkpoints, ...message.checkpoints]);
        break;
      case "standing":
        this.#form.standing = message.standing;
        this.#newest.setAttribute("aria-busy", String(message.standing === "answering"));
        this.#progress.standing = message.standing;
        break;
      case "progress":
        this.#progress.show(message);
        break;
      case "answered": {
        const { question, results } = message;
        this.#keep({ trials: withTrial(this.#state.trials, { question, results }) });
        this.#drawTrials();
        break;
      }
      case "failed":
        this.#notice.tell(message.message);
        break;
      default:
        message satisfies never;
    }
  }

  /** These from now on, each once. */
  #choose(checkpoints: readonly TriedCheckpoint[]): void {
    const byFolder = new Map(checkpoints.map((one) => [one.directory, one]));
    this.#keep({ checkpoints: [...byFolder.values()] });
    this.#list.show(this.#state.checkpoints);
    this.#notice.clear();
  }

  #ask(question: Question): void {
    const { checkpoints } = this.#state;
    if (checkpoints.length === 0) {
      this.#notice.tell(t("Choose a checkpoint first."));
      this.#list.focus();
      return;
    }
    this.#notice.clear();
    this.#progress.names = checkpoints.map(({ name }) => name);
    this.#form.standing = "answering";
    this.#page.post({ kind: "try", question: { ...question, checkpoints } });
  }

  #drawTrials(): void {
    const [newest, ...earlier] = this.#state.trials;
    this.#newest.replaceChildren(
      newest === undefined
        ? element("p", { class: "quiet" }, t("What the checkpoints answer appears here."))
        : trialView(newest),
    );
    const views = earlier.map((trial) => trialView(trial, this.#askAgain(trial)));
    this.#earlier.replaceChildren(
      ...(views.length === 0 ? [] : [sectionElement(t("Earlier answers"), ...views)]),
    );
  }

  #askAgain({ question }: Trial): HTMLElement {
    const button = element("button", { type: "button", class: "plain" }, t("Take as question"));
    button.addEventListener("click", () => {
      const settings = settingsFrom(question, this.#state.settings);
      this.#keep({ prompt: question.prompt, settings });
      this.#form.show(this.#state);
      this.#form.focus();
    });
    return button;
  }

  #keep(change: Partial<TryingState>): void {
    this.#state = { ...this.#state, ...change };
    this.#page.keep(this.#state);
  }
}
