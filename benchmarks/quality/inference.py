"""What every method recovers of known networks of five kinds, over seeds, and what methods say of two real recordings.

`python -m benchmarks.quality inference` makes all rows in two processes. Each row is stored as soon as its recording is
done; the command goes on where it stopped, and does nothing where nothing is missing. `python -m
benchmarks.quality.inference glm tspe` makes the rows of some methods anew; delete the file to make all.

Settings are those of `interplay compare`; variants say in their name what is set otherwise. Where no truth is known,
only agreement, repeatability and cost can be told.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.quality.shifted_recordings import DATA
from benchmarks.speed.machine import header
from interplay._core.executor import execute
from interplay.infer import METHODS, PLANTED, PlantedSwitching, compare_methods, configure_method
from interplay.infer.configuring import takes_spike_times
from interplay.io.atomic import write_aside
from interplay.job.small_culture import small_culture

PATH = Path(__file__).with_name("results") / "inference.jsonl"
SEEDS = range(10)
LONG_STAYS = "switching, long stays"
KINDS = ("culture", "poisson", "var", "ising", "switching", LONG_STAYS)
#: Halves and shifted recordings are fitted for so many seeds, and for methods that are quick.
CHECKED = 2
#: Methods that take long come after all others, in this order, so that a stop leaves most of the table.
SLOW = ("switching, 3 states", "glm", "switching", "boltzmann")
#: One start of the switching model in place of four, where the number of states is not the true one anyway.
ONE_START = {"restarts": 1}
#: Windows for kinds whose network changes: length and step, s.
WINDOWS_S = {"switching": (10.0, 5.0), LONG_STAYS: (10.0, 5.0)}
#: Where stays are long, methods that show what windows can do about changes.
FEW = ("correlation", "independence")
#: Methods with settings of their own: registered name, settings, kinds.
SLOW_SYNAPSES = {"low_s": 0.002, "high_s": 0.02, "reach_s": 0.15, "baseline_s": 0.05}
VARIANTS = {
    "correlogram, 2 to 20 ms": ("correlogram", SLOW_SYNAPSES, ("culture", "poisson", "ising")),
    "transfer-entropy, greedy": ("transfer-entropy", {"selection": "greedy"}, ("culture", "poisson", "var", "ising")),
    "tspe, bins of 20 ms": ("tspe", {"bin_s": 0.02, "max_delay": 6}, ("ising", "switching", LONG_STAYS)),
    "switching, 3 states": ("switching", {"states": 3}, ("switching", LONG_STAYS)),
}
SCORES = (
    "auc",
    "average_precision",
    "auc_directed",
    "auc_evidence",
    "average_precision_evidence",
    "auc_directed_evidence",
    "sign_accuracy",
    "auc_shifted",
    "recall",
    "precision",
    "changes_found",
    "changes_false",
    "changes_chance",
    "stability",
    "cpu_s",
)
REAL = {"rat_linear_track": "rat_linear_track/linear_track.nwb", "dish": "dish"}
#: Of the real recordings: the most active units, and so much time, s.
UNITS, SPAN_S = 24, 300.0


def simulate(kind, seed):
    if kind == "culture":
        return small_culture(seed)
    if kind == LONG_STAYS:
        return PlantedSwitching(dwell_s=60.0, trial_s=200.0, n_trials=2).simulate(seed)
    return PLANTED[kind]().simulate(seed)


def labels(kind):
    """Name what is fitted to a kind: every registered method that can take it, and variants."""
    names = FEW if kind == LONG_STAYS else tuple(METHODS)
    if kind == "var":
        names = tuple(name for name in names if not takes_spike_times(name))
    return (*names, *(label for label, (_, _, kinds) in VARIANTS.items() if kind in kinds))


def configured(label, recording, window, seed):
    name, settings, _ = VARIANTS.get(label, (label, None, ()))
    if label == "switching":
        settings = ONE_START
    length, step = window or (None, None)
    return configure_method(name, recording, window_s=length, step_s=step, seed=seed, settings=settings)


def told(result, common):
    """Give one row per method."""
    for m, name in enumerate(result.methods):
        if not np.isfinite(result.cpu_s[m, 0]):
            yield common | {"method": name, "failure": result.failures.get(name, "")}
            continue
        row = common | {"method": name}
        row |= {
            fact: bool(getattr(result, fact)[m]) for fact in ("directed", "signed", "tested", "pooled", "by_pvalue")
        }
        for score in SCORES:
            value = float(getattr(result, score)[m, 0])
            row[score] = round(value, 6) if np.isfinite(value) else None
        yield row


def planted(kind, seed, names):
    recording = simulate(kind, seed)
    chosen = {name: configured(name, recording, WINDOWS_S.get(kind), seed) for name in names}
    checks = seed < CHECKED and not set(names) & set(SLOW)
    result = compare_methods({"recording": recording}, chosen, checks=checks, seed=seed)
    truth = {"n_changes": int(result.n_changes[0])}
    for name in ("share_true", "share_true_directed", "tolerance_s"):
        value = float(getattr(result, name)[0])
        truth[name] = round(value, 6) if np.isfinite(value) else None
    return list(told(result, {"kind": kind, "seed": seed} | truth))


def busiest(name, units=UNITS, span_s=SPAN_S):
    """Load the most active units of a real recording's first part; None where it is not there."""
    from interplay.io import load

    path = DATA / REAL[name]
    if not path.exists():
        return None
    recording = load(str(path))
    start = recording.span[0]
    recording = recording.window(start, min(start + span_s, recording.span[1]))
    order = np.argsort(-recording.events.counts(), kind="stable")[:units]
    return recording.select(np.sort(order).tolist())


def real(name):
    recording = busiest(name)
    common = {"kind": name, "seed": None}
    if recording is None:
        return [common | {"method": None, "skipped": f"no {REAL[name]} below INTERPLAY_DATA"}]
    common |= {"units": recording.n_units, "span_s": recording.duration}
    chosen = {label: configured(label, recording, None, 0) for label in METHODS}
    result = compare_methods({"recording": recording}, chosen)
    found = []
    for row in told(result, common):
        m = result.methods.index(row["method"])
        row["agreement"] = {
            other: round(float(v), 3)
            for other, v in zip(result.methods, result.agreement[m], strict=True)
            if np.isfinite(v) and other != row["method"]
        }
        found.append(row)
    return found


def run(kind, seed, names):
    machine = header()
    return [row | machine for row in (real(kind) if seed is None else planted(kind, seed, names))]


def missing(stored):
    done = {(row["kind"], row["seed"], row["method"]) for row in stored}
    quick = [name for name in (*METHODS, *VARIANTS) if name not in SLOW]
    parts = (KINDS[1:-1], KINDS[:1], KINDS[-1:])
    tiers = [(quick, KINDS), *(([name], part) for part in parts for name in SLOW)]
    for (tier, kinds), seed in itertools.product(tiers, SEEDS):
        for kind in kinds:
            wanted = set(tier) & set(labels(kind))
            names = tuple(name for name in labels(kind) if name in wanted and (kind, seed, name) not in done)
            if names:
                yield (kind, seed, names)
    # Agreement is between all methods, so that a real recording is done as a whole.
    for kind in REAL:
        if any((kind, None, name) not in done for name in METHODS):
            yield (kind, None, ())


def read(path=PATH):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def rows(jobs=2, path=PATH):
    """Give all rows: those that are stored, then those that were missing, each stored as soon as it is done."""
    stored = read(path)
    tasks = list(missing(stored))
    for outcome in execute(run, tasks, jobs=jobs, engine="serial" if jobs == 1 else "processes"):
        if outcome.kind != "done":
            raise SystemExit(f"{tasks[outcome.task]}: {outcome.text}")
        kind, seed, _ = tasks[outcome.task]
        made = {row["method"] for row in outcome.value}
        stored = [r for r in stored if (r["kind"], r["seed"]) != (kind, seed) or r["method"] not in made]
        stored += outcome.value
        write_aside(path, "".join(json.dumps(row) + "\n" for row in stored))
        print(f"{kind} {seed}: {len(outcome.value)} rows", flush=True)
    place = {kind: k for k, kind in enumerate((*KINDS, *REAL))}
    yield from sorted(stored, key=lambda row: (place[row["kind"]], row["seed"] or 0))


def main(names):
    """Make the rows of the named methods anew, and those of real recordings."""
    known = [row for row in read() if row["method"] not in names and (row["seed"] is not None or not names)]
    PATH.write_text("".join(json.dumps(row) + "\n" for row in known))
    made = list(rows())
    PATH.write_text("".join(json.dumps(row) + "\n" for row in made))


if __name__ == "__main__":
    main(sys.argv[1:])
