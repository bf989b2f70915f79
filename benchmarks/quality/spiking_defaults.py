"""Where the settings of `interplay spiking train` come from: a choice on samples that the command never judges.

Words and gestures are drawn anew, from other words (vocabularies 100 and 101, the command's is 7), speakers, subjects
and seeds than the command's. Of the digits only those are taken that the command learns from; the quarter that it
judges is the same for all seeds and left out. Each candidate changes one thing of the first, which has the sizes that
train within a minute. It learns from 88 % of the samples and is told by the others (other speakers and subjects): mean
surprise of 20 draws, over two drawings. The least is taken of those that can be written as NIR, which knows no soft
reset, and the settings in `interplay.job.spiking_task.TASKS` are it.

`python -m benchmarks.quality.spiking_defaults` measures what is not in results/spiking_defaults.jsonl yet; `--table`
prints the means, best first.
"""

import argparse
import json
import time
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "spiking_defaults.jsonl"
DRAWINGS = (100, 101)
#: By task, the settings that all candidates share, and what each candidate says besides.
CANDIDATES = {
    "spoken": (
        {
            "pool": 10, "steps": 50, "step_s": 0.024, "width": 128, "layers": 1, "tau_s": 0.1, "readout_tau_s": 0.1,
            "epochs": 60, "learning_rate": 0.006, "keep": "best",
        },
        [
            {}, {"learning_rate": 0.003}, {"learning_rate": 0.012}, {"tau_s": 0.05}, {"tau_s": 0.2},
            {"reset": "soft"}, {"layers": 2, "width": 64},
        ],
    ),
    "gestures": (
        {
            "pool": 2, "steps": 16, "step_s": 0.0625, "width": 12, "layers": 2, "tau_s": 0.12, "epochs": 60,
            "learning_rate": 0.01, "keep": "best",
        },
        [
            {}, {"learning_rate": 0.005}, {"learning_rate": 0.02}, {"tau_s": 0.06}, {"tau_s": 0.24},
            {"reset": "soft"}, {"layers": 3},
        ],
    ),
    "digits": (
        {"layers": 4, "width": 24, "epochs": 20},
        [{}, {"learning_rate": 1e-3}, {"learning_rate": 1e-2}, {"layers": 2}, {"layers": 6}, {"epochs": 40}],
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def samples(task, drawing):
    """Give data, rows to learn from, and rows that tell."""
    from interplay.job.spiking_task import LOOK_ALIKES, read_task
    from interplay.spiking import gestures, spoken_digits

    if task == "digits":
        parted = read_task("digits", None, seed=drawing)
        return parted.learn, parted.train, parted.watched
    if task == "spoken":
        data = spoken_digits(**LOOK_ALIKES[task], vocabulary=drawing, seed=drawing)
    else:
        data = gestures(**LOOK_ALIKES[task], seed=drawing)
    return data, *data.split(0.88, seed=drawing, by_group=True)


def told(task, drawing, said):
    """Train one candidate, and give its row."""
    from interplay.job.spiking_task import kind_of
    from interplay.measures import calibration_scores
    from interplay.spiking.nets import SPIKING_METHODS

    data, train, watched = samples(task, drawing)
    shared, _ = CANDIDATES[task]
    config = SPIKING_METHODS[kind_of(task).method](**{**shared, **said}, seed=drawing)
    begun = time.process_time()
    model = config.fit(data, train=train, validation=watched)
    found = model.predict(data, watched, draws=20, seed=drawing)
    scores = calibration_scores(found.truth, found.probabilities)
    return {
        "task": task, "drawing": drawing, "said": said, "nll": float(scores.nll[0]), "accuracy": found.accuracy,
        "watched": len(watched), "best_epoch": model.best_epoch, "cpu_s": round(time.process_time() - begun, 1),
        "data": str(data.digest)[:12],
    }  # fmt: skip


def measured():
    if not PATH.exists():
        return []
    return [json.loads(line) for line in PATH.read_text().splitlines()]


def measure(tasks):
    for task in tasks:
        for drawing in DRAWINGS:
            for said in CANDIDATES[task][1]:
                if any((r["task"], r["drawing"], r["said"]) == (task, drawing, said) for r in measured()):
                    continue
                row = told(task, drawing, said)
                with PATH.open("a") as file:
                    file.write(json.dumps(row | header()) + "\n")
                print(task, drawing, said, round(row["nll"], 3), round(row["accuracy"], 3), row["cpu_s"], flush=True)


def table():
    for task in CANDIDATES:
        means = defaultdict(list)
        for row in measured():
            if row["task"] == task:
                means[json.dumps(row["said"])].append((row["nll"], row["accuracy"]))
        for said, values in sorted(means.items(), key=lambda pair: np.mean(pair[1], axis=0)[0]):
            nll, accuracy = np.mean(values, axis=0)
            print(f"{task} {said}: surprise {nll:.3f} nats, accuracy {accuracy:.3f}, {len(values)} drawings")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args()
    table() if asked.table else measure(asked.tasks)
