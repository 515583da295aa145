"""Reference values of the optimizers and the learning-rate schedules over 20 steps.

Usage: golden_optimizers.py OUTPUT.json

AdamW and SGD are torch's, the schedules are composed of torch's schedulers, all in float64. Adafactor is written
here in float64 from Shazeer & Stern (2018), Algorithms 4 to 6, with what t5x fixes (no momentum, no relative step,
decay 1 - t^-0.8, factored where both dimensions are at least 128), and checked against optax in the same run.
Weights and gradients follow formulas that the test repeats: see `weight` and `gradient`.
"""

import json
import math
import sys

import jax
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)

STEPS = 20
SHAPES = {"scale": (7,), "small": (5, 9), "zero": (4, 3), "factored": (130, 128)}
FACTORED_FROM = 128


def weight(name, shape):
    index = np.arange(math.prod(shape), dtype=np.float64)
    values = np.zeros_like(index) if name == "zero" else 0.5 * np.sin(0.3 * index + 1)
    return values.astype(np.float32).astype(np.float64).reshape(shape)


def gradient(shape, step):
    """Of update `step` = 1, 2, ...; every eleventh value is zero."""
    index = np.arange(math.prod(shape), dtype=np.float64)
    values = 0.1 * np.sin(0.7 * index + 1.3 * step) * (1 + index % 5)
    values[index % 11 == 0] = 0
    return values.astype(np.float32).astype(np.float64).reshape(shape)


def rate(peak, step):
    return peak * (1 + step / 10)


def root_mean_square(x):
    return math.sqrt(np.mean(np.square(x)))


def adafactor(settings, name, shape):
    """Yields the weight after each update."""
    w = weight(name, shape)
    factored = len(shape) == 2 and min(shape) >= FACTORED_FROM
    row = np.zeros(shape[0])
    column = np.zeros(shape[-1])
    whole = np.zeros(shape)
    for step in range(1, STEPS + 1):
        g = gradient(shape, step)
        square = g * g + 1e-30
        decay = 1 - step ** -settings["decay"]
        if factored:
            row = decay * row + (1 - decay) * square.mean(axis=1)
            column = decay * column + (1 - decay) * square.mean(axis=0)
            second_moment = np.outer(row, column) / row.mean()
        else:
            whole = decay * whole + (1 - decay) * square
            second_moment = whole
        update = g / np.sqrt(second_moment)
        update /= max(1, root_mean_square(update) / settings["clipping"])
        scale = (
            max(root_mean_square(w), 1e-3) if settings["multiply_by_parameter_scale"] else 1
        )
        w = w - rate(settings["peak"], step) * scale * update
        yield w


def check_against_optax(settings):
    rates = [rate(settings["peak"], step) for step in range(1, STEPS + 1)]
    optimizer = optax.adafactor(
        learning_rate=lambda count: jax.numpy.asarray(rates)[count],
        min_dim_size_to_factor=FACTORED_FROM,
        decay_rate=settings["decay"],
        multiply_by_parameter_scale=settings["multiply_by_parameter_scale"],
        clipping_threshold=settings["clipping"],
        momentum=None,
    )
    weights = {name: jax.numpy.asarray(weight(name, shape)) for name, shape in SHAPES.items()}
    state = optimizer.init(weights)
    ours = {name: adafactor(settings, name, shape) for name, shape in SHAPES.items()}
    for step in range(1, STEPS + 1):
        gradients = {
            name: jax.numpy.asarray(gradient(shape, step)) for name, shape in SHAPES.items()
        }
        updates, state = optimizer.update(gradients, state, weights)
        weights = optax.apply_updates(weights, updates)
        for name, values in ours.items():
            # optax keeps its decay in float32, which is why this is not 1e-12.
            np.testing.assert_allclose(weights[name], next(values), rtol=2e-6, atol=2e-6)


def with_torch(settings, name, shape):
    w = torch.tensor(weight(name, shape), requires_grad=True)
    if settings["kind"] == "adamw":
        optimizer = torch.optim.AdamW(
            [w],
            betas=(settings["beta1"], settings["beta2"]),
            eps=settings["epsilon"],
            weight_decay=settings["weight_decay"],
        )
    else:
        optimizer = torch.optim.SGD([w], momentum=settings["momentum"])
    for step in range(1, STEPS + 1):
        optimizer.param_groups[0]["lr"] = rate(settings["peak"], step)
        w.grad = torch.tensor(gradient(shape, step))
        optimizer.step()
        yield w.detach().numpy().copy()


def trajectory(settings, name, shape):
    values = adafactor if settings["kind"] == "adafactor" else with_torch
    size = math.prod(shape)
    indices = list(range(0, size, max(1, size // 12)))
    steps = [shortened(w.reshape(-1)[indices]) for w in values(settings, name, shape)]
    return {"shape": shape, "indices": indices, "values": steps}


def shortened(values):
    return [float(f"{value:.9g}") for value in values]


OPTIMIZERS = [
    {
        "kind": "adafactor",
        "decay": 0.8,
        "clipping": 1.0,
        "multiply_by_parameter_scale": True,
        "peak": 0.02,
    },
    {
        "kind": "adafactor",
        "decay": 0.9,
        "clipping": 0.5,
        "multiply_by_parameter_scale": False,
        "peak": 0.001,
    },
    {
        "kind": "adamw",
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "weight_decay": 0.01,
        "peak": 0.001,
    },
    {
        "kind": "adamw",
        "beta1": 0.8,
        "beta2": 0.95,
        "epsilon": 1e-6,
        "weight_decay": 0.0,
        "peak": 0.01,
    },
    {"kind": "sgd", "momentum": 0.0, "peak": 0.1},
    {"kind": "sgd", "momentum": 0.9, "peak": 0.02},
]


def schedule_of(settings, steps):
    """The rate of every step, from torch's schedulers in sequence."""
    kind, peak, warmup = settings["kind"], settings["peak"], settings["warmup"]
    after = steps - warmup
    lr_scheduler = torch.optim.lr_scheduler
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    decaying = round(settings["decay"] * steps)
    if kind == "inverse_sqrt":
        # A closed form of the step, with the warm-up on top.
        return [
            peak * min(1, (step + 1) / max(warmup, 1)) / max(step + settings["offset"], 10000) ** 0.5
            for step in range(steps)
        ]
    main = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, factor=1, total_iters=1),
        "linear": lambda: lr_scheduler.LinearLR(optimizer, 1, settings["floor"], after),
        "cosine": lambda: lr_scheduler.CosineAnnealingLR(
            optimizer, after, settings["floor"] * peak
        ),
        "wsd": lambda: lr_scheduler.SequentialLR(
            optimizer,
            [
                lr_scheduler.ConstantLR(optimizer, factor=1, total_iters=1),
                lr_scheduler.LinearLR(optimizer, 1, 0, decaying),
            ],
            [after - decaying],
        ),
    }[kind]()
    rates = []
    for _ in range(after):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        main.step()
    return [peak * (step + 1) / warmup for step in range(warmup)] + rates


def schedules():
    base = {"peak": 0.02, "warmup": 0, "floor": 0.1, "decay": 0.3, "offset": 0}
    for kind in ("constant", "inverse_sqrt", "wsd", "linear", "cosine"):
        for warmup in (0, 4):
            yield {"kind": kind, **base, "warmup": warmup}
    yield {"kind": "inverse_sqrt", **base, "peak": 1.0, "offset": 9990}
    yield {"kind": "inverse_sqrt", **base, "peak": 1.0, "offset": 1_000_000}


def main(output):
    optimizers = []
    for settings in OPTIMIZERS:
        if settings["kind"] == "adafactor":
            check_against_optax(settings)
        peak = settings["peak"]
        rates = [rate(peak, step) for step in range(1, STEPS + 1)]
        weights = {name: trajectory(settings, name, shape) for name, shape in SHAPES.items()}
        described = {key: value for key, value in settings.items() if key != "peak"}
        optimizers.append({"settings": described, "learning_rates": shortened(rates), "weights": weights})
    scheduled = [
        {"settings": settings, "steps": STEPS, "rates": shortened(schedule_of(settings, STEPS))}
        for settings in schedules()
    ]
    with open(output, "w", encoding="utf-8") as file:
        json.dump({"optimizers": optimizers, "schedules": scheduled}, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
