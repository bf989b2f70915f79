"""Digits, look-alike words and look-alike gestures: accuracy, calibration and cost of every way to train a spiking net.

Same network, same data, same number of passes for all. Of four settings (`choices`) each way takes the one that is best
on a drawing of its own (rows with "seed" -1), on samples kept aside from training; such samples (for words and
gestures: other speakers and subjects) also choose the pass whose parameters are kept. The test is looked at once. What
else the event networks have by default was chosen on other drawings of such look-alikes. Words and gestures are
synthetic (`interplay.spiking.spoken_digits`, `gestures`), and say nothing about SHD or DVS Gesture; speakers and
subjects of the test are not among those learnt from. "counts" and "counts in time" are ridge classifiers on square
roots of channel counts, whole and in ten bins; "pixels" is one on the picture. Ways named "snnTorch ..." are
`spiking_peer`, and need INTERPLAY_PEERS.

`python -m benchmarks.quality.spiking_tasks [--seeds N] [--tasks NAME ...]` measures what is not in
results/spiking_tasks.jsonl yet, told apart by task, way, seed, all settings and the data's digest, and appends it row
by row; `--table` prints the page's tables, means with 95 % intervals over seeds.
"""

import argparse
import json
import time
from collections import defaultdict
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.quality.spiking_depth import interval
from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "spiking_tasks.jsonl"
#: Every way to train: what differs from the network's other settings.
WAYS = {
    "ST": {"gradient": "st"},
    "half": {"gradient": "half"},
    "Gumbel–Rao, τ = 1": {"gradient": "agr(1)"},
    "ST, weights are points": {"gradient": "st", "posterior": False},
    "ST, weights drawn per sequence": {"gradient": "st", "noise": "per_sequence"},
    "ST, u² loss .002": {"gradient": "st", "u2_weight": 0.002},
    "ST, signal-to-noise loss 1e-5": {"gradient": "st", "snr_weight": 1e-5},
    "ST, batch norm": {"gradient": "st", "normalise": "batch"},
    "hard tanh": {"gradient": "hard_tanh"},
    "fast sigmoid": {"gradient": "fast_sigmoid(5)"},
    "fast sigmoid, subtracting": {"gradient": "fast_sigmoid(5)", "reset": "soft"},
    "arctan": {"gradient": "arctan(2)"},
    "triangle": {"gradient": "triangle(1)"},
    "hard tanh, batch norm": {"gradient": "hard_tanh", "normalise": "batch"},
    "fast sigmoid, batch norm": {"gradient": "fast_sigmoid(5)", "normalise": "batch"},
    "snnTorch, fast sigmoid": {"gradient": "fast_sigmoid(5)"},
    "snnTorch, arctan": {"gradient": "arctan(2)"},
}
TASKS = ("spoken", "gestures", "digits")
#: Another scale of what makes units fire or gradients pass, for words and gestures; another rate where there is none.
SCALES = {
    "st": {"spread": 0.2},
    "half": {"spread": 0.2},
    "agr(1)": {"spread": 0.2},
    "fast_sigmoid(5)": {"gradient": "fast_sigmoid(15)"},
    "arctan(2)": {"gradient": "arctan(6)"},
    "triangle(1)": {"gradient": "triangle(2)"},
    "hard_tanh": {"learning_rate": 2e-2},
}
#: Passes; for words and gestures the choice of settings takes half of them.
PASSES = {"digits": 15, "spoken": 80, "gestures": 40}


def choices(task, way):
    """Give the settings that a way chooses among, of one kind and number for all."""
    if task == "digits":
        return [{"learning_rate": 3e-3}, {"learning_rate": 1e-2}]
    scale = SCALES[WAYS[way]["gradient"]]
    if WAYS[way].get("posterior") is False:  # its noise is the units' own
        scale = {"floor": 1.0 if task == "spoken" else 0.25}
    others = ({}, {"learning_rate": 3e-3}, {"reset": "soft"}, scale)
    return [{"learning_rate": 1e-2, **other} for other in others]


def fits(task, way):
    """Whether a task's network has what a way needs."""
    if task == "digits":
        return not way.startswith("snnTorch") and "reset" not in WAYS[way]
    if "reset" in WAYS[way]:  # snnTorch's ways chose it for words
        return task == "spoken"
    return not set(WAYS[way]) & {"u2_weight", "snr_weight"}


@lru_cache(maxsize=2)
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


def config_of(task, way, seed, chosen, passes=None):
    """Give a network's settings."""
    from interplay.spiking.nets import BinaryResidualNet, ConvSpikingNet, RecurrentSpikingNet

    nets = {"digits": BinaryResidualNet, "spoken": RecurrentSpikingNet, "gestures": ConvSpikingNet}
    if way.startswith("snnTorch"):
        from benchmarks.quality.spiking_peer import PeerConvNet, PeerRecurrentNet

        nets |= {"spoken": PeerRecurrentNet, "gestures": PeerConvNet}
    sizes = {
        "digits": {"layers": 6, "width": 16},
        "spoken": {"layers": 2, "width": 64},
        "gestures": {"layers": 3, "width": 8, "steps": 15, "step_s": 0.1, "batch": 32},
    }
    epochs = PASSES[task] if passes is None else passes
    return nets[task](**{**sizes[task], **WAYS[way], **chosen}, epochs=epochs, seed=seed, keep="best")


def key_of(configs, data):
    """Give what tells a measurement from others of its task, way and seed."""
    from interplay._core.provenance import digest

    return digest("spiking_tasks", [(c.name, asdict(c)) for c in configs], str(data.digest))


def choices_of(task, way):
    passes = PASSES[task] if task == "digits" else PASSES[task] // 2
    return [config_of(task, way, 0, chosen, passes) for chosen in choices(task, way)]


def choose(task, way):
    """Give the settings that are best on samples kept aside, on a drawing that is not used again."""
    data, train, _, _ = data_of(task, CHOOSING)
    learnt, watched = data.split(0.85, seed=0, by_group=task != "digits", rows=train)
    found = []
    for config in choices_of(task, way):
        try:
            model = config.fit(data, train=learnt, validation=watched)
            found.append(float(model.trace["held_out"].min()))
        except ArithmeticError:  # training did not stay finite
            found.append(float("inf"))
    return {"watched": found, "chosen": choices(task, way)[int(np.argmin(found))]}


#: Seed of the drawing that settings are chosen on.
CHOOSING = 1_000_000


def measure(task, way, seed, chosen):
    from interplay.measures.calibration import expected_calibration_error, negative_log_likelihood

    data, train, test, foreign = data_of(task, seed)
    learnt, watched = data.split(0.85, seed=seed, by_group=task != "digits", rows=train)
    began = time.process_time()
    config = config_of(task, way, seed, chosen)
    model = config.fit(data, train=learnt, validation=watched)
    row = {"cpu_s": round(time.process_time() - began, 2), "chosen": chosen, "best_epoch": model.best_epoch}
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
            if not way.startswith("snnTorch"):  # its layers are not counted
                row[f"accumulates_{draws}"] = float(sum(v.mean() for v in found.accumulates.values()))
                row[f"multiplies_{draws}"] = float(sum(v.mean() for v in found.multiplies.values()))
                row["dense"] = float(sum(found.dense.values()))
            row[f"rate_{draws}"] = float(np.mean([v.mean() for v in found.rates.values()]))
    row["loss"] = [round(float(v), 3) for v in model.trace["cross_entropy"]]
    row["held_out"] = [round(float(v), 3) for v in model.trace["held_out"]]
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


def scores(task, seed):
    return {"scores": dict(trivial(task, seed))}


def stored():
    return [json.loads(line) for line in PATH.read_text().splitlines()] if PATH.exists() else []


def rows():
    """Give what was measured."""
    yield from stored()


def run(seeds, tasks):
    done = {(row["task"], row["way"], row["seed"], row["key"]): row for row in stored()}
    about = header()
    with PATH.open("a") as file:

        def once(task, way, seed, key, measured, *given):
            """Measure what was not measured, and keep it."""
            here = (task, way, seed, key)
            if here not in done:
                try:
                    found = measured(task, *given)
                except ArithmeticError as error:  # shown, not hidden: training did not stay finite
                    found = {"failed": str(error)[:120]}
                done[here] = dict(zip(("task", "way", "seed", "key"), here, strict=True)) | found
                about_it = {"commit": about["commit"], "machine": about["machine"]}
                file.write(json.dumps(done[here] | about_it, ensure_ascii=False) + "\n")
                file.flush()
            return done[here]

        for task in tasks:
            ways = [way for way in WAYS if fits(task, way)]
            chosen = {}
            for way in ways:
                key = key_of(choices_of(task, way), data_of(task, CHOOSING)[0])
                chosen[way] = once(task, way, -1, key, choose, way)["chosen"]
            for seed in range(seeds):
                data = data_of(task, seed)[0]
                once(task, "trivial", seed, str(data.digest), scores, seed)
                for way in ways:
                    key = key_of([config_of(task, way, seed, chosen[way])], data)
                    once(task, way, seed, key, measure, way, seed, chosen[way])


def cell(found, name, digits):
    """Give mean ± half the interval, as the page writes it."""
    values = [row[name] for row in found if name in row]
    if not values:
        return "—"
    mean, half = (f"{v:.{digits}f}".replace("0.", ".", 1) if v < 1 else f"{v:.{digits}f}" for v in interval(values))
    return f"{mean} ± {half}"


COLUMNS = [(f"accuracy_{d}", 3) for d in (0, 1, 20)] + [
    (f"{name}_{d}", digits) for name, digits in (("nll", 2), ("ece", 3), ("foreign", 2)) for d in (0, 20)
]


def table():
    groups = defaultdict(dict)
    for row in stored():
        if row["seed"] >= 0:
            groups[row["task"], row["way"]][row["seed"]] = row  # of several settings, the last that was run
    for task in TASKS:
        rows_of_trivial = list(groups[task, "trivial"].values())
        names = rows_of_trivial[0]["scores"] if rows_of_trivial else ()
        print(f"\n{task}:", ", ".join(f"{n} {cell([r['scores'] for r in rows_of_trivial], n, 2)}" for n in names))
        for way in WAYS:
            found = list(groups[task, way].values())
            good = [row for row in found if "failed" not in row]
            if not good:
                continue
            counted = [(row["accumulates_0"] + row["multiplies_0"]) / row["dense"] for row in good if "dense" in row]
            parts = [cell(good, name, digits) for name, digits in COLUMNS]
            parts.append(f"{np.mean(counted):.2f}" if counted else "—")
            parts.append(f"{np.mean([row['cpu_s'] for row in good]):.1f}")
            told = f"{len(good)} of {len(found)}, {good[-1]['chosen']}, best passes {[r['best_epoch'] for r in good]}"
            print(f"| {way} | {' | '.join(parts)} |  <!-- {told} -->")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    table() if given.table else run(given.seeds, given.tasks)
