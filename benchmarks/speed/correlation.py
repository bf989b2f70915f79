"""Sliding correlation: 400 series of 1,200 samples, window 60, step 1, one matrix after another and none kept.

Every contender runs in a process of its own, so that its peak memory is its own.
"""

import json
import subprocess
import sys

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from interplay._core.rng import stream

T, N, WINDOW = 1200, 400, 60


def series():
    rng = stream(0, "benchmark", "correlation")
    return rng.normal(size=(T, N)) + 0.1 * np.cumsum(rng.normal(size=(T, N)), axis=0)


def ours(kind, jobs, form):
    from interplay import Recording, Series
    from interplay.infer import Correlation

    recording = Recording(traces=Series.regular(series(), dt_s=1.0))
    config = Correlation(kind=kind, window_s=WINDOW, step_s=1, jobs=jobs)

    def work():
        for _, row in config.iterate(recording):
            if form == "matrix":
                row.matrix()

    return work


def ours_peak_error():
    """The largest difference from computing every window directly, over every 20th window."""
    from interplay import Recording, Series
    from interplay.infer import Correlation

    x = series()
    recording = Recording(traces=Series.regular(x, dt_s=1.0))
    worst = 0.0
    for s, (_, row) in enumerate(Correlation(window_s=WINDOW, step_s=1).iterate(recording)):
        if s % 20 == 0:
            worst = max(worst, float(np.abs(row.matrix() + np.eye(N) - np.corrcoef(x[s : s + WINDOW].T)).max()))
    return worst


def numpy_pearson():
    x = series()

    def work():
        for s in range(T - WINDOW + 1):
            np.corrcoef(x[s : s + WINDOW].T)

    return work


def scipy_spearman():
    from scipy.stats import rankdata

    x = series()

    def work():
        for s in range(T - WINDOW + 1):
            np.corrcoef(rankdata(x[s : s + WINDOW], axis=0).T)

    return work


CONTENDERS = {
    "numpy": ("Pearson", "numpy.corrcoef per window", numpy_pearson),
    "pairs": ("Pearson", "interplay, jobs=1", lambda: ours("pearson", 1, "pairs")),
    "pairs2": ("Pearson", "interplay, jobs=2", lambda: ours("pearson", 2, "pairs")),
    "matrix": ("Pearson", "interplay, jobs=1, laid out as full matrices", lambda: ours("pearson", 1, "matrix")),
    "scipy": ("Spearman", "scipy rankdata + numpy.corrcoef per window", scipy_spearman),
    "ranks": ("Spearman", "interplay, jobs=1", lambda: ours("spearman", 1, "pairs")),
}
BASE = {"Pearson": "pairs", "Spearman": "ranks"}


def rows():
    found = {name: _apart(name) for name in CONTENDERS}
    for name, row in found.items():
        kind, who, _ = CONTENDERS[name]
        base = found[BASE[kind]]["cpu_s"]
        case = f"{kind}, {N} x {T}, window {WINDOW}, step 1"
        row = {"bench": "correlation", "case": case, "who": who} | row
        if not who.startswith("interplay"):
            row["ratio_cpu"] = row["cpu_s"] / base
        yield row


def _apart(name):
    command = [sys.executable, "-m", "benchmarks.speed.correlation", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    chosen = sys.argv[1]
    row = measure(CONTENDERS[chosen][2](), 2 if chosen == "scipy" else 5)
    row["peak_mib"] = peak_mib()
    if chosen == "pairs":
        row["greatest_difference"] = ours_peak_error()
    print(json.dumps(row))
