/** Where a question is written: the prompt, how answers are found, and the buttons. */
import type { Question } from "../../server/protocol/generation";
import { element } from "../dom";
import { t } from "../l10n";
import { nextSentinel } from "./sentinels";
import { SettingInputs } from "./setting-inputs";
import { type Settings, strategyOf } from "./settings";

export interface Draft {
  readonly prompt: string;
  readonly settings: Settings;
}

export interface QuestionFormOptions {
  readonly draft: Draft;
  /** Whose answers are asked for. */
  readonly checkpoints: HTMLElement;
  readonly onChange: (draft: Draft) => void;
  readonly onTry: (question: Question) => void;
  readonly onCancel: () => void;
}

const example = "Call me <extra_id_0>.";

export class QuestionForm {
  readonly root: HTMLElement;
  readonly #options: QuestionFormOptions;
  readonly #prompt: HTMLTextAreaElement;
  readonly #sentinel = element("button", { type: "button", class: "plain" });
  readonly #settings: SettingInputs;
  readonly #try = element("button", { type: "button", class: "primary" }, t("Try"));
  readonly #cancel = element("button", { type: "button" }, t("Cancel"));
  #draft: Draft;

  constructor(options: QuestionFormOptions) {
    this.#options = options;
    this.#draft = options.draft;
    this.#prompt = element("textarea", {
      ...{ id: "prompt", rows: "3", spellcheck: "false" },
      placeholder: t("For example: {0}", example),
      "aria-describedby": "prompt-hint",
    });
    this.#settings = new SettingInputs(options.draft.settings, (settings) => {
      this.#change({ settings });
    });
    this.root = this.#form(options.checkpoints);
    this.#listen();
    this.show(options.draft);
    this.standing = "idle";
  }

  show(draft: Draft): void {
    this.#draft = draft;
    this.#prompt.value = draft.prompt;
    this.#settings.show(draft.settings);
    this.#drawSentinel();
  }

  focus(): void {
    this.#prompt.focus();
  }

  /** The focus stays with the button that can be pressed. */
  set standing(standing: "idle" | "answering") {
    const [on, off] = standing === "idle" ? [this.#try, this.#cancel] : [this.#cancel, this.#try];
    const move = off === document.activeElement;
    on.disabled = false;
    if (move) on.focus();
    off.disabled = true;
  }

  #form(checkpoints: HTMLElement): HTMLElement {
    const hint = t(
      "{0}, {1} and so on stand for what the model is to fill in; without them it answers the prompt.",
      ...["<extra_id_0>", "<extra_id_1>"],
    );
    return element(
      "div",
      { class: "question", role: "form", "aria-label": t("Question") },
      checkpoints,
      element(
        "div",
        { class: "prompt-head" },
        element("label", { for: "prompt" }, t("Prompt")),
        this.#sentinel,
      ),
      this.#prompt,
      element("p", { class: "quiet", id: "prompt-hint" }, hint),
      this.#settings.root,
      element(
        "div",
        { class: "actions" },
        this.#try,
        this.#cancel,
        element("span", { class: "quiet" }, t("Ctrl+Enter (on a Mac Cmd+Enter) tries, too.")),
      ),
    );
  }

  #listen(): void {
    this.#prompt.addEventListener("input", () => {
      this.#prompt.removeAttribute("aria-invalid");
      this.#change({ prompt: this.#prompt.value });
      this.#drawSentinel();
    });
    this.#sentinel.addEventListener("click", () => {
      const { selectionStart, selectionEnd } = this.#prompt;
      const sentinel = nextSentinel(this.#prompt.value);
      this.#prompt.setRangeText(sentinel, selectionStart, selectionEnd, "end");
      this.#prompt.dispatchEvent(new Event("input"));
      this.#prompt.focus();
    });
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!this.#try.disabled) this.#ask();
    });
    this.#try.addEventListener("click", () => {
      this.#ask();
    });
    this.#cancel.addEventListener("click", this.#options.onCancel);
  }

  #ask(): void {
    const { prompt, settings } = this.#draft;
    if (prompt.trim() === "") {
      this.#prompt.setAttribute("aria-invalid", "true");
      this.#prompt.focus();
      return;
    }
    if (!this.#settings.areSound) return;
    this.#options.onTry({
      ...{ prompt, strategy: strategyOf(settings), maxTokens: settings.maxTokens },
    });
  }

  #change(change: Partial<Draft>): void {
    this.#draft = { ...this.#draft, ...change };
    this.#options.onChange(this.#draft);
  }

  #drawSentinel(): void {
    this.#sentinel.textContent = t("Insert {0}", nextSentinel(this.#prompt.value));
  }
}
