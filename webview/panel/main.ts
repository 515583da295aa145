/** Entry point of the training panel's page. */
import type { FromPanel, ToPanel } from "../../server/protocol/panel";
import { editorPage } from "../live/editor-page";
import { Panel, type PanelState } from "./panel";

const main = document.querySelector("main");
if (main !== null) new Panel(editorPage<ToPanel, FromPanel, PanelState>(), main);
