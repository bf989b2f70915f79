"""Do scores of edges and windows tell what a trained network hangs on: the best against as many at random."""

from time import process_time

import numpy as np

from interplay._core.rng import stream
from interplay.explain import AttentionTimes, EdgeSaliency, Link, Projection, RegionDistance
from interplay.explain.model import Questioned
from interplay.explain.removal import compare_removals
from interplay.infer import SpikeTiling, proportional
from interplay.represent import TAVRNN
from interplay.spiking import Assemblies

SHARES = (0.05, 0.1, 0.2)
N_UNITS, REPEATS = 40, 39
WINDOWS = (12, 17, 22)


def networks():
    """Two assemblies that regroup every 20 s; of windows of 10 s the tenth of the pairs that fire together most."""
    culture = Assemblies(
        n_units=N_UNITS, n_assemblies=2, duration_s=240.0, change_s=tuple(np.arange(20.0, 240.0, 20.0)), seed=0
    )
    every = SpikeTiling(window_s=10.0, step_s=10.0, lag_s=0.05).fit(culture.simulate()).snapshots
    return proportional(every, 0.1), culture.wiring().membership


def targets(snapshots, membership):
    """Three kinds of questions about each of three windows, chosen without a look at the answers."""
    for window in WINDOWS:
        cut = slice(snapshots.pointer[window], snapshots.pointer[window + 1])
        k = int(stream(0, "link", window).integers(cut.start, cut.stop))
        yield "link", Link(window=window, src=int(snapshots.src[k]), dst=int(snapshots.dst[k]))
        yield "foreseen link", Link(window=window, src=int(snapshots.src[k]), dst=int(snapshots.dst[k]), foreseen=True)
        names = tuple(str(k) for k in membership[window // 2])
        yield "distance", RegionDistance(window=window, group=names, between=("0", "1"))
        direction = tuple(stream(0, "direction", window).normal(size=8))
        yield "projection", Projection(window=window, direction=direction)


def rows():
    snapshots, membership = networks()
    asked = list(targets(snapshots, membership))
    for seed in (0, 1):
        result = TAVRNN(seed=seed).fit(snapshots)
        scores = {}
        for method in ("gradient", "integrated", "occlusion", "shuffled", "attention"):
            if method == "occlusion" and seed:  # a forward pass per edge: once will do
                continue
            began, found = process_time(), []
            for name, target in asked:
                told = _explain(method, result, snapshots, target, scores)
                found.append((name, target, told))
            spent = (process_time() - began) / len(asked)
            yield from _summary(seed, method, found, scores, spent)


def _explain(method, result, snapshots, target, scores):
    if method == "attention":
        return AttentionTimes(repeats=REPEATS).explain(result, snapshots, target)
    if method == "shuffled":
        return _shuffled(result, snapshots, target, scores["gradient", target])
    told = EdgeSaliency(method=method, shares=SHARES, repeats=REPEATS).explain(result, snapshots, target)
    scores[method, target] = told.edge
    return told


def _shuffled(result, snapshots, target, edge):
    """The control: the same scores, each given to another edge of its window."""
    model = Questioned(result, snapshots, target, None, None, "cpu")
    counting, owner, value = np.flatnonzero(model.counting), model.snapshots.snapshot, model.value()
    score = edge[: len(owner)].copy()
    for window in np.unique(owner[counting]):
        own = counting[owner[counting] == window]
        score[own] = stream(0, "shuffle", int(window)).permutation(score[own])
    return compare_removals(
        score[counting], counting, owner[counting], lambda gone: value - model.without_edges(gone),
        shares=SHARES, repeats=REPEATS, seed=0,
    )  # fmt: skip


def _summary(seed, method, found, scores, spent):
    for name in ("link", "foreseen link", "distance", "projection"):
        own = [(target, told) for kind, target, told in found if kind == name]
        row = {"seed": seed, "method": method, "target": name, "targets": len(own), "cpu_s": round(spent, 3)}
        for k, (share, _, _) in enumerate(own[0][1].fidelity):
            rows = [told.fidelity[k] for _, told in own]
            row[f"change_{share:g}"] = float(np.median([change for _, change, _ in rows]))
            row[f"chance_{share:g}"] = float(np.median([chance for _, _, chance in rows]))
            row[f"beats_chance_{share:g}"] = int(sum(told.pvalues[k] <= 0.05 for _, told in own))
        if method in ("gradient", "integrated", "occlusion"):
            row["value"] = float(np.median([told.value for _, told in own]))
            row["last_window"] = float(
                np.median([told.time[t.window - t.foreseen] / told.time.sum() for t, told in own])
            )
        if method == "occlusion":
            for other in ("gradient", "integrated"):
                row[f"rank_{other}"] = float(np.median([_agreement(scores, other, t) for t, _ in own]))
        yield row


def _agreement(scores, method, target):
    one, other = scores[method, target], scores["occlusion", target]
    some = (one != 0) | (other != 0)
    ranks = [np.argsort(np.argsort(score[some])) for score in (one, other)]
    return np.corrcoef(*ranks)[0, 1]
