"""Results made by hand, small or rich, regular or degenerate: what pictures and pages are tried on."""

from types import SimpleNamespace

import numpy as np
import pytest

from interplay.data import Events, Intervals, Recording, Series, Snapshots, Units
from interplay.infer.results import NetworkResult
from interplay.measures.results import ChangePoints, NetworkMeasures
from interplay.report import Recovery
from interplay.represent.results import EmbeddingResult
from interplay.stats.alignment_results import AlignmentResult, AlignmentRow
from interplay.stats.results import ReadoutResult, ReadoutRow

VERSIONS = {"python": "3", "interplay": "0"}


def positions(n, rng):
    """Electrodes of a sensory block and two motor blocks, in micrometres."""
    sensory = [(175 + 70 * i, 175 + 70 * j) for i in range(50) for j in range(10)]
    motor = [(x + 52.5 * i, 1400 + 52.5 * j) for x in (350, 2450) for i in range(20) for j in range(10)]
    every = np.array(sensory + motor, dtype=float)
    return every[np.sort(rng.choice(len(every), n, replace=False))]


def make_recording(n=12, duration=180.0, seed=1, **changes):
    rng = np.random.default_rng(seed)
    trains = [np.sort(rng.uniform(0, duration, rng.poisson(duration * r))) for r in rng.uniform(0.5, 6, n)]
    gap = (0.45 * duration, 0.5 * duration)
    trains = [t[(t < gap[0]) | (t >= gap[1])] for t in trains]
    time = np.arange(0, duration, 0.1)
    parts = {
        "events": Events.from_trains(trains, span=(0, duration)),
        "units": Units(
            n=n,
            id=np.array([f"u{i:03d}" for i in range(n)], dtype=str),
            position_um=positions(n, rng),
            group=np.array([f"assembly {i % 3}" for i in range(n)], dtype=str),
            sign=np.where(rng.random(n) < 0.2, -1, 1),
        ),
        "observed": Intervals(start=np.array([0.0, gap[1]]), stop=np.array([gap[0], duration])),
        "behavior": {
            "position": Series(time=time, values=np.sin(time / 9)[:, None], unit="cm"),
            "paddle": Series(time=time, values=np.column_stack([np.cos(time / 7), np.sin(time / 5)]), names=("x", "y")),
        },
        "epochs": {
            "task": Intervals(
                start=np.arange(0, duration, duration / 6),
                stop=np.arange(1, 7) * duration / 6,
                label=np.array(["rest", "play"] * 3, dtype=str),
            )
        },
        "meta": {"session": "made by hand", "subject": "none"},
        "notes": ("Positions were drawn from the electrode grid.",),
    }
    return Recording(**(parts | changes))


def make_network(n=12, s=9, seed=2, duration=180.0, directed=False, density=0.3, pvalues=True, span_s=None):
    rng = np.random.default_rng(seed)
    width = span_s or 2 * duration / (s + 1)
    start = np.linspace(0, duration - width, s)
    bounds = np.column_stack([start, start + width])
    team = [rng.integers(0, 3, n) for _ in range(3)]
    weights = np.zeros((s, n, n))
    for k in range(s):
        group = team[min(3 * k // s, 2)]
        base = np.where(group[:, None] == group[None, :], 0.35, -0.06) + 0.09 * rng.standard_normal((n, n))
        if not directed:
            base = np.triu(base, 1) + np.triu(base, 1).T
        keep = np.abs(base) >= np.quantile(np.abs(base), 1 - density) if density < 1 else np.ones((n, n), bool)
        keep &= keep.T if not directed else keep
        weights[k] = np.where(keep, base, 0.0)
        np.fill_diagonal(weights[k], 0.0)
    p = np.clip(np.exp(-30 * np.abs(weights)), 0.001, 1) if pvalues else None
    present = np.ones((s, n), dtype=bool)
    if n > 3 and s > 2:
        present[s // 2, 0] = False
    snapshots = Snapshots.from_dense(weights, bounds, directed=directed, pvalues=p, present=present)
    config = SimpleNamespace(window_s=width)
    return NetworkResult(
        config=config,
        made_from="0" * 32,
        seed=0,
        versions=VERSIONS,
        notes=("One unit was silent in one window.",),
        snapshots=snapshots,
        method="tiling",
        quantity="spike time tiling coefficient, in [-1, 1]",
    )


def make_measures(network, seed=3, changes=True, rate=True, broken=False):
    rng = np.random.default_rng(seed)
    snaps = network.snapshots
    s, n = len(snaps), snaps.n_nodes
    cut = np.array([s // 3, 2 * s // 3]) if changes and s >= 6 else np.empty(0, dtype=int)
    regime = np.searchsorted(cut, np.arange(s), side="right")
    team = [np.sort(rng.integers(0, 4, n)), rng.integers(0, 4, n), rng.integers(0, 5, n)]
    communities = np.stack([team[r] for r in regime]) if s else np.empty((0, n), dtype=int)
    flip = rng.random(communities.shape) < 0.04
    communities = np.where(flip, rng.integers(0, 7, communities.shape), communities)
    communities[~snaps.present] = -1
    steps = rng.standard_normal((s, 3)).cumsum(axis=0)
    graph = {
        "density": np.diff(snaps.pointer) / max(n * (n - 1) / 2, 1),
        "modularity": 0.4 + 0.05 * steps[:, 0],
        "global_efficiency": 0.5 + 0.04 * steps[:, 1],
        "ei_balance": 0.6 + 0.03 * steps[:, 2],
        "clustering": 0.3 + 0.05 * rng.standard_normal(s),
    }
    if broken:
        graph["modularity"] = np.full(s, np.nan)
        graph["clustering"][::2] = np.nan
    similar = np.where(regime[:, None] == regime[None, :], 0.8, 0.25) + 0.05 * rng.standard_normal((s, s))
    similar = (similar + similar.T) / 2
    np.fill_diagonal(similar, 1)
    stop = snaps.bounds[:, 1].max() if s else 1.0
    rates = 3 + 0.3 * steps[:, 0] + 0.1 * rng.standard_normal(s) if rate else None
    found = ChangePoints(
        time_s=snaps.bounds[cut, 0],
        index=cut,
        regime=regime,
        gain=np.full(len(cut), 0.3),
        pvalues=np.full(len(cut), 0.005),
    )
    none = ChangePoints(
        time_s=np.array([0.8 * stop]), index=np.array([s - 1]), regime=regime, gain=np.array([0.05]),
        pvalues=np.array([0.4]),
    )  # fmt: skip
    return NetworkMeasures(
        config={"n_nulls": 20, "resolution": 1.0},
        made_from="1" * 32,
        seed=0,
        versions=VERSIONS,
        bounds=snaps.bounds,
        graph=graph,
        node={},
        communities=communities,
        edge_stability=rng.uniform(0.3, 0.9, max(s - 1, 0)),
        community_stability=rng.uniform(0.2, 0.9, max(s - 1, 0)),
        recurrence=similar,
        changes=found,
        rate_hz=rates,
        rate_correlation={k: v for k, v in zip(graph, (0.1, 0.71, -0.2, np.nan, 0.3), strict=True)},
        about={k: f"The {k} of the network, in [0, 1]." for k in graph},
        rate_changes=none if rate else None,
    )


def make_readout(network, kind="classes", seed=4):
    rng = np.random.default_rng(seed)
    bounds = network.snapshots.bounds
    s = len(bounds)
    truth = (np.arange(s) // max(s // 5, 1)) % 2 if kind == "classes" else np.sin(np.arange(s) / 3.0)

    def row(name, role, score, wrong):
        noisy = truth + wrong * rng.standard_normal(s)
        guess = noisy if kind == "number" else np.where(rng.random(s) < wrong, 1 - truth, truth)
        return ReadoutRow(
            name=name, role=role, score=score, low=score - 0.08, high=score + 0.07, n_features=12,
            fold_scores=score + 0.08 * rng.standard_normal(5), pvalue=np.nan if role == "chance" else 0.01,
            predicted=np.empty(0) if role == "chance" else guess,
        )  # fmt: skip

    return ReadoutResult(
        config={"n_folds": 5, "n_permutations": 200},
        made_from="2" * 32,
        seed=0,
        versions=VERSIONS,
        target="task",
        kind=kind,
        metric="balanced accuracy, in [0, 1], higher is better, chance 0.5" if kind == "classes" else "R², at most 1",
        classes=("rest", "play") if kind == "classes" else (),
        truth=truth,
        bounds=bounds,
        n_folds=5,
        rows=(
            row("edge weights", "network", 0.81, 0.19),
            row("node strength", "network", 0.76, 0.24),
            row("firing rate", "baseline", 0.84, 0.16),
            row("raw correlation", "baseline", 0.72, 0.3),
            row("degree", "baseline", 0.58, 0.4),
            row("chance", "chance", 0.5, 0.5),
        ),
        verdict="The network does not tell the task better than firing rate alone.",
    )


def make_recovery(network):
    s = len(network.snapshots)
    auc = np.clip(0.94 + 0.02 * np.random.default_rng(5).standard_normal(s), 0, 1)
    auc[s // 3 : s // 3 + 1] = np.nan
    return Recovery(
        edge_auc=0.94,
        auc_per_window=auc,
        baseline_auc={"product of rates": 0.56},
        sign_accuracy=0.97,
        true_changes_s=np.array([60.0, 120.0]),
        found_changes_s=np.array([63.0, 118.0]),
        tolerance_s=30.0,
        notes=("Windows across a change have no single truth.",),
    )


def make_embedding(n=12, s=9, d=5, seed=6, *, bounds=None, present=None, **changes):
    """Three regions that turn slowly, each node with an offset of its own; absent in the middle window: node 0."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 3
    centre, turn = rng.standard_normal((2, 3, d))
    time = np.linspace(0, 1, max(s, 1))[:s]
    embedding = centre[group] + np.sin(3 * time)[:, None, None] * turn[group] + 0.3 * rng.standard_normal((n, d))
    embedding += 0.05 * rng.standard_normal((s, n, d)).cumsum(axis=0)
    if present is None:
        present = np.ones((s, n), dtype=bool)
        present[s // 2 : s // 2 + 1, :1] = False
    attention = np.tril(rng.uniform(0.2, 1.0, (s, s)))
    epoch = np.arange(30)
    known = np.full(s, 0.75)
    known[:1] = np.nan
    parts = {
        "config": {"hidden": 8},
        "made_from": "3" * 32,
        "seed": 0,
        "versions": VERSIONS,
        "notes": ("Made by hand.",),
        "method": "tavrnn",
        "embedding": embedding,
        "spread": np.full(embedding.shape, 0.1),
        "history": embedding.sum(axis=1) / max(n, 1) + 1.0,
        "attention": attention / np.maximum(attention.sum(axis=1, keepdims=True), 1e-12),
        "loss": {"loss": 9 * np.exp(-epoch / 6) + 2, "divergence": 1 - np.exp(-epoch / 6)},
        "bounds": np.column_stack([10.0 * np.arange(s), 10.0 * np.arange(s) + 20.0]) if bounds is None else bounds,
        "present": present,
        "trained": np.ones(s, dtype=bool),
        "reconstruction": {"auc": np.full(s, 0.9), "ap": np.full(s, 0.7)},
        "prediction": {"auc": known, "ap": known - 0.2},
        "best_epoch": 24,
        "converged": True,
    }
    return EmbeddingResult(**(parts | changes))


def make_alignment(t=12, seeds=0, **changes):
    rng = np.random.default_rng(7)
    time = np.arange(t, dtype=float)
    performance = 2 + np.sin(time / 3)
    performance[3:4] = np.nan

    def row(name, role, r, course=None):
        return AlignmentRow(
            name=name, role=role, course=rng.standard_normal(t) if course is None else course, correlation=r,
            low=r - 0.2, high=r + 0.2, pvalue=np.nan if np.isnan(r) else 0.04, null_low=-0.5, null_high=0.5,
            seed_correlations=np.clip(r + 0.1 * rng.standard_normal(seeds), -1, 1),
            about="The clock." * (name == "time"),
        )  # fmt: skip

    parts = {
        "config": {"bootstrap": 100},
        "made_from": "4" * 32,
        "seed": 0,
        "versions": VERSIONS,
        "notes": ("11 of 12 windows used.",),
        "performance": performance,
        "performance_name": "hits per rally",
        "regions": ("sensory", "motor"),
        "alternative": "less",
        "bounds": np.column_stack([30 * time, 30 * time + 60]),
        "used": np.isfinite(performance),
        "rows": (
            row("distance", "network", -0.7, 3 - np.sin(time / 3)),
            row("firing rate", "baseline", 0.3),
            row("time", "baseline", np.nan, np.ones(t)),
        ),
        "verdict": "The distance goes with hits per rally.",
    }
    return AlignmentResult(**(parts | changes))


@pytest.fixture(scope="session")
def make():
    """Every maker, by name."""
    return SimpleNamespace(
        recording=make_recording,
        network=make_network,
        measures=make_measures,
        readout=make_readout,
        recovery=make_recovery,
        embedding=make_embedding,
        alignment=make_alignment,
    )
