"""What transformers makes of the checkpoints that write-checkpoint-cases.ts wrote.

Usage: golden_checkpoints.py CASES OUTPUT

Writes OUTPUT: for each case the hashes of the files read, and the logits of parents and child, in the order of the
targets. Beside it, in saved-by-5 or saved-by-4, some of the models as save_pretrained writes them. Asserts what needs no numbers: that property children are refused without trust_remote_code, generate alike
with and without cache, search beams, run in bfloat16, and are the same after save_pretrained.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

IS_FIVE = int(transformers.__version__.split(".")[0]) >= 5


def is_property(folder):
    return json.loads((folder / "config.json").read_text())["model_type"] == "deep_fusion_t5"


def is_read_right(folder):
    """Before version 5, stock code scales a head exactly when it is tied."""
    config = json.loads((folder / "config.json").read_text())
    return IS_FIVE or is_property(folder) or config["tie_word_embeddings"] == config["scale_decoder_outputs"]


def load(folder, **options):
    return AutoModelForSeq2SeqLM.from_pretrained(folder, trust_remote_code=is_property(folder), **options).eval()


def run(model, batch):
    inputs = torch.tensor([batch["inputs"]])
    with torch.no_grad():
        return model(input_ids=inputs, labels=torch.tensor([batch["targets"]])).logits[0]


def check_refused(folder):
    try:
        AutoModelForSeq2SeqLM.from_pretrained(folder, trust_remote_code=False)
    except ValueError:
        return
    raise AssertionError(f"{folder} was loaded without trust_remote_code")


def check_use(folder, batch):
    model = load(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    assert type(tokenizer).__name__ == "ByT5Tokenizer" and len(tokenizer) == 384
    inputs = torch.tensor([batch["inputs"]])
    length = {"max_new_tokens": 6, "min_new_tokens": 6}
    cached, plain = (model.generate(inputs, use_cache=use, **length) for use in (True, False))
    assert torch.equal(cached, plain), f"{folder} generates otherwise with cache"
    assert model.generate(inputs, num_beams=3, **length).shape == (1, 7)
    with tempfile.TemporaryDirectory() as again:
        model.save_pretrained(again)
        assert torch.equal(run(load(Path(again)), batch), run(model, batch)), f"{folder} changes when saved"
    assert run(load(folder, dtype=torch.bfloat16), batch).isfinite().all()


def save(folder, saved):
    load(folder).save_pretrained(saved)
    for file in saved.iterdir():
        if file.name not in ("config.json", "model.safetensors"):
            file.unlink()


def hashes(folder):
    """Of all but the model card, which nobody computes with."""
    files = (file for file in sorted(folder.iterdir()) if file.name != "README.md")
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def logits(folder, batch):
    return [float(f"{value:.8g}") for value in run(load(folder), batch).flatten().tolist()]


def main(cases, output):
    golden = {"transformers": transformers.__version__, "torch": torch.__version__, "cases": {}}
    for folder in sorted(cases.iterdir()):
        batch = json.loads((folder / "batch.json").read_text())
        child = folder / "child"
        if is_property(child):
            check_refused(child)
        check_use(child, batch)
        if folder.name in ("two equal parents, tied", "two equal parents, untied"):
            for model in ("parent-0", "child"):
                save(folder / model, output.parent / f"saved-by-{5 if IS_FIVE else 4}" / folder.name / model)
        models = [model for model in sorted(folder.glob("*/")) if is_read_right(model)]
        golden["cases"][folder.name] = {
            "files": {model.name: hashes(model) for model in models},
            "logits": {model.name: logits(model, batch) for model in models},
        }
    output.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    if hasattr(transformers.logging, "disable_progress_bar"):
        transformers.logging.disable_progress_bar()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
