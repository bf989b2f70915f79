"""Depth without normalisation: binary networks of 2 to 24 layers, plain and residual, every estimator, ten seeds.

A teacher labels points of a 20-dimensional Gaussian with five classes (two layers of tanh units; each seed has its own
teacher, points and weights). Dense networks, 64 units a layer, 20 passes, Adam at 3e-3 for all: nothing is tuned for
any of them. Baselines are surrogate gradients without noise, and batch normalisation.

`python -m benchmarks.quality.spiking_depth [--seeds N]` measures what is not in results/spiking_depth.jsonl yet, and
appends it row by row; `--table` prints means with 95 % intervals over seeds.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "spiking_depth.jsonl"
N_TRAIN, N_TEST, N_IN, N_CLASSES = 2560, 1000, 20, 5
LAYERS = (2, 6, 12, 24)
#: Gradient and normalisation.
WAYS = (
    ("st", "none"),
    ("half", "none"),
    ("interp(0.5)", "none"),
    ("power(0.5)", "none"),
    ("agr(1)", "none"),
    ("const(1)", "none"),
    ("hard_tanh", "none"),
    ("triangle", "none"),
    ("arctan", "none"),
    ("fast_sigmoid(25)", "none"),
    ("st", "batch"),
    ("hard_tanh", "batch"),
)


#: Told apart: noise of the units alone, and a posterior with a threshold (residual networks only).
CONTROLS = (("st", "none", False), ("hard_tanh", "none", True))


def points(seed):
    """Draw a teacher and what it says of points; classes are evened by the median of each output."""
    from interplay._core.rng import stream
    from interplay.data import LabelledImages

    rng = stream(seed, "teacher")
    x = rng.standard_normal((N_TRAIN + N_TEST, N_IN)).astype(np.float32)
    hidden = np.tanh(x @ rng.standard_normal((N_IN, 30)) / np.sqrt(N_IN) * 2)
    out = hidden @ rng.standard_normal((30, N_CLASSES))
    label = (out - np.median(out, axis=0)).argmax(axis=1)
    return LabelledImages(image=x[:, :, None, None], label=label, classes=np.arange(N_CLASSES).astype(str))


def measure(seed, layers, residual, gradient, normalise, posterior=None):
    from interplay.spiking.nets import BinaryResidualNet

    data = points(seed)
    train, test = np.arange(N_TRAIN), np.arange(N_TRAIN, N_TRAIN + N_TEST)
    config = BinaryResidualNet(
        connect="dense", width=64, layers=layers, residual=residual, gradient=gradient, normalise=normalise,
        posterior=posterior, epochs=20, batch=128, seed=seed,
    )  # fmt: skip
    began = time.process_time()
    model = config.fit(data, train=train, validation=test)
    cpu = time.process_time() - began
    row = {"seed": seed, "layers": layers, "residual": residual, "gradient": gradient, "normalise": normalise}
    row["posterior"] = posterior
    for draws in (0, 1, 20):
        if draws == 20 and not (config.rule.stochastic or config.bayesian):
            continue
        found = model.predict(data, test, draws=draws, seed=seed)
        row[f"accuracy_{draws}"] = found.accuracy
        row[f"nll_{draws}"] = float(-np.log(found.probabilities[np.arange(N_TEST), found.truth]).mean())
    row["trace"] = [round(float(v), 3) for v in model.trace["cross_entropy"]]
    row["watched"] = [round(float(v), 3) for v in model.trace["held_out"]]
    row["gradient_start"] = [float(f"{v:.3g}") for v in model.gradient_start.values()]
    row["gradient_end"] = [float(f"{v:.3g}") for v in model.gradient_end.values()]
    return row | {"cpu_s": round(cpu, 2)}


KEY = ("seed", "layers", "residual", "gradient", "normalise", "posterior")


def cells(seeds):
    for seed in range(seeds):
        for layers in LAYERS:
            for residual in (True, False):
                for way in (*((*way, None) for way in WAYS), *(CONTROLS if residual else ())):
                    yield dict(zip(KEY, (seed, layers, residual, *way), strict=True))


def stored(path=PATH):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def rows():
    """Give what was measured."""
    yield from stored()


def run(wanted, measured, path):
    """Measure the cells that are not stored yet, and append each."""
    done = {tuple(row.get(k) for k in KEY) for row in stored(path)}
    about = header()
    with path.open("a") as file:
        for cell in wanted:
            if tuple(cell.values()) in done:
                continue
            try:
                row = measured(**cell)
            except ArithmeticError as error:  # shown, not hidden: training did not stay finite
                row = cell | {"failed": str(error)[:120]}
            file.write(json.dumps(row | {"commit": about["commit"], "machine": about.get("machine", "")}) + "\n")
            file.flush()


def interval(values):
    from scipy import stats

    mean, n = float(np.mean(values)), len(values)
    half = float(stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return mean, half


def table(rows):
    """Print means over seeds."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["gradient"], row["normalise"], row.get("posterior"), row["residual"], row["layers"]].append(row)
    for (gradient, normalise, posterior, residual, layers), found in sorted(groups.items(), key=str):
        good = [row for row in found if "failed" not in row]
        parts = [
            f"{gradient:17s} {normalise:5s} {posterior!s:5s} {'residual' if residual else 'plain':8s} {layers:2d}",
            f"n {len(good)}/{len(found)}",
        ]
        for key in ("accuracy_0", "accuracy_1", "accuracy_20"):
            values = [row[key] for row in good if key in row]
            if values:
                parts.append("{} {:.3f} +- {:.3f}".format(key, *interval(values)))
        first = [row["gradient_start"][0] / max(row["gradient_start"][-1], 1e-30) for row in good]
        parts.append(f"gradient first/last {np.median(first):.2g}  cpu {np.mean([r['cpu_s'] for r in good]):.1f}")
        print("  ".join(parts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    if given.table:
        table(stored())
    else:
        run(cells(given.seeds), measure, PATH)
