"""What the defaults of the variational family rest on: training, switches and features on two simulated recordings.

`python -m benchmarks.quality represent_defaults` runs the cells that are missing in the results and gives all rows; a
run that was stopped goes on where it stood. About seven minutes of processor time.
"""

import json
import re
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

import numpy as np

import interplay as ip
from benchmarks.quality.shifted_recordings import DATA
from benchmarks.speed.machine import header
from interplay._core.executor import execute
from interplay.infer import SpikeTiling, proportional
from interplay.measures.links import evaluate_links, inner_product
from interplay.spiking import Assemblies

PATH = Path(__file__).with_name("results") / "represent_defaults.jsonl"
#: Windows of the simulated recordings that train, of 30; the others are scored.
PREFIX = 21
#: Where a training that is not stopped early is looked at, epochs.
STOPS = (50, 100, 200, 400)
BASELINES = ("persistence", "common neighbours", "frequency")
#: Rules of stopping that are applied to finished traces: (epochs, tolerance).
RULES = ((20, 1e-3), (30, 1e-2), (50, 1e-2), (50, 1e-3))

SWITCHES = (
    {"frozen_gru": True},
    {"reconstruct_all": True},
    {"published": True},
    {"query": "mean"},
    {"window": 3},
)
FEATURES = ("correlation", "weights", "random", "degree", "walks", "rates")


def cells():
    """Name every cell: (data, recording, method, changes, stops, training seed); `stops` None ends by patience."""
    both, pair, rat = ("tavrnn", "vgrnn"), (0, 1), (200, 400)
    for recording in pair:
        yield "simulated", recording, "baselines", {}, None, 0
    yield "rat", 0, "baselines", {}, None, 0
    for method in ("vgae", "vgrnn", "tavrnn"):
        for changes in ({}, {"warm_up": 0}):
            for recording in pair:
                for seed in pair:
                    yield "simulated", recording, method, changes, STOPS, seed
    for seed in (0, 1, 2):
        for changes in ({"warm_up": 0}, {}):
            for method in both:
                yield "rat", 0, method, changes, rat, seed
    yield "simulated", 0, "tavrnn", {"published": True}, None, 0
    others = (
        *SWITCHES,
        *({"features": features} for features in FEATURES),
        {"clip": None},
        *({"learning_rate": rate} for rate in (0.003, 0.03)),
        {"validation": 0.1},
    )
    for changes in others:
        yield "simulated", 0, "tavrnn", changes, (400,), 0
    for seed in pair:
        yield "simulated", 0, "statistics", {}, (400,), seed


@lru_cache(maxsize=3)
def load(data, number):
    """Give snapshots, their recording, and the end of the prefix (None: all windows train); None without files."""
    if data == "rat":
        path = DATA / "rat_linear_track" / "linear_track.nwb"
        if not path.exists():
            return None
        recording = ip.load(path)
        found = SpikeTiling(window_s=60, step_s=30, lag_s=0.05).fit(recording).snapshots
        return proportional(found, 0.10), recording, None
    recording = Assemblies(
        n_units=60, duration_s=600.0, change_s=tuple(60.0 * k for k in range(1, 10)), recurring=3, recruit=0.0,
        rate_hz=(5.0, 5.0), calibration_s=100, seed=number,
    ).simulate()  # fmt: skip
    snapshots = proportional(SpikeTiling(window_s=20, step_s=20, lag_s=0.05).fit(recording).snapshots, 0.15)
    return snapshots, recording, float(snapshots.bounds[PREFIX - 1, 1])


def run(data, number, method, changes, stops, seed):
    """Fill one cell: a row for every stop."""
    about = {"data": data, "recording": number, "method": method, "changes": changes, "training_seed": seed}
    loaded = load(data, number)
    if loaded is None:
        return [about | {"skipped": "no rat_linear_track/linear_track.nwb below INTERPLAY_DATA"}]
    snapshots, recording, until = loaded
    first = 1 if until is None else PREFIX
    if method == "baselines":
        return [about | {name: _mean(evaluate_links(snapshots, name).auc[first:]) for name in BASELINES}]
    if method == "statistics":
        return [about | _statistics(snapshots, until, seed)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for stop in stops or (None,):
            start = time.process_time()
            config = _config(method, changes, stop, seed)
            result = config.fit(snapshots, recording=recording, train_until=until, checkpoint=Path(folder) / "state")
            row = {"stop": stop, "cpu_s": round(time.process_time() - start, 2)}
            rows.append(about | row | _scores(config, snapshots, result, first, until))
    return rows


def _config(method, changes, stop, seed):
    from interplay.represent import METHODS

    changes = dict(changes)
    kind = METHODS[method]
    make = kind.published if changes.pop("published", False) else kind
    return make(seed=seed, **(changes if stop is None else changes | {"epochs": stop, "patience": None}))


def _scores(config, snapshots, result, first, until):
    """Score windows that did not train (the rat: all) by their own edges, and by those of the past."""
    loss = result.loss["held_out" if "held_out" in result.loss else "loss"]
    own = result.reconstruction["auc"][0 if until is None else first :]
    vectors = result.embedding[result.present]
    spread = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False) ** 2
    retreats = re.findall(r"in epochs ([\d, ]+)\.", " ".join(result.notes))
    last = evaluate_links(snapshots, inner_product(result.embedding)).auc[first:]
    return {
        "epochs": len(loss),
        "best_epoch": int(result.best_epoch),
        "loss": float(loss[result.best_epoch]),
        "own": _mean(own),
        "next": _mean(result.prediction["auc"][first:]),
        "next_by_last": _mean(last),
        "first_axis": float(spread[0] / spread.sum()),
        "retreats": [int(epoch) for epoch in retreats[0].split(", ")] if retreats else [],
        "rules": {f"{p}, {tol:g}": _stopped(loss, config.warm_up, p, tol) for p, tol in RULES},
    }


def _statistics(snapshots, until, seed):
    """When the held-out error of the network over statistics is least, and what it is in the end."""
    from interplay.represent import METHODS

    start = time.process_time()
    found = METHODS["statistics"](epochs=400, patience=None, seed=seed).fit(snapshots, train_until=until)
    error = found.loss["held_out"]
    least = int(error.argmin())
    return {
        "cpu_s": round(time.process_time() - start, 2),
        "epochs": len(error),
        "best_epoch": least,
        "held_out_least": float(error[least]),
        "held_out_last": float(error[-1]),
    }


def _stopped(loss, warm_up, patience, tolerance):
    """Give the epochs a rule of stopping would have run, and the least loss after the warm-up until then."""
    reference, waited = np.inf, 0
    for epoch in range(warm_up, len(loss)):
        if np.isinf(reference) or loss[epoch] < reference - tolerance * abs(reference):
            reference, waited = loss[epoch], 0
        else:
            waited += 1
        if waited >= patience:
            return epoch + 1, float(loss[warm_up : epoch + 1].min())
    return len(loss), float(loss[min(warm_up, len(loss) - 1) :].min())


def _mean(values):
    return float(np.nanmean(values))


def _name(row):
    return json.dumps([row[name] for name in ("data", "recording", "method", "changes", "training_seed", "cell_stops")])


def rows(jobs=1, path=PATH):
    """Give all rows: those that are stored, then those that were missing, each cell stored as soon as it is done."""
    stored = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {_name(row) for row in stored}
    yield from stored
    wanted = {json.dumps([*cell[:4], cell[5], cell[4]]): cell for cell in cells()}
    tasks = [cell for name, cell in wanted.items() if name not in done]
    machine = header()
    for outcome in execute(run, tasks, jobs=jobs, engine="serial" if jobs == 1 else "processes"):
        if outcome.kind != "done":
            raise SystemExit(f"{tasks[outcome.task]}: {outcome.text}")
        found = [row | {"cell_stops": tasks[outcome.task][4]} | machine for row in outcome.value]
        if not any("skipped" in row for row in found):
            with path.open("a") as file:
                file.write("".join(json.dumps(row) + "\n" for row in found))
        yield from found


def main():
    for row in rows(jobs=int(sys.argv[1]) if len(sys.argv) > 1 else 2):
        names = (
            "data",
            "recording",
            "method",
            "changes",
            "training_seed",
            "stop",
            "epochs",
            "own",
            "next",
            "first_axis",
        )
        print(*(row.get(name, "") for name in names), flush=True)


if __name__ == "__main__":
    main()
