/** A line of the page that says what is wrong, until all is well again. */
import { element, plain } from "./dom";

export class Notice {
  readonly root: HTMLElement;

  /** @param role "alert" is read out at once */
  constructor(role: "alert" | "status") {
    const look = role === "alert" ? "notice error" : "notice";
    this.root = element("p", { class: look, role, hidden: "" });
  }

  readonly tell = (message: string): void => {
    const shown = plain(message);
    if (this.root.textContent !== shown) this.root.textContent = shown;
    this.root.hidden = false;
  };

  clear(): void {
    this.root.hidden = true;
  }
}
