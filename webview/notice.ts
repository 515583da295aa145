/** A line of the page that says what is wrong, until all is well again. */
import { element, plain } from "./dom";

export class Notice {
  readonly root: HTMLElement;
  #told: string | undefined;

  /** @param role "alert" is read out at once */
  constructor(role: "alert" | "status") {
    const look = role === "alert" ? "notice error" : "notice";
    this.root = element("p", { class: look, role, hidden: "" });
  }

  readonly tell = (message: string): void => {
    this.#show(message, []);
  };

  /** With a button that does something about it; the same button as long as the same is told. */
  offer(message: string, remedy: { readonly text: string; readonly act: () => void }): void {
    const button = element("button", { type: "button" }, remedy.text);
    button.addEventListener("click", remedy.act);
    this.#show(message, [" ", button]);
  }

  #show(message: string, more: readonly (Node | string)[]): void {
    this.root.hidden = false;
    const shown = plain(message);
    if (this.#told === shown) return;
    this.#told = shown;
    this.root.replaceChildren(shown, ...more);
  }

  clear(): void {
    this.root.hidden = true;
  }
}
