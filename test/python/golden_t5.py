"""Logits, loss and gradients of transformers' T5 for the cases that write-t5-cases.ts wrote.

Usage: golden_t5.py CASES OUTPUT

Writes OUTPUT/CASE.safetensors with `logits` and a gradient for each stored weight, in float32, and
OUTPUT/golden.json with the losses and transformers' own distance from float64, by which a comparison can tell a
mistake from float32's noise.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5LayerNorm


class DoubleNorm(torch.nn.Module):
    """T5's layer norm, which computes its variance in float32 even in a float64 model, in float64."""

    def __init__(self, norm):
        super().__init__()
        self.weight = norm.weight
        self.epsilon = norm.variance_epsilon

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon)


def load(folder, precision):
    model = T5ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    stored = load_file(folder / "model.safetensors")
    tied = model.lm_head.weight.data_ptr() == model.shared.weight.data_ptr()
    assert tied == ("lm_head.weight" not in stored), "the head is tied unlike the file's"
    config = json.loads((folder / "config.json").read_text())
    assert model.config.scale_decoder_outputs == config["scale_decoder_outputs"]
    if precision == torch.float64:
        model = model.double()
        norms = [(n, m) for n, m in model.named_modules() if isinstance(m, T5LayerNorm)]
        for name, norm in norms:
            model.set_submodule(name, DoubleNorm(norm))
    return model, stored.keys()


def run(folder, precision):
    batch = json.loads((folder / "batch.json").read_text())
    rows = batch["examples"]
    tensor = lambda name: torch.tensor(batch[name]).reshape(rows, -1)
    model, names = load(folder, precision)
    mask = tensor("attention_mask").long() if batch["masked"] else None
    output = model(input_ids=tensor("input_ids"), attention_mask=mask, labels=tensor("labels"))
    output.loss.backward()
    weights = dict(model.named_parameters())
    gradients = {name: weights[name].grad for name in names}
    return output.logits.detach(), output.loss.item(), gradients


def distance(value, exact):
    return ((value - exact).norm() / exact.norm()).item()


def main(cases, output):
    summary = {"transformers": transformers.__version__, "torch": torch.__version__, "cases": {}}
    for folder in sorted(cases.iterdir()):
        logits, loss, gradients = run(folder, torch.float32)
        exact_logits, exact_loss, exact_gradients = run(folder, torch.float64)
        distances = {
            name: float(f"{distance(gradient, exact_gradients[name]):.3g}")
            for name, gradient in gradients.items()
        }
        summary["cases"][folder.name] = {
            "loss": exact_loss,
            "loss_distance": abs(loss - exact_loss) / exact_loss,
            "logits_distance": ((logits - exact_logits).abs().max() / logits.abs().max()).item(),
            "gradient_distances": distances,
        }
        tensors = {name: gradient.contiguous() for name, gradient in gradients.items()}
        save_file({"logits": logits, **tensors}, output / f"{folder.name}.safetensors")
    (output / "golden.json").write_text(json.dumps(summary) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
