"""One-hot HMM-GLM: do priors over couplings help where states share an anatomy? Claimed, ours, baselines."""

import json
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import header
from interplay._core.rng import stream
from interplay.infer import PlantedSwitching, SwitchingGLM, decode_states, match_states
from interplay.measures import average_precision, roc_auc
from interplay.stats import mean_interval

RESULTS = Path(__file__).with_name("results") / "one_hot.jsonl"
CONTROLS = Path(__file__).with_name("results") / "one_hot_control.jsonl"
SEEDS = 10
#: Trials of 2,000 bins to fit to (the paper: 30). The next trials, as many as `TEST`, are held out.
TRAIN = (4,)
TEST = 5
#: The synthetic recipe: 5 states, 20 units, bins of 20 ms, a probability of staying of 0.98.
RECIPE = {"n_units": 20, "n_states": 5, "trial_s": 40.0, "dwell_s": 1.0}
PAUSE_S = 1.0
METHODS = ("one state", "own history", "none", "gaussian", "one-hot", "true anatomy", "shuffled anatomy")
SCORES = ("nats_per_spike", "weight_r", "weight_error", "edge_auc", "sign_accuracy", "anatomy_auc", "state_accuracy")

DIGITS = {"nats_per_spike": 4}
#: A control without a common anatomy: all pairs have nearly the same chances, and only sparsity is left to learn.
CONTROL = {"concentration": (20.0, 160.0, 20.0)}
CONTROL_METHODS = ("gaussian", "none", "one-hot")
CONTROL_SEEDS = 10


def settings(method, anatomy, seed):
    common = {"states": 5, "link": "sigmoid", "bias": "shared"}
    if method == "one state":
        return common | {"states": 1, "prior": "none"}
    if method == "own history":
        # No unit may be connected to another: states differ by rates, and by what a unit does to itself.
        return common | {"prior": "none", "bias": "state", "anatomy": np.zeros(anatomy.shape[:2])}
    if method == "true anatomy":
        return common | {"anatomy": anatomy}
    if method == "shuffled anatomy":
        return common | {"anatomy": shuffled(anatomy, seed)}
    return common | {"prior": method}


def shuffled(anatomy, seed):
    """Give each pair the chances of another pair."""
    off = ~np.eye(len(anatomy), dtype=bool)
    out = anatomy.copy()
    out[off] = stream(seed, "shuffled anatomy").permutation(anatomy[off])
    return out


def scores(planted, recording, held_out, seed, method, n_train):
    """Fit one method to one recording, and hold it against the truth and against later trials."""
    anatomy, truth = planted.anatomy(seed), planted.wiring(seed)
    began = time.process_time()
    found = SwitchingGLM(**settings(method, anatomy, seed)).fit(recording)
    cpu = time.process_time() - began
    path = planted.states(seed)
    match = match_states(path[:n_train].ravel(), np.concatenate(found.path))
    off = ~np.eye(planted.n_units, dtype=bool)
    # A state that no found one is matched to is held against the mean network, as a single state would be.
    guess = np.tensordot(found.occupancy, found.weight, axes=1)
    weight = np.repeat(guess[None], planted.n_states, axis=0)
    if found.n_states > 1:
        weight[match.true] = found.weight[match.found]
    w, true = weight[:, off], truth[:, off]
    edge = true != 0
    decoded = decode_states(found, held_out)
    late = match_states(path[n_train:].ravel(), np.concatenate(decoded.path))
    coupled = anatomy[off][:, 1] < 0.5
    return {
        "nats_per_spike": decoded.per_spike,
        "weight_r": float(np.corrcoef(w.ravel(), true.ravel())[0, 1]) if w.std() > 0 else 0.0,
        "weight_error": float(np.sqrt(((w - true) ** 2).mean())),
        "edge_auc": float(np.mean([roc_auc(e, np.abs(v)) for e, v in zip(edge, w, strict=True)])),
        "sign_accuracy": float((np.sign(w[edge]) == np.sign(true[edge])).mean()),
        "anatomy_auc": roc_auc(coupled, np.abs(w).mean(axis=0)) if coupled.any() else None,
        "anatomy_precision": average_precision(coupled, np.abs(w).mean(axis=0)) if coupled.any() else None,
        "state_accuracy": late.accuracy,
        "constant_state": late.constant,
        "converged": found.converged,
        "notes": list(found.notes),
        "cpu_s": cpu,
    }


def make(train=TRAIN, seeds=range(SEEDS)):
    """Fit everything and store the rows as they come."""
    kept = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    done = {(row["n_train"], row["seed"], row["method"]) for row in kept if "method" in row}
    with RESULTS.open("a") as file:
        if not kept:
            file.write(json.dumps({"bench": "one_hot", **header()}) + "\n")
        for n_train in train:
            planted = PlantedSwitching(n_trials=n_train + TEST, **RECIPE)
            for seed in seeds:
                recording = planted.simulate(seed)
                cut = n_train * (planted.trial_s + PAUSE_S) - PAUSE_S / 2
                early, late = recording.window(0.0, cut), recording.window(cut, recording.span[1])
                for method in METHODS:
                    if (n_train, seed, method) in done:
                        continue
                    row = scores(planted, early, late, seed, method, n_train)
                    file.write(json.dumps({"n_train": n_train, "seed": seed, "method": method} | row) + "\n")
                    file.flush()
    make_control()


def make_control():
    """Fit the control, and store its rows apart."""
    planted = PlantedSwitching(n_trials=TRAIN[0] + TEST, **RECIPE, **CONTROL)
    cut = TRAIN[0] * (planted.trial_s + PAUSE_S) - PAUSE_S / 2
    found = []
    for seed in range(CONTROL_SEEDS):
        recording = planted.simulate(seed)
        early, late = recording.window(0.0, cut), recording.window(cut, recording.span[1])
        for method in CONTROL_METHODS:
            row = scores(planted, early, late, seed, method, TRAIN[0])
            found.append({"control": True, "seed": seed, "method": method} | row | header())
            CONTROLS.write_text("".join(json.dumps(one) + "\n" for one in found))


def lines():
    """Yield the tables, one for each amount of data, and the control."""
    rows = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    rows = [row for row in rows if "method" in row]
    control = [json.loads(line) for line in CONTROLS.read_text().splitlines()] if CONTROLS.exists() else []
    yield "Claimed: one-hot recovers interactions best and predicts best (no numbers at hand)."
    for n_train in sorted({row["n_train"] for row in rows}):
        here = [row for row in rows if row["n_train"] == n_train]
        yield f"\n{n_train} trials of 2,000 bins, {len({row['seed'] for row in here})} seeds, mean [95 % interval]\n"
        yield "| model | " + " | ".join(SCORES) + " |"
        yield "|---" * (len(SCORES) + 1) + "|"
        for method in METHODS:
            cells = [
                interval([row[score] for row in here if row["method"] == method], DIGITS.get(score, 3))
                for score in SCORES
            ]
            yield f"| {method} | " + " | ".join(cells) + " |"
        yield "\nDifferences of one-hot from, seed by seed\n"
        for method in METHODS:
            if method == "one-hot":
                continue
            pairs = {(row["seed"], row["method"]): row for row in here}
            both = [
                (pairs[s, "one-hot"], pairs[s, method])
                for s in range(SEEDS)
                if {(s, method), (s, "one-hot")} <= set(pairs)
            ]
            cells = [interval([a[score] - b[score] for a, b in both], DIGITS.get(score, 3)) for score in SCORES]
            yield f"| {method} | " + " | ".join(cells) + " |"

    if control:
        yield f"\nWithout a common anatomy, {len({row['seed'] for row in control})} seeds\n"
    for method in CONTROL_METHODS if control else ():
        cells = [
            interval([row[score] for row in control if row["method"] == method], DIGITS.get(score, 3))
            for score in SCORES
            if score != "anatomy_auc"
        ]
        yield f"| {method} | " + " | ".join(cells) + " |"
    if control:
        yield "\nDifferences of one-hot from, seed by seed\n"
    for method in CONTROL_METHODS[:-1] if control else ():
        one, other = ([row for row in control if row["method"] == m] for m in ("one-hot", method))
        cells = [
            interval([a[score] - b[score] for a, b in zip(one, other, strict=True)], DIGITS.get(score, 3))
            for score in SCORES
            if score != "anatomy_auc"
        ]
        yield f"| {method} | " + " | ".join(cells) + " |"


def interval(values, digits=3):
    if len(values) < 2 or np.ptp(values) == 0:
        return f"{np.mean(values):.{digits}f}" if values else "-"
    found = mean_interval(values)
    return f"{np.mean(values):.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
