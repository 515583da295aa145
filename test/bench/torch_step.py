"""Trains a T5 in PyTorch on the case that step.ts wrote, and prints one line of JSON.

usage: torch_step.py FOLDER [flush] [compile]
With "flush", numbers too small for a full float count as zero, which PyTorch leaves to its users to ask for. With
"compile", the model goes through torch.compile and Adam is the fused one; without, both are eager.
The model has the shape of Hugging Face's T5 v1.1 (gated GELU, untied head, no dropout); weights, batches and Adam's
constants are those of the case, so that equal losses show that equal work was timed.
"""

import json
import math
import resource
import sys
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional

FOLDER = Path(sys.argv[1])
CASE = json.loads((FOLDER / "case.json").read_text())
CONFIG, SHAPE = CASE["configuration"], CASE["shape"]
HEADS, WIDTH = CONFIG["num_heads"], CONFIG["d_kv"]
DEVICE = "cpu" if CASE["device"] == "cpu" else "cuda"
torch.set_num_threads(CASE["threads"])
torch.set_flush_denormal("flush" in sys.argv[2:])


def read_weights():
    weights = {}
    with open(FOLDER / "weights.bin", "rb") as file:
        for name, shape in CASE["weights"]:
            values = numpy.fromfile(file, dtype="<f4", count=math.prod(shape))
            weights[name] = torch.from_numpy(values.reshape(shape)).to(DEVICE).requires_grad_()
    return weights


def read_batches():
    inputs, targets = (SHAPE["examples"], SHAPE["inputs"]), (SHAPE["examples"], SHAPE["targets"])
    with open(FOLDER / "batches.bin", "rb") as file:
        for _ in range(CASE["steps"]):
            yield tuple(
                torch.from_numpy(
                    numpy.fromfile(file, dtype="<i4", count=math.prod(shape))
                    .reshape(shape)
                    .astype("int64")
                ).to(DEVICE)
                for shape in (inputs, targets, targets)
            )


def buckets(length, bidirectional):
    """Relative position of each key to each query, in logarithmic buckets."""
    position = torch.arange(length)
    relative = position[None, :] - position[:, None]
    count = CONFIG["relative_attention_num_buckets"]
    offset = torch.zeros_like(relative)
    if bidirectional:
        count //= 2
        offset = (relative > 0).long() * count
        relative = relative.abs()
    else:
        relative = (-relative).clamp(min=0)
    exact = count // 2
    far = math.log(CONFIG["relative_attention_max_distance"] / exact)
    large = exact + (torch.log(relative.float() / exact) / far * (count - exact)).long()
    return offset + torch.where(relative < exact, relative, large.clamp(max=count - 1))


W = read_weights()
ENCODER_BUCKETS = buckets(SHAPE["inputs"], True).to(DEVICE)
DECODER_BUCKETS = buckets(SHAPE["targets"], False).to(DEVICE)
CAUSAL = torch.triu(torch.full((SHAPE["targets"], SHAPE["targets"]), -1e9), 1).to(DEVICE)


def norm(x, name):
    variance = x.pow(2).mean(-1, keepdim=True)
    return W[f"{name}.weight"] * (x * torch.rsqrt(variance + CONFIG["layer_norm_epsilon"]))


def linear(x, name):
    return functional.linear(x, W[f"{name}.weight"])


def split(x):
    return x.view(x.shape[0], x.shape[1], HEADS, WIDTH).transpose(1, 2)


def attention(name, x, keys, bias):
    q, k, v = split(linear(x, f"{name}.q")), split(linear(keys, f"{name}.k")), split(linear(keys, f"{name}.v"))
    scores = q @ k.transpose(-1, -2)
    if bias is not None:
        scores = scores + bias
    mixed = (functional.softmax(scores, -1) @ v).transpose(1, 2).reshape(x.shape[0], x.shape[1], -1)
    return linear(mixed, f"{name}.o")


def feed_forward(name, x):
    gate = functional.gelu(linear(x, f"{name}.wi_0"), approximate="tanh")
    return linear(gate * linear(x, f"{name}.wi_1"), f"{name}.wo")


def position_bias(stack, index):
    table = W[f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
    return table[index].permute(2, 0, 1)[None]


def encode(ids):
    x = W["shared.weight"][ids]
    bias = position_bias("encoder", ENCODER_BUCKETS)
    for block in range(CONFIG["num_layers"]):
        layer = f"encoder.block.{block}.layer"
        y = norm(x, f"{layer}.0.layer_norm")
        x = x + attention(f"{layer}.0.SelfAttention", y, y, bias)
        x = x + feed_forward(f"{layer}.1.DenseReluDense", norm(x, f"{layer}.1.layer_norm"))
    return norm(x, "encoder.final_layer_norm")


def decode(ids, encoded):
    x = W["shared.weight"][ids]
    bias = position_bias("decoder", DECODER_BUCKETS) + CAUSAL
    for block in range(CONFIG["num_decoder_layers"]):
        layer = f"decoder.block.{block}.layer"
        y = norm(x, f"{layer}.0.layer_norm")
        x = x + attention(f"{layer}.0.SelfAttention", y, y, bias)
        y = norm(x, f"{layer}.1.layer_norm")
        x = x + attention(f"{layer}.1.EncDecAttention", y, encoded, None)
        x = x + feed_forward(f"{layer}.2.DenseReluDense", norm(x, f"{layer}.2.layer_norm"))
    return linear(norm(x, "decoder.final_layer_norm"), "lm_head")


def loss_of(input_ids, decoder_ids, labels):
    logits = decode(decoder_ids, encode(input_ids))
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


compiled = "compile" in sys.argv[2:]
forward = torch.compile(loss_of) if compiled else loss_of
adam = {"lr": CASE["learningRate"], "betas": (0.9, 0.999), "eps": 1e-8, "fused": compiled}
optimizer = torch.optim.Adam(W.values(), **adam)
losses, times = [], []
for batch in read_batches():
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = forward(*batch)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    times.append((time.perf_counter() - start) * 1000)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"losses": losses, "stepMs": times, "peakBytes": peak, "version": torch.__version__}))
