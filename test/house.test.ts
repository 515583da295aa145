import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Task {
  readonly label: string;
  readonly script: string;
}

interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly preLaunchTask?: string;
}

const manifest = readJson("package.json") as Manifest;
const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

describe("documents", () => {
  it("give the two commands that everyone needs, word for word", () => {
    const readme = readText("README.md");
    expect(readme).toContain("npm ci && npm run demo\n");
    expect(readme).toContain("npm ci && npm test\n");
    expect(readText(".ci/run")).toContain("npm ci && npm test\n");
  });

  for (const file of documents) {
    it(`${file} names only npm scripts that exist`, () => {
      const named = readText(file).matchAll(/npm run ([a-z0-9:-]+)/g);
      for (const [, script] of named) expect(Object.keys(manifest.scripts)).toContain(script);
    });

    it(`${file} links only to files that exist`, () => {
      const text = readText(file);
      const links = [
        ...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g),
        ...text.matchAll(/(?:src|srcset)="(?!https?:)([^"]+)"/g),
      ].map(([, target]) => target!);
      for (const link of links) expect(existsSync(link), link).toBe(true);
    });

    it(`${file} names only folders and scripts that exist`, () => {
      const named = readText(file).matchAll(/`((?:server|webview|scripts)\/[\w./-]+)`/g);
      for (const [, path] of named) expect(existsSync(path!), path).toBe(true);
    });
  }

  it("CHANGELOG.md tells of the current version", () => {
    expect(readText("CHANGELOG.md")).toContain(`## [${manifest.version}]`);
  });
});

describe("package.json", () => {
  it("pins every version, so that two installations are the same", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    // Under a name of its own a package is npm:PACKAGE@VERSION.
    const pinned = /^(npm:[^@]+@)?\d+\.\d+\.\d+$/;
    for (const [name, version] of versions) expect(version, name).toMatch(pinned);
  });
});

describe(".vscode", () => {
  const { tasks } = readJson(".vscode/tasks.json") as { tasks: readonly Task[] };

  it("has tasks for scripts that exist", () => {
    for (const { label, script } of tasks)
      expect(Object.keys(manifest.scripts), label).toContain(script);
  });

  it("launches files that exist, after tasks that exist", () => {
    const { configurations } = readJson(".vscode/launch.json") as {
      configurations: readonly Launch[];
    };
    for (const { program, args, preLaunchTask } of configurations) {
      expect(existsSync(program.replace("${workspaceFolder}/", "")), program).toBe(true);
      for (const arg of args.filter((text) => text.endsWith(".yaml")))
        expect(existsSync(arg), arg).toBe(true);
      if (preLaunchTask !== undefined)
        expect(tasks.map(({ label }) => label)).toContain(preLaunchTask);
    }
  });

  it("recommends the extensions that the settings rely on", () => {
    const { recommendations } = readJson(".vscode/extensions.json") as {
      recommendations: readonly string[];
    };
    const settings = readJson(".vscode/settings.json") as Readonly<Record<string, unknown>>;
    expect(recommendations).toContain(settings["editor.defaultFormatter"]);
  });
});

function readText(file: string): string {
  return readFileSync(file, "utf8");
}

function readJson(file: string): unknown {
  return JSON.parse(readText(file));
}
