/** Plain DOM, in as few words as it takes. Text only ever arrives as text nodes, never as markup. */

export type Child = Node | string | undefined;

/**
 * Names from disks may hold anything: controls would turn around or move what stands beside them, and towers of
 * accents would cover what stands above.
 */
export function plain(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, "\uFFFD")
    .replaceAll(/(\p{M}{4})\p{M}+/gu, "$1");
}

/** Attributes that are read, not looked up. */
const readAloud: readonly string[] = ["title", "aria-label"];

/** An element with attributes (undefined ones are left out) and children; words are shown as `plain` has them. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined)
      node.setAttribute(name, readAloud.includes(name) ? plain(value) : value);
  node.append(...shown(children));
  return node;
}

function shown(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) =>
    child === undefined ? [] : [typeof child === "string" ? plain(child) : child],
  );
}

/** The same for SVG. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) node.setAttribute(name, String(value));
  node.append(...shown(children));
  return node;
}

export interface TableColumn {
  readonly title: string;
  /** "number": right-aligned figures. */
  readonly kind: "text" | "number";
}

/** A table in a frame that scrolls sideways by itself (and by keyboard) where the page is narrow. */
export function dataTable(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const head = columns.map(({ title, kind }) =>
    element("th", { scope: "col", class: kind }, title),
  );
  const body = rows.map((cells) =>
    element("tr", {}, ...cells.map((cell, index) => tableCell(cell, columns[index]!.kind, index))),
  );
  return element(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...body),
    ),
  );
}

function tableCell(content: Child, kind: TableColumn["kind"], index: number): HTMLElement {
  return index === 0
    ? element("th", { scope: "row", class: kind }, content)
    : element("td", { class: kind }, content);
}

/** "As a table": the rows are made whenever it is opened, as they may be many; refreshTable() makes them anew. */
export function tableDisclosure(summary: string, makeTable: () => HTMLElement): HTMLDetailsElement {
  const details = element("details", { class: "as-table" }, element("summary", {}, summary));
  details.addEventListener("toggle", () => {
    if (details.open) refreshTable(details, makeTable);
  });
  return details;
}

/** Nothing where it is closed; the reader's place in the table stays. */
export function refreshTable(details: HTMLDetailsElement, makeTable: () => HTMLElement): void {
  if (!details.open) return;
  const old = details.querySelector(".table-frame");
  const table = makeTable();
  if (old === null) details.append(table);
  else {
    const { scrollTop, scrollLeft } = old;
    const hadFocus = old === document.activeElement;
    old.replaceWith(table);
    table.scrollTo(scrollLeft, scrollTop);
    if (hadFocus) table.focus();
  }
}
