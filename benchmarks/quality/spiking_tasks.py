"""Digits, look-alike words and look-alike gestures: accuracy, calibration and cost of every way to train a spiking net.

Same network, same data, same number of passes for all. Of two learning rates each way takes the one that is better on a
drawing of its own (rows with "seed" -1), on samples kept aside from training; such samples (for words and gestures:
other speakers and subjects) also choose the pass whose parameters are kept. The test is looked at once. What else the
event networks have by default (time constants, steps) was chosen on such look-alikes with "half" and a fast sigmoid.
Words and gestures are synthetic (`interplay.spiking.spoken_digits`, `gestures`), and say nothing about SHD or DVS
Gesture; speakers and subjects of the test are not among those learnt from. "counts" and "counts in time" are ridge
classifiers on square roots of channel counts, whole and in ten bins; "pixels" is one on the picture.

`python -m benchmarks.quality.spiking_tasks [--seeds N] [--tasks NAME ...]` measures what is not in
results/spiking_tasks.jsonl yet, and appends it row by row; `--table` prints means with 95 % intervals over seeds.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.quality.spiking_depth import interval
from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "spiking_tasks.jsonl"
#: Gradient, normalisation, posterior (None: as the method has it).
WAYS = (
    ("st", "none", None),
    ("half", "none", None),
    ("agr(1)", "none", None),
    ("st", "none", False),
    ("st", "batch", None),
    ("hard_tanh", "none", None),
    ("fast_sigmoid(5)", "none", None),
    ("arctan", "none", None),
    ("triangle", "none", None),
    ("hard_tanh", "batch", None),
    ("fast_sigmoid(5)", "batch", None),
)
TASKS = ("digits", "spoken", "gestures")


def data_of(task, seed):
    """Give data, rows to learn from, rows to test, and foreign samples."""
    from interplay.io import digits
    from interplay.spiking import gestures, spoken_digits

    if task == "digits":
        data = digits()
        train, test = data.split(0.7, seed=seed)
        return data, train, test, foreign_pictures(data, test, seed)
    if task == "spoken":
        settings = {"classes": 10, "channels": 140, "events": 2000.0}
        data = spoken_digits(80, **settings, seed=seed)
        train, test = data.split(0.75, seed=seed, by_group=True)
        return data, train, test, spoken_digits(20, **settings, vocabulary=1, seed=seed + 1000)
    data = gestures(40, seed=seed)
    train, test = data.split(0.75, seed=seed, by_group=True)
    return data, train, test, scattered_films(data, test, seed)


def foreign_pictures(data, rows, seed):
    """Shuffle the pixels of every picture: the same grey values, no figure."""
    from dataclasses import replace

    from interplay._core.rng import stream

    part = data.take(rows)
    image = np.array(part.image).reshape(len(part), -1)
    for k, row in enumerate(image):
        image[k] = stream(seed, "shuffled", k).permutation(row)
    return replace(part, image=image.reshape(part.image.shape))


def scattered_films(data, rows, seed):
    """Scatter every event to a random pixel of its channel: the same course of the count, no movement."""
    from dataclasses import replace

    from interplay._core.rng import stream

    part = data.take(rows)
    _, height, width = part.grid
    pixel = stream(seed, "scattered").integers(height * width, size=len(part.unit))
    return replace(part, unit=np.asarray(part.unit) // (height * width) * (height * width) + pixel)


RATES = (3e-3, 1e-2)


def config_of(task, gradient, normalise, posterior, seed, rate):
    from interplay.spiking.nets import BinaryResidualNet, ConvSpikingNet, RecurrentSpikingNet

    more = {"gradient": gradient, "normalise": normalise, "posterior": posterior, "seed": seed, "learning_rate": rate}
    more["keep"] = "best"
    if task == "digits":
        return BinaryResidualNet(layers=6, width=16, epochs=15, **more)
    if task == "spoken":
        return RecurrentSpikingNet(layers=2, width=64, epochs=40, **more)
    return ConvSpikingNet(layers=3, width=8, steps=15, step_s=0.1, epochs=15, batch=32, **more)


def choose(task, gradient, normalise, posterior):
    """Give the rate that is better on samples kept aside, on a drawing that is not used again."""
    data, train, _, _ = data_of(task, 1_000_000)
    learnt, watched = data.split(0.85, seed=0, by_group=task != "digits", rows=train)
    found = {}
    for rate in RATES:
        model = config_of(task, gradient, normalise, posterior, 0, rate).fit(data, train=learnt, validation=watched)
        found[str(rate)] = float(model.trace["held_out"].min())
    return {"watched": found, "learning_rate": float(min(found, key=found.get))}


def measure(task, gradient, normalise, posterior, seed, rate):
    from interplay.measures.calibration import expected_calibration_error, negative_log_likelihood

    data, train, test, foreign = data_of(task, seed)
    learnt, watched = data.split(0.85, seed=seed, by_group=task != "digits", rows=train)
    began = time.process_time()
    config = config_of(task, gradient, normalise, posterior, seed, rate)
    model = config.fit(data, train=learnt, validation=watched)
    row = {"cpu_s": round(time.process_time() - began, 2), "learning_rate": rate}
    row |= {"best_epoch": model.best_epoch, "data": str(data.digest)}
    for draws in (0, 1, 20):
        if draws and not (config.rule.stochastic or config.bayesian):
            continue
        found = model.predict(data, test, draws=draws, seed=seed)
        away = model.predict(foreign, draws=draws, seed=seed + 1)
        row |= {
            f"accuracy_{draws}": found.accuracy,
            f"nll_{draws}": negative_log_likelihood(found.truth, found.probabilities),
            f"ece_{draws}": expected_calibration_error(found.truth, found.probabilities),
            f"foreign_{draws}": area(entropy(found.probabilities), entropy(away.probabilities)),
        }
        if draws <= 1:
            row[f"accumulates_{draws}"] = float(sum(v.mean() for v in found.accumulates.values()))
            row[f"multiplies_{draws}"] = float(sum(v.mean() for v in found.multiplies.values()))
            row[f"rate_{draws}"] = float(np.mean([v.mean() for v in found.rates.values()]))
    row["dense"] = float(sum(found.dense.values()))
    row["loss"] = [round(float(v), 3) for v in model.trace["cross_entropy"]]
    return row | {"n_train": len(train), "n_test": len(test)}


def entropy(p):
    return -np.sum(p * np.log(np.maximum(p, 1e-300)), axis=1)


def area(inside, outside):
    """Chance that a foreign sample is less certain than one of the task."""
    from sklearn.metrics import roc_auc_score

    label = np.r_[np.zeros(len(inside)), np.ones(len(outside))]
    return float(roc_auc_score(label, np.r_[inside, outside]))


def trivial(task, seed):
    """Give what needs no network."""
    from sklearn.linear_model import RidgeClassifierCV

    data, train, test, _ = data_of(task, seed)
    label = np.asarray(data.label)
    if task == "digits":
        tables = {"pixels": np.asarray(data.image).reshape(len(data), -1)}
    else:
        pooled = data if task == "spoken" else data.pooled(2)
        counts = pooled.counts(step_s=0.15, n_steps=10, beyond="ignore")
        tables = {"counts": counts.sum(axis=0), "counts in time": counts.transpose(1, 0, 2).reshape(len(data), -1)}
    most = np.bincount(label[train]).argmax()
    yield "commonest class", float((label[test] == most).mean())
    for name, table in tables.items():
        x = np.sqrt(table)
        centre, spread = x[train].mean(axis=0), x[train].std(axis=0) + 1e-9
        x = (x - centre) / spread
        found = RidgeClassifierCV(alphas=np.logspace(-1, 5, 13)).fit(x[train], label[train]).predict(x[test])
        yield name, float((found == label[test]).mean())


def stored():
    return [json.loads(line) for line in PATH.read_text().splitlines()] if PATH.exists() else []


def rows():
    """Give what was measured."""
    yield from stored()


def run(seeds, tasks):
    cell = ("task", "gradient", "normalise", "posterior", "seed")
    done = {tuple(row[k] for k in cell): row for row in stored()}
    about = header()
    with PATH.open("a") as file:
        for seed in (-1, *range(seeds)):
            for task in tasks:
                if seed >= 0 and (task, "trivial", "none", None, seed) not in done:
                    keep(file, about, (task, "trivial", "none", None, seed), {"scores": dict(trivial(task, seed))})
                for way in WAYS:
                    here = (task, *way, seed)
                    if here in done:
                        continue
                    try:
                        if seed < 0:
                            found = choose(task, *way)
                        else:
                            found = measure(task, *way, seed, done[task, *way, -1]["learning_rate"])
                    except ArithmeticError as error:  # shown, not hidden: training did not stay finite
                        found = {"failed": str(error)[:120], "learning_rate": RATES[0]}
                    done[here] = found
                    keep(file, about, here, found)


def keep(file, about, here, found):
    cell = dict(zip(("task", "gradient", "normalise", "posterior", "seed"), here, strict=True))
    file.write(json.dumps(cell | found | {"commit": about["commit"], "machine": about["machine"]}) + "\n")
    file.flush()


def table():
    groups = defaultdict(list)
    for row in stored():
        if row["seed"] < 0:
            continue
        groups[row["task"], row["gradient"], row["normalise"], str(row["posterior"])].append(row)
    for (task, gradient, normalise, posterior), found in sorted(groups.items()):
        if gradient == "trivial":
            for name in found[0]["scores"]:
                mean, half = interval([row["scores"][name] for row in found])
                print(f"{task:9s} {name:20s} accuracy {mean:.3f} +- {half:.3f}")
            continue
        good = [row for row in found if "failed" not in row]
        parts = [f"{task:9s} {gradient:16s} {normalise:5s} {posterior:5s} n {len(good)}/{len(found)}"]
        for key in ("accuracy", "nll", "ece", "foreign"):
            for draws in (0, 1, 20):
                values = [row[f"{key}_{draws}"] for row in good if f"{key}_{draws}" in row]
                if values:
                    parts.append("{}_{} {:.3f}+-{:.3f}".format(key, draws, *interval(values)))
        share = np.mean([row["accumulates_0"] + row["multiplies_0"] for row in good]) / good[0]["dense"]
        parts.append(f"operations {share:.3f} of dense  cpu {np.mean([row['cpu_s'] for row in good]):.1f}")
        print("  ".join(parts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    table() if given.table else run(given.seeds, given.tasks)
