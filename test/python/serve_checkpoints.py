"""Writes and runs checkpoints with transformers, for test/integration/transformers.test.ts.

Reads one request a line, {"do": NAME, ...}, and answers each with a line: {"result": ...} or {"raised": TEXT}.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import torch
import transformers
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    MT5Config,
    MT5ForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
    T5TokenizerFast,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

FAMILIES = {
    "t5": (T5Config, T5ForConditionalGeneration),
    "mt5": (MT5Config, MT5ForConditionalGeneration),
    "umt5": (UMT5Config, UMT5ForConditionalGeneration),
}


def version():
    return {"transformers": transformers.__version__, "torch": torch.__version__}


def write(folder, family, config, seed, head, dtype="float32", shard="5GB", tokenizer=None, generation=None):
    """A random model, as save_pretrained leaves one that was loaded in `dtype`; `head` is tied or untied."""
    Config, Model = FAMILIES[family]
    torch.manual_seed(seed)
    model = Model(Config(**config))
    if head == "untied":
        # From version 5 on a new model's head is the embedding, and one of its own is kept where a file has it.
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    for name, weight in model.named_parameters():
        with torch.no_grad():
            if name.endswith("norm.weight"):
                weight.uniform_(0.5, 1.5)
            else:
                weight.normal_(0, 1 if weight.shape[0] == model.config.vocab_size else 0.25)
    tied = model.lm_head.weight.data_ptr() == model.shared.weight.data_ptr()
    assert tied == (head == "tied"), f"the head is {'tied' if tied else 'untied'}"
    model.save_pretrained(folder)
    if dtype != "float32":
        model = Model.from_pretrained(folder, dtype=getattr(torch, dtype))
    for file in Path(folder).iterdir():
        file.unlink()
    if generation is not None:
        model.generation_config = GenerationConfig(**generation)
    model.save_pretrained(folder, max_shard_size=shard)
    if tokenizer == "bytes":
        transformers.ByT5Tokenizer().save_pretrained(folder)
    elif tokenizer is not None:
        T5TokenizerFast(tokenizer_file=str(Path(tokenizer) / "tokenizer.json")).save_pretrained(folder)
        shutil.copy(Path(tokenizer) / "spiece.model", folder)
    return sorted(os.listdir(folder))


def load(folder, trust=False, dtype="float32"):
    return AutoModelForSeq2SeqLM.from_pretrained(
        folder, trust_remote_code=trust, dtype=getattr(torch, dtype)
    ).eval()


def logits(model, inputs, targets):
    output = model(input_ids=torch.tensor([inputs]), labels=torch.tensor([targets]))
    return output.logits[0].float().flatten().tolist()


def generate(model, inputs, tokens, **search):
    """The best answer's tokens, without the start."""
    end = model.config.eos_token_id
    # As the model's own, for what is not said is taken from there.
    model.generation_config = GenerationConfig(
        decoder_start_token_id=model.config.decoder_start_token_id,
        eos_token_id=end,
        pad_token_id=model.config.pad_token_id,
        max_new_tokens=tokens,
        do_sample=False,
        **search,
    )
    found = model.generate(torch.tensor([inputs]))[0].tolist()[1:]
    return found[: found.index(end) + 1] if end in found else found


def settings(model):
    """What its generation_config says beyond the defaults."""
    config = model.generation_config.to_diff_dict()
    return {key: value for key, value in config.items() if key != "transformers_version"}


def generation(folder, trust=False):
    return settings(load(folder, trust))


def generated(model, inputs, tokens):
    greedy, uncached = (generate(model, inputs, tokens, use_cache=use) for use in (True, False))
    assert greedy == uncached, f"{model.name_or_path} generates otherwise without cache"
    return {"greedy": greedy, "beams": generate(model, inputs, tokens, num_beams=3)}


def run(folder, inputs, targets, tokens, trust=False, half=False):
    """Of no tokens no answers are generated."""
    model = load(folder, trust)
    return {
        "model": type(model).__name__,
        "logits": logits(model, inputs, targets),
        "generation": settings(model),
        "half": logits(load(folder, trust, "bfloat16"), inputs, targets) if half else [],
        **(generated(model, inputs, tokens) if tokens > 0 else {"greedy": [], "beams": []}),
    }


def save(folder, to, trust=False, dtype="float32", shard="5GB"):
    load(folder, trust, dtype).save_pretrained(to, max_shard_size=shard)
    return sorted(os.listdir(to))


def tokenize(folder, text, trust=False):
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust)
    ids = tokenizer(text)["input_ids"]
    return {"size": len(tokenizer), "ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=True)}


COMMANDS = {command.__name__: command for command in (version, write, run, generation, save, tokenize)}


def answer(line):
    request = json.loads(line)
    try:
        return {"result": COMMANDS[request.pop("do")](**request)}
    except Exception as error:  # whatever it is, whoever asked must know
        return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    if hasattr(transformers.logging, "disable_progress_bar"):
        transformers.logging.disable_progress_bar()
    out = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    for line in sys.stdin:
        out.write(json.dumps(answer(line)) + "\n")
        out.flush()
