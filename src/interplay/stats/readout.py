"""The read-out: what vectors of each window tell about a target, and whether trivial vectors tell it just as well.

Every row, network or baseline, goes through the same code, the same folds, the same shifts and the same resamples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.data import Recording, Snapshots
from interplay.stats.baselines import Features, baseline_features, edge_vectors
from interplay.stats.decoders import Decoder
from interplay.stats.held_out import HeldOut, Outcome, ReadoutConfig, pooled
from interplay.stats.null_targets import interrupted, stays
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
    train_until: float | None = None,
    decoders: Mapping[str, Decoder] | None = None,
    decoder_nulls: int = 19,
    progress: Progress | None = None,
) -> ReadoutResult:
    """Read a target out of vectors of each window, beside every trivial explanation.

    Parameters
    ----------
    vectors : mapping of name to (S, D) or (R, S, D) float array
        What the network says of each window; with three axes, R versions of it that differ by a random seed, which make
        one row: their mean score. Empty: the edges of `snapshots`, one feature per pair (per ordered pair if directed),
        0 where a pair has no edge.
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
        Null targets: whole stays of a class in another order, and as many again with stays cut where windows between
        them are not used, if any stay is; for numbers two families of circular shifts, all of them where there are
        fewer than this.
    bootstrap : int, >= 100
        Block resamples of the held-out windows.
    seed : int
    train_until : float, s, or None
        None: folds. Else one split in time, for vectors of an encoder that was trained on a prefix only: every row is
        trained on the windows that end by then and tested on those that start then (or `gap_s` later); those between
        are left out. `n_folds` is not used.
    decoders : mapping of name to Decoder, or None
        Who reads the windows of `snapshots` in a recording by itself; one row each, on the same folds.
    decoder_nulls : int, >= 19
        Null targets of each family that every decoder is trained on anew: so many drawn from those of the others, all
        where there are fewer. They bound its p-value from below.
    progress : callable (done, total) or None

    Returns
    -------
    ReadoutResult
        Network rows, decoders, five baselines ("firing rate", "population rate", "raw correlation", "degree and
        strength", "time alone"), and the chance row: mean and 95 % range of the network's scores under null targets.

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
    one exact for a stationary course, one for a random walk; for classes too, where unused windows lie within a stay:
    one takes the visits before and after them for one stay, one for two. Left-out windows are skipped over. p-values of
    several rows or targets are not corrected for their number, but for the network rows in the verdict. Cost: per row,
    seed and fold O(S^2 D) once, then 5 eigendecompositions of order S.

    Decoders: a decoder is trained anew in every fold, on the activity and the labels of the training windows only, for
    the target and for `decoder_nulls` null targets of each family, drawn from those that the other rows are compared
    with. Its p-value counts these. The verdict is about the network and the baselines; what the best decoder is ahead
    of the best baseline stands in `decoder_difference`.

    Seeds: a row's score is the mean over its versions, its null scores are means too (every version meets the same null
    targets), and its interval resamples versions as well as blocks, so it holds for another seed and another stretch of
    the same session. The difference to the best baseline resamples both.

    Transductive or inductive: with folds, an encoder that was trained on the whole session has seen the test windows,
    though not their labels; with `train_until` at the end of the encoder's own training windows neither encoder nor
    decoder has. Null targets are then rearranged over all usable windows and split at the same moment; for classes only
    arrangements with two classes on both sides count, as is asked of the target.

    References
    ----------
    Golub, Van Loan, Matrix Computations, for ridge by one eigendecomposition; Hastie, Buja, Tibshirani (1995), Ann Stat
    23:73, for penalised discriminants; Kunsch (1989), Ann Stat 17:1217, for blocks; Harris (2020), arXiv 2012.06862,
    for why slow signals need null targets of their own kind.
    """
    config = ReadoutConfig(
        n_folds=n_folds,
        gap_s=gap_s,
        permutations=permutations,
        bootstrap=bootstrap,
        seed=seed,
        train_until=train_until,
        decoder_nulls=decoder_nulls,
    )
    network = _network(vectors, target, snapshots)
    baselines = tuple((f,) for f in baseline_features(recording, snapshots))
    clash = {group[0].name for group in network} & ({group[0].name for group in baselines} | {"chance"})
    if clash:
        raise ConfigError(f"`vectors` must not use the name of a baseline, got {sorted(clash)}. Rename them.")
    decoders = dict(decoders or {})
    clash = set(decoders) & {group[0].name for group in (*network, *baselines)} | set(decoders) & {"chance"}
    if clash:
        raise ConfigError(f"`decoders` must not use the name of another row, got {sorted(clash)}. Rename them.")
    task = HeldOut.of(target, config)
    rows = [*network, *baselines]
    total, done = (sum(map(len, rows)) + len(decoders)) * len(task.folds), 0

    def step(_: int) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    outcomes = [[task.run(version.values[target.usable], step) for version in group] for group in rows]
    place = np.flatnonzero(target.usable)
    decoded = {name: task.decode(one, place, decoder_nulls, seed, step) for name, one in decoders.items()}
    read = [(name, decoders[name].about, outcome) for name, outcome in decoded.items()]
    return _report(config, target, network, baselines, outcomes, read, task, (recording, snapshots))


def _network(
    vectors: Mapping[str, ArrayLike], target: WindowTarget, snapshots: Snapshots
) -> tuple[tuple[Features, ...], ...]:
    if len(target.bounds) != len(snapshots) or not np.array_equal(target.bounds, snapshots.bounds):
        raise DataError(
            f"`target` must be of the windows of `snapshots`, got {len(target.bounds)} and {len(snapshots)} windows "
            "(or other times). Make it with window_target(recording, snapshots.bounds, ...)."
        )
    if not vectors:
        return ((edge_vectors(snapshots),),)
    out = []
    for name, value in vectors.items():
        seeds = np.ndim(value) == 3
        array = Shapes(S=len(snapshots)).array(f"vectors[{name!r}]", value, "R S D" if seeds else "S D")
        if array.shape[-1] == 0 or len(array) == 0:
            missing = "column" if array.shape[-1] == 0 else "version"
            raise DataError(f"`vectors[{name!r}]` must have at least one {missing}, got none. Leave it out.")
        about = f"vectors of the network, {len(array)} seeds" if seeds else "vectors of the network"
        versions = array if seeds else array[None]
        out.append(tuple(Features(name=str(name), values=version, about=about) for version in versions))
    return tuple(out)


def _report(
    config: ReadoutConfig,
    target: WindowTarget,
    network: tuple[tuple[Features, ...], ...],
    baselines: tuple[tuple[Features, ...], ...],
    outcomes: list[list[Outcome]],
    decoded: list[tuple[str, str, Outcome]],
    task: HeldOut,
    sources: tuple[Recording, Snapshots],
) -> ReadoutResult:
    features = [group[0] for group in (*network, *baselines)]
    clouds = [_cloud(task, group, config.seed, feature.name) for group, feature in zip(outcomes, features, strict=True)]
    rows = [
        _row(feature, "network" if k < len(network) else "baseline", group, cloud)
        for k, (feature, group, cloud) in enumerate(zip(features, outcomes, clouds, strict=True))
    ]
    first = int(np.argmax([r.score for r in rows[: len(network)]]))
    best = len(network) + int(np.argmax([r.score for r in rows[len(network) :]]))
    difference = _difference(rows[first], rows[best], clouds[first] - clouds[best])
    others, against = _decoder_rows(decoded, task, config.seed, rows[best], clouds[best])
    null = np.concatenate([pooled(group).scores[1:] for group in outcomes[: len(network)]])
    shown = np.flatnonzero(target.usable)[task.tested]
    return ReadoutResult(
        config=config,
        made_from=digest(sources[0].digest, sources[1].digest, target.values, [f.values for g in network for f in g]),
        seed=config.seed,
        notes=(
            *_notes(
                target, sources[1], task, config.train_until, len(network), edges=features[0].name == "network edges"
            ),
            *_decoder_notes(others, decoded, rows[best], against),
        ),
        citations=("hastie1995penalized", "kunsch1989jackknife", "phipson2010permutation", "harris2020shift"),
        target=target.description,
        kind=target.kind,
        metric=_metric(target),
        classes=target.classes,
        truth=target.values[shown],
        bounds=target.bounds[shown],
        n_folds=len(task.folds),
        rows=(*rows[: len(network)], *others, *rows[len(network) :], _chance(null, len(task.folds))),
        verdict=verdict(rows[first], rows[best], difference, target.kind, len(rows) - len(network), len(network)),
        difference=difference,
        compared=(rows[first].name, rows[best].name),
        decoder_difference=against,
        block=task.block,
        train_until=config.train_until,
    )


def _difference(one: ReadoutRow, other: ReadoutRow, cloud: NDArray[np.float64]) -> tuple[float, float, float]:
    """Give the difference of two scores and its 95 % interval, from the differences in all resamples."""
    low, high = np.nanquantile(cloud, [0.025, 0.975])
    return one.score - other.score, float(low), float(high)


def _decoder_rows(
    decoded: list[tuple[str, str, Outcome]], task: HeldOut, seed: int, best: ReadoutRow, cloud: NDArray[np.float64]
) -> tuple[list[ReadoutRow], tuple[float, float, float]]:
    """Give the rows of the decoders, and what the best of them is ahead of the best baseline."""
    rows, clouds = [], []
    for name, about, outcome in decoded:
        clouds.append(_cloud(task, [outcome], seed, name))
        features = Features(name=name, values=np.empty((0, outcome.n_features)), about=about)
        rows.append(_row(features, "decoder", [outcome], clouds[-1]))
    if not rows:
        return rows, (float("nan"), float("nan"), float("nan"))
    first = int(np.argmax([row.score for row in rows]))
    return rows, _difference(rows[first], best, clouds[first] - cloud)


def _decoder_notes(
    rows: list[ReadoutRow],
    decoded: list[tuple[str, str, Outcome]],
    best: ReadoutRow,
    against: tuple[float, float, float],
) -> list[str]:
    if not rows:
        return []
    first = max(rows, key=lambda row: row.score)
    counts = [family.stop - family.start for family in decoded[0][2].families]
    each = " and ".join(map(str, counts))
    return [
        "Decoders read the activity of the windows themselves. Each was trained anew in every fold, for the target and "
        f"for {each} of its null versions, so its p-value is {1 / (1 + min(counts)):.2g} at least.",
        f"Best decoder minus best baseline ({first.name} minus {best.name}): {against[0]:+.2f}, 95 % interval "
        f"{against[1]:+.2f} to {against[2]:+.2f}. The interval takes both as given.",
    ]


def _row(
    feature: Features,
    role: Literal["network", "decoder", "baseline"],
    versions: list[Outcome],
    cloud: NDArray[np.float64],
) -> ReadoutRow:
    outcome = pooled(versions)
    low, high = np.nanquantile(cloud, [0.025, 0.975])
    return ReadoutRow(
        name=feature.name,
        role=role,
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
        seed_scores=np.array([v.scores[0] for v in versions]) if len(versions) > 1 else np.empty(0),
    )


def _cloud(task: HeldOut, versions: list[Outcome], seed: int, name: str) -> NDArray[np.float64]:
    """Score every resample of blocks; where there are several versions, of as many drawn from them each time."""
    scores = np.stack([task.resampled(version.predicted) for version in versions])
    if len(versions) == 1:
        return np.asarray(scores[0])
    draw = stream(seed, "readout", "versions", name).integers(0, len(versions), size=scores.shape)
    return np.asarray(np.take_along_axis(scores, draw, axis=0).mean(axis=0))


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


def _notes(
    target: WindowTarget, snapshots: Snapshots, task: HeldOut, train_until: float | None, n_network: int, *, edges: bool
) -> tuple[str, ...]:
    notes = [*target.notes]
    if train_until is None:
        notes.append(f"{target.n_usable} of {len(target.usable)} windows used.")
    else:
        train, test = task.folds[0]
        notes.append(
            f"Inductive: trained on the {len(train)} usable windows that end by {train_until:g} s, tested on the "
            f"{len(test)} that start later; {len(target.usable) - len(train) - len(test)} of {len(target.usable)} "
            "windows used for neither."
        )
    sizes = [family.stop - family.start for family in task.families]
    if target.kind == "classes":
        notes.append("Windows per class: " + ", ".join(f"{k} {v}" for k, v in target.counts().items()) + ".")
        codes = target.values[target.usable]
        count = len(stays(codes))
        if len(sizes) == 1:
            notes.append(f"p-values come from {sizes[0]} random orders of the {count} stays in one class.")
        else:
            visits = len(stays(codes, interrupted(target.bounds, target.usable)))
            notes.append(
                f"p-values are the larger of two: {sizes[0]} random orders of the {count} stays in one class, and "
                f"{sizes[1]} of the {visits} stays that result where unused windows end one."
            )
    else:
        notes.append(
            f"p-values are the larger of two: {sizes[0]} circular shifts of the target, and {sizes[1]} of its steps."
        )
    if n_network > 1:
        notes.append(
            f"The difference is that of the best of {n_network} network rows, which was chosen on the same windows; "
            "that favours it."
        )
    if edges:
        absent = int((~snapshots.present[target.usable]).any(axis=0).sum())
        text = f" {absent} nodes are absent in some window." if absent else ""
        notes.append(f"Pairs without an edge count as 0.{text}")
    return tuple(notes)
