/** Entry point of the page where checkpoints are tried. */
import type { FromTrying, ToTrying } from "../../server/protocol/trying";
import { editorPage } from "../live/editor-page";
import { TryingPage, type TryingState } from "./trying-page";

const main = document.querySelector("main");
if (main !== null) new TryingPage(editorPage<ToTrying, FromTrying, TryingState>(), main);
