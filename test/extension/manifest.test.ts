import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bundleText } from "../../scripts/l10n.mjs";
import { stageColors } from "../../webview/charts/palette";

interface MenuItem {
  readonly command?: string;
  readonly when?: string;
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly keybindings: readonly MenuItem[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: {
      readonly activitybar: readonly { readonly id: string; readonly icon: string }[];
    };
    readonly viewsWelcome: readonly {
      readonly view: string;
      readonly contents: string;
      readonly when: string;
    }[];
    readonly configuration: readonly {
      readonly properties: Readonly<Record<string, { readonly default: unknown }>>;
    }[];
    readonly customEditors: readonly { readonly viewType: string }[];
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
    readonly grammars: readonly { readonly language: string; readonly path: string }[];
    readonly colors: readonly {
      readonly id: string;
      readonly defaults: Readonly<Record<string, string>>;
    }[];
    readonly walkthroughs: readonly unknown[];
  };
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(join(root, "package.json"), "utf8");
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;
const strings = JSON.parse(readFileSync(join(root, "package.nls.json"), "utf8")) as Record<
  string,
  string
>;
const sources = new Map(
  readdirSync(join(root, "extension"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [
      name.replaceAll("\\", "/"),
      readFileSync(join(root, "extension", name), "utf8"),
    ]),
);
const code = [...sources.values()].join("\n");

/** Keys of a table in the code, read as text: the modules themselves need VS Code around them. */
function keysOf(file: string, table: string): string[] {
  const body = new RegExp(`export const ${table}\\b[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(
    sources.get(file)!,
  );
  return [...body![1]!.matchAll(/^ {2}"([^"]+)":/gm)].map((match) => match[1]!).sort();
}

const declared = contributes.commands.map(({ command }) => command).sort();

describe("package.json", () => {
  test("declares the commands that the code has, and no others", () => {
    expect(declared).toEqual(keysOf("commands.ts", "commands"));
  });

  test("names in menus and keys only commands that there are", () => {
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
    expect(used.map(({ command }) => command).filter((id) => !declared.includes(id!))).toEqual([]);
  });

  test("links from texts only to commands that there are", () => {
    const linked = [
      ...Object.values(strings)
        .join("\n")
        .matchAll(/command:(deepFusion\.\w+)/g),
    ];
    expect(linked.length).toBeGreaterThan(3);
    expect(linked.map((match) => match[1]!).filter((id) => !declared.includes(id))).toEqual([]);
  });

  test("executes in the code only commands that there are", () => {
    const executed = [
      ...code.matchAll(/(?:executeCommand\(|command(?:: |\s= ))"(deepFusion\.\w+)"/g),
    ];
    const views = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id);
    const known = [...declared, ...views.map((id) => `${id}.focus`)];
    expect(
      executed.map((match) => match[1]!).filter((id) => !known.some((one) => one.startsWith(id))),
    ).toEqual([]);
  });

  test("declares the views that the code fills, and no others", () => {
    const ids = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id);
    for (const id of ids) expect(code).toContain(`"${id}"`);
    const filled = [...code.matchAll(/createTreeView\("([^"]+)"|ViewId = "([^"]+)"/g)];
    expect(filled.map((match) => match[1] ?? match[2]).sort()).toEqual([...ids].sort());
  });

  test("puts views into containers that there are, each with its own icon", () => {
    const containers = contributes.viewsContainers.activitybar;
    expect(Object.keys(contributes.views)).toEqual(containers.map(({ id }) => id));
    for (const { icon } of containers) expect(existsSync(join(root, icon))).toBe(true);
  });

  test("declares the settings that the code reads, with the same defaults", () => {
    const properties = Object.assign(
      {},
      ...contributes.configuration.map((group) => group.properties),
    ) as Record<string, { readonly default: unknown }>;
    const keys = keysOf("settings.ts", "settingDefaults");
    expect(Object.keys(properties).sort()).toEqual(keys.map((key) => `deepFusion.${key}`).sort());
    const table = sources.get("settings.ts")!;
    for (const [key, { default: value }] of Object.entries(properties)) {
      expect(table).toContain(`"${key.replace("deepFusion.", "")}": ${JSON.stringify(value)},`);
    }
  });

  test("asks in `when` clauses only for context keys that the code sets", () => {
    const asked = new Set(
      [...text.matchAll(/(?<![.\w/:])deepFusion\.(?:has|is)\w+/g)].map(([key]) => key),
    );
    const set = [...sources.get("context-keys.ts")!.matchAll(/"(deepFusion\.\w+)"/g)].map(
      (match) => match[1]!,
    );
    expect([...asked].sort()).toEqual([...new Set(set)].sort());
  });

  test("has every localisable string, and no other", () => {
    const asked = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]!));
    expect(Object.keys(strings).sort()).toEqual([...asked].sort());
  });

  test("has every message of the code in the bundle for translators: run node scripts/l10n.mjs", () => {
    expect(readFileSync(join(root, "l10n/bundle.l10n.json"), "utf8")).toBe(bundleText());
  });

  test("names only files that there are", () => {
    const files = [...text.matchAll(/"((?:\.\/)?resources\/[^"]+)"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test("registers the editor and the language that it declares", () => {
    for (const { viewType } of contributes.customEditors) expect(code).toContain(`"${viewType}"`);
    for (const { id } of contributes.languages) expect(code).toContain(`"${id}"`);
    expect(contributes.grammars.map(({ language }) => language)).toEqual(
      contributes.languages.map(({ id }) => id),
    );
  });

  test("gives stages in the tree the colours of the curves", () => {
    const colors = contributes.colors.map(({ defaults }) => defaults);
    expect(colors.map(({ light }) => light)).toEqual(stageColors.light);
    expect(colors.map(({ dark }) => dark)).toEqual(stageColors.dark);
  });
});
