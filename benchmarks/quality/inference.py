"""What every method recovers of known networks of five kinds, over seeds: `python -m benchmarks.quality inference`.

Settings are those of `interplay compare`, without halves and shifted recordings. Two real recordings follow,
halves too: where no truth is known, only agreement, repeatability and cost can be told.
"""

import numpy as np

from benchmarks.quality.shifted_recordings import DATA
from interplay.infer import METHODS, PLANTED, compare_methods, configure_method
from interplay.infer.configuring import takes_spike_times
from interplay.job.small_culture import small_culture

SEEDS = range(10)
KINDS = ("culture", "poisson", "var", "ising", "switching")
#: Methods that take long, and which kinds each is fitted to.
LONG = {
    "boltzmann": (),
    "coherence": (),
    "dynamic-bayes": ("var",),
    "factors": (),
    "glm": ("culture", "poisson"),
    "independence": (),
    "switching": ("switching", "poisson"),
}
#: Halves and shifted recordings are fitted for so many seeds.
CHECKED = 0
#: Cross-validation is left out, as it decides nothing here.
SETTINGS = {"switching": {"restarts": 1}, "glm": {"folds": 0}}
WINDOWS_S = {"switching": (10.0, 5.0)}
SCORES = (
    "auc",
    "average_precision",
    "auc_directed",
    "average_precision_directed",
    "sign_accuracy",
    "auc_shifted",
    "recall",
    "precision",
    "changes_found",
    "changes_false",
    "stability",
    "cpu_s",
)
REAL = {
    "rat_linear_track": "rat_linear_track/linear_track.nwb",
    "dish": "dish",
}
#: Of the real recordings: the most active units, and so much time, s.
UNITS, SPAN_S = 24, 300.0


def simulate(kind, seed):
    return small_culture(seed) if kind == "culture" else PLANTED[kind]().simulate(seed)


def compared(recording, names, *, checks, window=None, seed=0):
    """Fit registered methods by name, with the settings of this file."""
    length, step = window or (None, None)
    chosen = {}
    for name in names:
        if recording.events is None and takes_spike_times(name):
            continue
        settings = SETTINGS.get(name)
        chosen[name] = configure_method(name, recording, window_s=length, step_s=step, seed=seed, settings=settings)
    return compare_methods({"recording": recording}, chosen, checks=checks, seed=seed)


def told(result, common):
    """Give one row per method that gave something."""
    for m, name in enumerate(result.methods):
        if not np.isfinite(result.cpu_s[m, 0]):
            yield common | {"method": name, "failure": result.failures.get(name, "")}
            continue
        row = common | {"method": name, "directed": bool(result.directed[m]), "pooled": bool(result.pooled[m])}
        for score in SCORES:
            value = float(getattr(result, score)[m, 0])
            row[score] = round(value, 6) if np.isfinite(value) else None
        yield row


def planted(kind, seed, *, long=False):
    recording = simulate(kind, seed)
    short = [name for name in METHODS if name not in LONG]
    slow = [name for name in METHODS if kind in LONG.get(name, ())]
    window = WINDOWS_S.get(kind)
    for names, checks in ((slow, False),) if long else ((short, seed < CHECKED),):
        if not names:
            return
        result = compared(recording, names, checks=checks, window=window, seed=seed)
        truth = {"share_true": float(result.share_true[0]), "n_changes": int(result.n_changes[0])}
        for row in told(result, {"kind": kind, "seed": seed} | truth):
            if not long or row["method"] in names:
                yield row


def real(name, place):
    from interplay.io import load

    path = DATA / place
    if not path.exists():
        yield {"kind": name, "skipped": f"no {place} below INTERPLAY_DATA"}
        return
    recording = load(str(path))
    start = recording.span[0]
    recording = recording.window(start, min(start + SPAN_S, recording.span[1]))
    busiest = np.argsort(-recording.events.counts(), kind="stable")[:UNITS]
    recording = recording.select(np.sort(busiest).tolist())
    result = compared(recording, [n for n in METHODS if n not in LONG], checks=True)
    for row in told(result, {"kind": name, "seed": None, "units": recording.n_units, "span_s": recording.duration}):
        m = result.methods.index(row["method"])
        if "failure" not in row:
            row["agreement"] = {
                other: round(float(v), 3)
                for other, v in zip(result.methods, result.agreement[m], strict=True)
                if np.isfinite(v) and other != row["method"]
            }
        yield row


def rows():
    for kind in KINDS:
        for long in (False, True):
            for seed in SEEDS:
                yield from planted(kind, seed, long=long)
    for name, place in REAL.items():
        yield from real(name, place)
