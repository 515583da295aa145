import { expect, test } from "vitest";
import { globFolder, globMatcher } from "../../server/hugging-face/glob";

test("globMatcher() takes what a shell would", () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ["en/x.json", ["en/x.json"], ["en/xxjson", "en/x.jsonl", "a/en/x.json"]],
    [
      "en/c4-train.*.json.gz",
      ["en/c4-train.00000-of-01024.json.gz"],
      ["en/c4-train.a/b.json.gz", "en/c4-validation.0.json.gz"],
    ],
    ["en/c4-?.json", ["en/c4-1.json"], ["en/c4-12.json", "en/c4-/.json"]],
    ["**/*.parquet", ["a.parquet", "b/c/d.parquet"], ["a.parquet/b"]],
    ["data/**", ["data/a", "data/b/c"], ["other/a"]],
    ["{en,de}/[ab-d].txt", ["en/a.txt", "de/c.txt"], ["fr/a.txt", "en/e.txt"]],
    ["en/[!a].txt", ["en/b.txt"], ["en/a.txt", "en/.txt"]],
    ["a+(b).txt", ["a+(b).txt"], ["aab.txt"]],
    ["[", ["["], ["x"]],
  ];
  for (const [glob, inside, outside] of cases) {
    const matches = globMatcher(glob);
    for (const path of inside) expect([glob, path, matches(path)]).toEqual([glob, path, true]);
    for (const path of outside) expect([glob, path, matches(path)]).toEqual([glob, path, false]);
  }
});

test("globFolder() lists no more than it must", () => {
  expect(globFolder("x.txt")).toEqual({ under: "", recursive: false });
  expect(globFolder("en/x.txt")).toEqual({ under: "en", recursive: false });
  expect(globFolder("en/deep/*.txt")).toEqual({ under: "en/deep", recursive: false });
  expect(globFolder("en/*/x.txt")).toEqual({ under: "en", recursive: true });
  expect(globFolder("**/*.parquet")).toEqual({ under: "", recursive: true });
});
