/** The buttons beside a chart that save it: as a picture, and as figures. */
import type { FromDashboard } from "../../server/protocol/dashboard";
import { element } from "../dom";
import { t } from "../l10n";

export interface SavedChart {
  readonly title: string;
  /** Of the file, without its ending; absent: the title. */
  readonly name?: () => string;
  /** PNG. */
  readonly picture: () => Promise<ArrayBuffer | undefined>;
  /** CSV. */
  readonly figures: () => Promise<string | undefined>;
}

export interface ChartToolsOptions {
  readonly post: (message: FromDashboard) => void;
  /** Why something could not be saved. */
  readonly onFailure: (reason: string) => void;
}

export function chartTools(
  { title, name = () => title, picture, figures }: SavedChart,
  { post, onFailure }: ChartToolsOptions,
): HTMLElement {
  const tool = (
    kind: "PNG" | "CSV",
    label: string,
    make: () => Promise<string | ArrayBuffer | undefined>,
  ): HTMLElement => {
    const button = element(
      "button",
      { type: "button", class: "plain", "aria-label": label, title: label },
      kind,
    );
    const save = async (): Promise<void> => {
      const contents = await make();
      if (contents === undefined) return;
      const fileName = name()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}]+/gu, "-");
      post({ kind: "save", fileName: `${fileName}.${kind.toLowerCase()}`, contents });
    };
    button.addEventListener("click", () => {
      save().catch((error: unknown) => {
        onFailure(error instanceof Error ? error.message : String(error));
      });
    });
    return button;
  };
  return element(
    "span",
    { class: "tools" },
    tool("PNG", t("Save {0} as a picture", title), picture),
    tool("CSV", t("Save the figures of {0} as CSV", title), figures),
  );
}
