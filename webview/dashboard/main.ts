/** Entry point of the dashboard's page. */
import type { FromDashboard, ToDashboard } from "../../server/protocol/dashboard";
import { editorPage } from "../live/editor-page";
import { Dashboard, type DashboardState } from "./dashboard";

const main = document.querySelector("main");
if (main !== null) new Dashboard(editorPage<ToDashboard, FromDashboard, DashboardState>(), main);
