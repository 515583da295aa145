/** Entry point of the page of a .safetensors file. */
import type {
  FromTensors,
  TensorEntry,
  TensorFile,
  ToTensors,
} from "../../server/protocol/tensors";
import { wholeNumber } from "../charts/format";
import { dropDown } from "../controls";
import { dataTable, element, tableDisclosure } from "../dom";
import { t } from "../l10n";
import { editorPage } from "../live/editor-page";
import { onThemeChange, pageColors } from "../theme";
import { byteSize } from "./byte-size";
import { TensorList } from "./tensor-list";
import { TensorView } from "./tensor-view";

interface State {
  /** Name of the tensor shown. */
  readonly tensor: string | undefined;
}

const page = editorPage<ToTensors, FromTensors, State>();
const main = document.querySelector("main");
if (main !== null) start(main);

function start(root: HTMLElement): void {
  const view = new TensorView(pageColors());
  let chosen: TensorEntry | undefined;
  let list: TensorList | undefined;
  const choose = (tensor: TensorEntry): void => {
    chosen = tensor;
    page.keep({ tensor: tensor.name });
    view.wait(tensor);
    page.post({ kind: "inspect", name: tensor.name });
  };
  page.listen((message) => {
    switch (message.kind) {
      case "file": {
        list = new TensorList(message.file.tensors, choose);
        root.replaceChildren(
          header(message.file, (shard) => {
            page.post({ kind: "open-shard", file: shard });
          }),
          element("div", { class: "columns" }, list.root, view.root),
        );
        const { tensor } = page.state;
        if (tensor !== undefined) list.choose(tensor);
        break;
      }
      case "unreadable":
        root.replaceChildren(
          element("p", { class: "notice error", role: "alert" }, message.message),
        );
        break;
      case "choose":
        list?.choose(message.name);
        break;
      case "tensor":
        if (chosen?.name === message.name) view.show(chosen, message);
        break;
      case "tensor-failed":
        if (chosen?.name === message.name) view.fail(chosen, message.message);
        break;
      default:
        message satisfies never;
    }
  });
  onThemeChange(() => {
    view.recolor(pageColors());
  });
  root.replaceChildren(element("p", { class: "welcome quiet", role: "status" }, t("Opening …")));
  page.post({ kind: "ready" });
}

function header(
  { name, sizeBytes, metadata, tensors, shards }: TensorFile,
  onShard: (file: string) => void,
): HTMLElement {
  const parameters = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  );
  const entries = Object.entries(metadata);
  return element(
    "header",
    {},
    element("h1", {}, name),
    element(
      "p",
      { class: "quiet" },
      t(
        "{0}, {1} tensors, {2} values",
        ...[byteSize(sizeBytes), wholeNumber(tensors.length), wholeNumber(parameters)],
      ),
    ),
    shards.length < 2 ? undefined : shardChoice(name, shards, onShard),
    entries.length === 0
      ? undefined
      : tableDisclosure(t("Metadata ({0})", entries.length), () =>
          dataTable(
            t("Metadata"),
            [
              { title: t("key"), kind: "text" },
              { title: t("value"), kind: "text" },
            ],
            entries,
          ),
        ),
  );
}

function shardChoice(
  name: string,
  shards: readonly string[],
  onShard: (file: string) => void,
): HTMLElement {
  const label = t("file {0} of {1}", shards.indexOf(name) + 1, shards.length);
  const control = dropDown(
    { label, chosen: name },
    shards.map((file) => ({ value: file, label: file })),
    onShard,
  );
  const select = control.querySelector("select");
  // Another file opens beside; this page goes on showing its own.
  select?.addEventListener("change", () => (select.value = name));
  return control;
}
