import { describe, expect, test } from "vitest";
import {
  formatReference,
  type HubReference,
  parseReference,
  readReference,
} from "../../server/hugging-face/reference";
import { isSafePath } from "../../server/hugging-face/safe-path";

const model = { kind: "model", repository: "google/flan-t5-small", revision: "main", path: "" };
const c4 = { kind: "dataset", repository: "allenai/c4", revision: "main", path: "en/*.json.gz" };

describe("a reference", () => {
  const right: readonly [string, HubReference["kind"], object][] = [
    ["hf://google/flan-t5-small", "model", model],
    ["hf://models/google/flan-t5-small", "model", model],
    ["hf://google/flan-t5-small@v1.0", "model", { ...model, revision: "v1.0" }],
    ["hf://google/flan-t5-small@refs/pr/12", "model", { ...model, revision: "refs/pr/12" }],
    ["hf://google/flan-t5-small@a%2Fb", "model", { ...model, revision: "a/b" }],
    ["hf://datasets/allenai/c4/en/*.json.gz", "dataset", c4],
    [
      "hf://datasets/allenai/c4@refs/convert/parquet/en/*.json.gz",
      "dataset",
      { ...c4, revision: "refs/convert/parquet" },
    ],
    ["hf://datasets/allenai/c4@x%2Fy/en/*.json.gz", "dataset", { ...c4, revision: "x/y" }],
  ];
  for (const [text, kind, reference] of right) {
    test(`${text} is read, and written as it is meant`, () => {
      const read = parseReference(text, kind);
      expect(read).toEqual(reference);
      expect(parseReference(formatReference(read), kind)).toEqual(read);
    });
  }

  const wrong: readonly [string, HubReference["kind"], string][] = [
    ["hf:/google/t5", "model", "must begin with hf://"],
    ["HF://google/t5", "model", "must begin with hf://"],
    ["hf://t5-small", "model", "names no owner"],
    ["hf://t5-small@main", "model", "names no owner"],
    ["hf://", "model", "names no owner"],
    [
      "hf://google/t5/config.json",
      "model",
      'goes on with "/config.json", and a model is named as a whole',
    ],
    ["hf://google/t5@", "model", 'has "", which is no revision'],
    ["hf://google/t5@../../x", "model", 'has "..", which is no revision'],
    ["hf://google/t5@..%2F..%2Fx", "model", 'has "../../x", which is no revision'],
    ["hf://../../etc", "model", 'has "..", which is no name on the Hub'],
    ["hf://google/t5--small", "model", 'has "t5--small", which is no name on the Hub'],
    ["hf://google/t5 small", "model", 'has "t5 small", which is no name on the Hub'],
    ["hf://google/té", "model", 'has "té", which is no name on the Hub'],
    [
      `hf://google/${"a".repeat(97)}`,
      "model",
      `has "${"a".repeat(97)}", which is no name on the Hub`,
    ],
    [`hf://google/${"a".repeat(2000)}`, "model", "is longer than 1024 characters"],
    ["hf://spaces/a/b", "model", "names one of the Hub's spaces"],
    ["hf://datasets/allenai/c4", "model", "names a data set"],
    ["hf://google/t5", "dataset", "names a model"],
    ["hf://datasets/allenai/c4", "dataset", "names no file of the data set"],
    [
      "hf://datasets/allenai/c4/en/../../x",
      "dataset",
      'has "en/../../x", which is no path inside it',
    ],
    ["hf://datasets/allenai/c4//x", "dataset", 'has "/x", which is no path inside it'],
    ["hf://datasets/allenai/c4/a\\b", "dataset", 'has "a\\b", which is no path inside it'],
  ];
  for (const [text, kind, problem] of wrong) {
    test(`${text.slice(0, 60)} is refused: it ${problem.slice(0, 60)}`, () => {
      expect(readReference(text, kind)).toMatchObject({ problem });
      expect(() => parseReference(text, kind)).toThrow(/^Cannot use hf.*; give hf:\/\//i);
    });
  }
});

describe("isSafePath()", () => {
  test("takes what stays inside a folder on every system", () => {
    for (const path of ["config.json", "en/c4-train.00000-of-01024.json.gz", "a b/c", "…/é"]) {
      expect([path, isSafePath(path)]).toEqual([path, true]);
    }
  });

  test("refuses what does not, or is no file everywhere", () => {
    const hostile = [
      ...[
        "",
        ".",
        "..",
        "a/../b",
        "/a",
        "a//b",
        "a/",
        "./a",
        "..\\a",
        "a\\b",
        "\\\\host\\share",
        "C:a",
        "C:/a",
      ],
      ...[
        "a:stream",
        "nul",
        "a/CON.txt",
        "com1",
        "a.",
        "a ",
        "a\nb",
        "a\u0000b",
        "a\u202eb",
        "a".repeat(256),
      ],
      "a/".repeat(600) + "a",
    ];
    for (const path of hostile) expect([path, isSafePath(path)]).toEqual([path, false]);
  });
});
