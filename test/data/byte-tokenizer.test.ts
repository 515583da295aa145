import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../server/data/load-tokenizer";

describe('the tokenizer "bytes"', () => {
  it("gives the ids of transformers' ByT5Tokenizer", async () => {
    const bytes = await loadTokenizer("bytes");
    expect([...bytes.encode("hé")]).toEqual([107, 198, 172]);
    expect([bytes.padId, bytes.eosId, bytes.vocabSize]).toEqual([0, 1, 384]);
    expect([0, 1, 124].map((index) => bytes.sentinel(index))).toEqual([259, 260, 383]);
    expect(bytes.sentinels).toBe(125);
  });

  it("shows what it encoded, special ids by name", async () => {
    const bytes = await loadTokenizer("bytes");
    const text = "Call me Ishmael. 🐋\n";
    expect(bytes.decode(bytes.encode(text))).toBe(text);
    expect(bytes.decode([259, 107, 383, 1, 0])).toBe("<extra_id_0>h<extra_id_124></s><pad>");
  });
});
