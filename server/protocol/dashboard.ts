/** Between the dashboard's page and the extension host. Runs and their figures come from the hub. */
import type { RelayEvent, RelayRequest } from "./relay";

/** extension → dashboard. */
export type ToDashboard =
  | RelayEvent
  /** Shows these runs (their folders), and no others. */
  | { readonly kind: "show-runs"; readonly runs: readonly string[] }
  /** Goes to one kernel's heat maps. */
  | {
      readonly kind: "show-kernel";
      readonly run: string;
      readonly stage: string;
      readonly kernel?: string;
    };

/** dashboard → extension. */
export type FromDashboard =
  | RelayRequest
  /** The page listens from now on. */
  | { readonly kind: "ready" }
  /** Asks the user where to, and writes it. */
  | {
      readonly kind: "save";
      readonly fileName: string;
      readonly contents: string | ArrayBuffer;
    }
  | { readonly kind: "open-recipe"; readonly run: string }
  | { readonly kind: "open-report"; readonly run: string };
