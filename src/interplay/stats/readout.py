"""The read-out: what vectors of each window tell about a target, and whether trivial vectors tell it just as well.

Every row, network or baseline, goes through the same code, the same folds, the same shifts and the same resamples.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots
from interplay.stats.baselines import Features, baseline_features, edge_vectors
from interplay.stats.held_out import HeldOut, Outcome, ReadoutConfig
from interplay.stats.null_targets import stays
from interplay.stats.results import ReadoutResult, ReadoutRow, WindowTarget
from interplay.stats.verdict import verdict


def readout(
    vectors: Mapping[str, ArrayLike],
    target: WindowTarget,
    *,
    recording: Recording,
    snapshots: Snapshots,
    n_folds: int = 5,
    gap_s: float = 0.0,
    permutations: int = 200,
    bootstrap: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> ReadoutResult:
    """Read a target out of vectors of each window, beside every trivial explanation.

    Parameters
    ----------
    vectors : mapping of name to (S, D) float array
        What the network says of each window. Empty: the edges of `snapshots`, one feature per pair (per ordered pair if
        directed), 0 where a pair has no edge.
    target : WindowTarget
        Of the windows of `snapshots`.
    recording : Recording
        The activity, for the baselines.
    snapshots : Snapshots
        S networks, for the baselines (and for the edges).
    n_folds : int, >= 2
        Contiguous test blocks among the usable windows.
    gap_s : float, s, >= 0
        Training windows nearer than this to a test block are left out, beside those that overlap it.
    permutations : int, >= 19
        Null targets: whole stays of a class in another order; for numbers two families of circular shifts, all of them
        where there are fewer than this.
    bootstrap : int, >= 100
        Block resamples of the held-out windows.
    seed : int
    progress : callable (done, total) or None

    Returns
    -------
    ReadoutResult
        Network rows, five baselines ("firing rate", "population rate", "raw correlation", "degree and strength", "time
        alone"), and the chance row: mean and 95 % range of the network's scores under null targets.

    Raises
    ------
    DataError
        If windows of target, vectors and snapshots disagree, values are not finite, or a fold has too few windows to
        train on.
    ConfigError
        If a setting is out of range or a name is a baseline's.

    Notes
    -----
    Classes: ridge discriminant with equal priors, scored by balanced accuracy. Numbers: ridge regression, scored by R²,
    which is negative where a guess of the mean would be better. Scaling and fit use training windows only; the penalty
    is chosen on blocks inside training, again for every null target. Scores are those of all held-out windows
    together. Intervals resample blocks of held-out windows, long enough for the target's autocorrelation; they do not
    contain the variation of training anew. The p-value compares with null targets that keep the target's slowness (see
    the module `null_targets`): p = (1 + number at least as good) / (1 + number). For numbers it is the larger of two,
    one exact for a stationary course, one for a random walk. Left-out windows are skipped over. Cost: per row and fold
    O(S^2 D) once, then 5 eigendecompositions of order S.

    References
    ----------
    Golub, Van Loan, Matrix Computations, for ridge by one eigendecomposition; Hastie, Buja, Tibshirani (1995), Ann Stat
    23:73, for penalised discriminants; Kunsch (1989), Ann Stat 17:1217, for blocks; Harris (2020), arXiv 2012.06862,
    for why slow signals need null targets of their own kind.
    """
    config = ReadoutConfig(n_folds=n_folds, gap_s=gap_s, permutations=permutations, bootstrap=bootstrap, seed=seed)
    network = _network(vectors, target, snapshots)
    baselines = baseline_features(recording, snapshots)
    clash = {f.name for f in network} & ({f.name for f in baselines} | {"chance"})
    if clash:
        raise ConfigError(f"`vectors` must not use the name of a baseline, got {sorted(clash)}. Rename them.")
    task = HeldOut.of(target, config)
    outcomes = []
    rows = [*network, *baselines]
    for k, features in enumerate(rows):

        def step(fold: int, done: int = k) -> None:
            if progress is not None:
                progress(done * config.n_folds + fold, len(rows) * config.n_folds)

        outcomes.append(task.run(features.values[target.usable], step))
    return _report(config, target, network, baselines, outcomes, task, (recording, snapshots))


def _network(vectors: Mapping[str, ArrayLike], target: WindowTarget, snapshots: Snapshots) -> tuple[Features, ...]:
    if len(target.bounds) != len(snapshots) or not np.array_equal(target.bounds, snapshots.bounds):
        raise DataError(
            f"`target` must be of the windows of `snapshots`, got {len(target.bounds)} and {len(snapshots)} windows "
            "(or other times). Make it with window_target(recording, snapshots.bounds, ...)."
        )
    if not vectors:
        return (edge_vectors(snapshots),)
    out = []
    for name, value in vectors.items():
        array = Shapes(S=len(snapshots)).array(f"vectors[{name!r}]", value, "S D")
        if array.shape[1] == 0:
            raise DataError(f"`vectors[{name!r}]` must have at least one column, got none. Leave it out.")
        out.append(Features(name=str(name), values=array, about="vectors of the network"))
    return tuple(out)


def _report(
    config: ReadoutConfig,
    target: WindowTarget,
    network: tuple[Features, ...],
    baselines: tuple[Features, ...],
    outcomes: list[Outcome],
    task: HeldOut,
    sources: tuple[Recording, Snapshots],
) -> ReadoutResult:
    features = [*network, *baselines]
    clouds = [task.resampled(o.predicted) for o in outcomes]
    rows = []
    for k, (feature, outcome, cloud) in enumerate(zip(features, outcomes, clouds, strict=True)):
        low, high = np.nanquantile(cloud, [0.025, 0.975])
        rows.append(
            ReadoutRow(
                name=feature.name,
                role="network" if k < len(network) else "baseline",
                score=float(outcome.scores[0]),
                low=float(low),
                high=float(high),
                fold_scores=outcome.fold_scores,
                pvalue=outcome.pvalue,
                n_features=outcome.n_features,
                predicted=outcome.predicted,
                null_mean=float(np.nanmean(outcome.scores[1:])),
                null_high=float(np.nanquantile(outcome.scores[1:], 0.95)),
                about=feature.about,
            )
        )
    first = int(np.argmax([r.score for r in rows[: len(network)]]))
    best = len(network) + int(np.argmax([r.score for r in rows[len(network) :]]))
    low, high = np.nanquantile(clouds[first] - clouds[best], [0.025, 0.975])
    difference = (rows[first].score - rows[best].score, float(low), float(high))
    null = np.concatenate([o.scores[1:] for o in outcomes[: len(network)]])
    metric = _metric(target)
    return ReadoutResult(
        config=config,
        made_from=digest(sources[0].digest, sources[1].digest, target.values, [f.values for f in network]),
        seed=config.seed,
        notes=_notes(target, sources[1], task.families, edges=network[0].name == "network edges"),
        citations=("hastie1995penalized", "kunsch1989jackknife", "phipson2010permutation", "harris2020shift"),
        target=target.description,
        kind=target.kind,
        metric=metric,
        classes=target.classes,
        truth=target.values[target.usable],
        bounds=target.bounds[target.usable],
        n_folds=config.n_folds,
        rows=(*rows, _chance(null, config.n_folds)),
        verdict=verdict(rows[first], rows[best], difference, target.kind, len(rows) - len(network), len(network)),
        difference=difference,
        compared=(rows[first].name, rows[best].name),
        block=task.block,
    )


def _metric(target: WindowTarget) -> str:
    if target.kind == "classes":
        return f"balanced accuracy, from 0 to 1, higher is better, {1 / len(target.classes):.3g} by chance"
    return "R², at most 1, higher is better; 0 is as good as guessing the mean, negative is worse"


def _chance(null: NDArray[np.float64], n_folds: int) -> ReadoutRow:
    low, high = np.nanquantile(null, [0.025, 0.975])
    return ReadoutRow(
        name="chance",
        role="chance",
        score=float(np.nanmean(null)),
        low=float(low),
        high=float(high),
        fold_scores=np.full(n_folds, np.nan),
        pvalue=float("nan"),
        n_features=0,
        predicted=np.empty(0),
        null_mean=float(np.nanmean(null)),
        null_high=float(np.nanquantile(null, 0.95)),
        about="the network rows with null targets; mean and 95 % range",
    )


def _notes(target: WindowTarget, snapshots: Snapshots, families: tuple[slice, ...], *, edges: bool) -> tuple[str, ...]:
    notes = [*target.notes, f"{target.n_usable} of {len(target.usable)} windows used."]
    sizes = [family.stop - family.start for family in families]
    if target.kind == "classes":
        notes.append("Windows per class: " + ", ".join(f"{k} {v}" for k, v in target.counts().items()) + ".")
        count = len(stays(target.values[target.usable]))
        notes.append(f"p-values come from {sizes[0]} random orders of the {count} stays in one class.")
    else:
        notes.append(
            f"p-values are the larger of two: {sizes[0]} circular shifts of the target, and {sizes[1]} of its steps."
        )
    if edges:
        absent = int((~snapshots.present[target.usable]).any(axis=0).sum())
        text = f" {absent} nodes are absent in some window." if absent else ""
        notes.append(f"Pairs without an edge count as 0.{text}")
    return tuple(notes)
