"""Depth of LIF networks without normalisation: 2 to 24 layers, plain and residual, every estimator, ten seeds.

Look-alike words (`interplay.spiking.spoken_digits`): four words that are the same four sounds in four orders, 32
channels, 30 steps of 50 ms, 264 utterances to learn from by half of the speakers, 264 to test by the others; each
seed has its own speakers, utterances and weights. 64 units a layer, no weights among them, 20 passes, Adam at 1e-2,
gradients clipped at a norm of 1 for all: nothing is tuned for any of them. Beside them batch normalisation, points in
place of a posterior, a posterior in front of a threshold.

`python -m benchmarks.quality.spiking_depth_events [--seeds S ...]` measures what is not in its file of rows yet, and
appends it row by row; `--table` prints means with 95 % intervals over seeds.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.quality import spiking_depth

PATH = Path(__file__).with_name("results") / "spiking_depth_events.jsonl"
#: Gradient, normalisation, posterior (None: where units fire by chance).
WAYS = (
    ("st", "none", None),
    ("half", "none", None),
    ("interp(0.5)", "none", None),
    ("power(0.5)", "none", None),
    ("agr(1)", "none", None),
    ("const(1)", "none", None),
    ("hard_tanh", "none", None),
    ("triangle(1)", "none", None),
    ("arctan(2)", "none", None),
    ("fast_sigmoid(5)", "none", None),
    ("half", "batch", None),
    ("fast_sigmoid(5)", "batch", None),
    ("half", "none", False),
    ("fast_sigmoid(5)", "none", True),
)


def measure(seed, layers, residual, gradient, normalise, posterior):
    """Train one network and give its row."""
    from interplay.spiking import spoken_digits
    from interplay.spiking.nets import RecurrentSpikingNet

    data = spoken_digits(132, classes=4, channels=32, events=400.0, speakers=24, seed=seed)
    train, test = data.split(0.5, seed=seed, by_group=True)
    config = RecurrentSpikingNet(
        layers=layers, width=64, recurrent=False, residual=residual, gradient=gradient, normalise=normalise,
        posterior=posterior, step_s=0.05, steps=30, tau_s=0.2, readout_tau_s=0.2, epochs=20, batch=66,
        learning_rate=1e-2, clip=1.0, seed=seed,
    )  # fmt: skip
    began = time.process_time()
    model = config.fit(data, train=train, validation=test)
    cpu = time.process_time() - began
    row = dict(zip(spiking_depth.KEY, (seed, layers, residual, gradient, normalise, posterior), strict=True))
    for draws in (0, 1, 20):
        if draws and not (config.rule.stochastic or config.bayesian):
            continue
        found = model.predict(data, test, draws=draws, seed=seed)
        row[f"accuracy_{draws}"] = found.accuracy
        row[f"nll_{draws}"] = float(-np.log(found.probabilities[np.arange(len(test)), found.truth]).mean())
        if draws == 0:
            row["rates"] = [round(float(np.mean(v)), 4) for v in found.rates.values()]
    row["trace"] = [round(float(v), 3) for v in model.trace["cross_entropy"]]
    row["watched"] = [round(float(v), 3) for v in model.trace["held_out"]]
    row["gradient_start"] = [float(f"{v:.3g}") for v in model.gradient_start.values()]
    row["gradient_end"] = [float(f"{v:.3g}") for v in model.gradient_end.values()]
    return row | {"cpu_s": round(cpu, 2), "data": data.digest[:16]}


def cells(seeds):
    """Give what tells one training from another, seed by seed."""
    for seed in seeds:
        for layers in spiking_depth.LAYERS:
            for residual in (True, False):
                for way in WAYS:
                    yield dict(zip(spiking_depth.KEY, (seed, layers, residual, *way), strict=True))


def rows():
    """Give what was measured."""
    yield from spiking_depth.stored(PATH)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="*", default=range(10))
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    if given.table:
        spiking_depth.table(spiking_depth.stored(PATH))
    else:
        spiking_depth.run(cells(given.seeds), measure, PATH)
