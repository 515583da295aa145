import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { cardLicenses } from "../../server/checkpoint/card-license";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { modelCard } from "../../server/checkpoint/model-card";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import type { Lineage } from "../../server/protocol/checkpoint";
import { tiny } from "./support/configurations";
import { temporaryFolders } from "./support/folder";
import { fused, parent, trained } from "./support/lineages";
import { sequenceSource } from "./support/sources";

const newFolder = temporaryFolders();

const property = { ...tiny, fusion_parts: [2, 4] };
const apache = "---\nlicense: apache-2.0\n---\n# A\n";
const own =
  "---\nlicense: other\nlicense_name: ours-1.0\nlicense_link: https://example.org/x\n---\n";

function child(...parents: readonly string[]): Lineage {
  return childLineage({
    createdBy: "deep-fusion 0.1.0",
    operation: fused,
    ownCost: noCost,
    parents: parents.map((name) => parent(name, trained(10))),
  });
}

function cardOf(given: Partial<Parameters<typeof modelCard>[0]>): {
  readonly head: Record<string, unknown>;
  readonly body: string;
} {
  const card = modelCard({
    ...{ configuration: property, lineage: child("a", "b"), hasTokenizer: true, parentCards: [] },
    ...given,
  });
  const [, head, body] = /^---\n(.*?)---\n(.*)$/s.exec(card)!;
  return { head: parse(head!) as Record<string, unknown>, body: body! };
}

describe("modelCard()", () => {
  test("tells method, receipt, lineage and how to load a property child", () => {
    const { head, body } = cardOf({});
    expect(head).toMatchObject({ library_name: "transformers", tags: ["t5", "deep-fusion"] });
    expect(body).toContain("# T5 fused of `a` and `b`");
    expect(body).toContain("method `property`");
    expect(body).toContain("is 2.0e-7 of the largest logit. The fusion is exact: at most 1.0e-5");
    expect(body).toContain("Losses: parents 3.5000, 3.7500; child 3.2500.");
    expect(body).toContain("After the fill the distance is 2.0e-3, and the loss 3.2600.");
    expect(body).toContain("from_pretrained(folder, trust_remote_code=True)");
    expect(body).toContain("npx deep-fusion generate .");
    expect(body).toMatch(/\| `a` \| parent \| trained, 10 steps \| 10 steps.*\| `sha of a` \|/);
  });

  test("of a stock T5 asks for no trust, and says which transformers reads its head right", () => {
    const stock = { ...tiny, tie_word_embeddings: true, scale_decoder_outputs: true };
    const { body } = cardOf({ configuration: stock, hasTokenizer: false });
    expect(body).not.toContain("trust_remote_code");
    expect(body).toContain("It is a stock T5.");
    expect(body).toContain("it has none of its own");
    const odd = { ...stock, scale_decoder_outputs: false };
    expect(cardOf({ configuration: odd }).body).toContain("Load it with transformers 5");
  });

  test("names its parents' licence where all of them state one", () => {
    expect(cardOf({ parentCards: [apache, apache] }).head).toMatchObject({ license: "apache-2.0" });
    expect(cardOf({ parentCards: [own, own] })).toMatchObject({
      head: { license: "other", license_name: "ours-1.0", license_link: "https://example.org/x" },
      body: expect.stringContaining("state ours-1.0 (https://example.org/x).") as string,
    });
    const both = cardOf({ parentCards: [apache, own] });
    expect(both.head.license).toEqual(["apache-2.0", "other"]);
    const unknown = cardOf({ parentCards: [apache, undefined] });
    expect(unknown.head.license).toBeUndefined();
    expect(unknown.body).toContain("Not all of its parents' cards state one");
  });

  test("leaves a name no say in what else stands there, and links those of the Hub", () => {
    const hub = "hf://google/flan-t5-small@0123456";
    const { head, body } = cardOf({ lineage: child("x` | [y](http://z)\n# Big", hub, hub) });
    expect(head.base_model).toEqual(["google/flan-t5-small"]);
    expect(body).toContain("`x' \\| [y](http://z)\\u000a# Big`");
    expect(body).not.toMatch(/^# Big/m);
  });
});

test.each([
  ["no card at all", []],
  ["---\nlicense: [mit, apache-2.0]\n---\n", [{ id: "mit" }, { id: "apache-2.0" }]],
  ["---\r\nlicense: mit\r\n---\r\n", [{ id: "mit" }]],
  ["---\nlicense: 'a\\n# b'\nlicense_link: javascript:x\n---\n", []],
  ["---\nlicense: mit\nlicense_link: javascript:x\n---\n", [{ id: "mit" }]],
  ["---\nlicense: [&a [*a]\n---\n", []],
  ["text\n---\nlicense: mit\n---\n", []],
])("cardLicenses() of %j", (card, licenses) => {
  expect(cardLicenses(card)).toEqual(licenses);
});

test("a checkpoint carries generation settings and tokenizer over as both versions read them", async () => {
  const [folder, parentFolder] = [join(newFolder(), "child"), newFolder()];
  const config = { tokenizer_class: "T5Tokenizer", extra_special_tokens: ["</s>", "<a>"] };
  const tokenizer = join(parentFolder, "tokenizer_config.json");
  writeFileSync(tokenizer, JSON.stringify(config));
  await writeCheckpoint(folder, {
    configuration: tiny,
    weights: sequenceSource(tiny),
    lineage: trained(1),
    tokenizerFiles: [tokenizer],
    generation: {
      ...{ num_beams: 4, eos_token_id: [1, 2], pad_token_id: null },
      ...{ _from_model_config: true, transformers_version: "5.0.0" },
    },
  });
  expect(JSON.parse(readFileSync(join(folder, "tokenizer_config.json"), "utf8"))).toEqual({
    tokenizer_class: "T5Tokenizer",
    additional_special_tokens: ["</s>", "<a>"],
  });
  const checkpoint = await openCheckpoint(folder);
  await checkpoint.close();
  expect(checkpoint.card).toMatch(/^---\nlibrary_name: transformers\n/);
  expect(checkpoint.generation).toEqual({
    decoder_start_token_id: tiny.decoder_start_token_id,
    eos_token_id: [1, 2],
    pad_token_id: tiny.pad_token_id,
    num_beams: 4,
  });
});
