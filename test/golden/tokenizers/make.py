"""Makes the small tokenizers beside this file, and what the original libraries say they encode.

Needs transformers, tokenizers, sentencepiece and protobuf from PyPI; run in this folder: python make.py TEXT,
where TEXT is any English text of about 100 kB.
"""

import io
import json
import os
import sys
import tempfile

import sentencepiece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import T5TokenizerFast

corpus = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
texts = [
    "Call me Ishmael.",
    "  Some years ago -- never mind   how long precisely --\nhaving little money in my purse,\n\n I thought",
    "The white whale! 1851, $5; (naïve) déjà vu.",
    "",
    "a",
    "It was </s> now <pad> ended.",
]


def write(path, value):
    with open(os.path.join(here, path), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")


def t5(folder):
    model = io.BytesIO()
    # From an iterator: a model trained from a file keeps the file's path.
    with open(corpus, encoding="utf-8") as lines:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(line.rstrip("\n") for line in lines), model_writer=model,
            vocab_size=300, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
            normalization_rule_name="identity", hard_vocab_limit=False, num_threads=1,
        )
    for path in (os.path.join(folder, "spiece.model"), os.path.join(here, "t5", "spiece.model")):
        with open(path, "wb") as file:
            file.write(model.getvalue())
    fast = T5TokenizerFast.from_pretrained(folder)
    fast.save_pretrained(os.path.join(here, "t5"))
    slow = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    write("t5/encodings.json", {
        "texts": texts,
        "tokenizer.json": [fast(text, add_special_tokens=False)["input_ids"] for text in texts],
        "spiece.model": [slow.encode(text) for text in texts],
        "sentinels": fast.convert_tokens_to_ids(["<extra_id_0>", "<extra_id_99>"]),
        "size": len(fast),
    })


def bpe():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["[PAD]", "[END]"] + [f"<extra_id_{i}>" for i in range(10)]
    tokenizer.train([corpus], trainers.BpeTrainer(vocab_size=500, special_tokens=special,
                                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.save(os.path.join(here, "bpe", "tokenizer.json"))
    write("bpe/tokenizer_config.json", {"pad_token": "[PAD]", "eos_token": {"content": "[END]"}})
    write("bpe/encodings.json", {
        "texts": texts,
        "tokenizer.json": [tokenizer.encode(text, add_special_tokens=False).ids for text in texts],
        "decoded": [tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) for text in texts],
        "size": tokenizer.get_vocab_size(),
    })


if __name__ == "__main__":
    for name in ("t5", "bpe"):
        os.makedirs(os.path.join(here, name), exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        t5(temporary)
    bpe()
