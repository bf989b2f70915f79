"""Predict every held-out window of a target, and of its null versions, from one set of vectors.

Everything that learns, learns from the training windows of its fold: scaling, penalty, weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import block_folds
from interplay.stats.bootstrap import block_resamples
from interplay.stats.decoders import Decoder
from interplay.stats.gram_ridge import (
    choose_penalty,
    factor,
    predict_classes,
    predict_numbers,
    standardised_gram,
)
from interplay.stats.null_targets import interrupted, reordered_stays, shifted, shifted_steps
from interplay.stats.results import WindowTarget
from interplay.stats.scores import balanced_accuracy, r_squared

_INNER_FOLDS = 4
#: Share of a window by which sums of steps in floating point may miss a moment.
_SLACK = 1e-9
#: Fewer windows than this say nothing of what follows a prefix.
_LEAST_TESTED = 4
_Folds = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadoutConfig:
    """Settings of a read-out.

    Parameters
    ----------
    n_folds : int, >= 2
        Contiguous test blocks.
    gap_s : float, s, >= 0
        Training windows nearer than this to a test block are left out, beside those that overlap it.
    permutations : int, >= 19
        Null targets.
    bootstrap : int, >= 100
        Block resamples of the held-out windows.
    seed : int
    train_until : float, s, or None
        One split instead of folds: train on windows that end by then, test those that start later.
    decoder_nulls : int, >= 19
        Null targets of each family that decoders are trained on: those of the others, or so many drawn from them.
    """

    n_folds: int = 5
    gap_s: float = 0.0
    permutations: int = 200
    bootstrap: int = 1000
    seed: int = 0
    train_until: float | None = None
    decoder_nulls: int = 19

    def __post_init__(self) -> None:
        require_setting("n_folds", self.n_folds, least=2)
        require_setting("decoder_nulls", self.decoder_nulls, least=19, whole=True)
        require_setting("gap_s", self.gap_s, least=0)
        require_setting("permutations", self.permutations, least=19)
        require_setting("bootstrap", self.bootstrap, least=100)
        if self.train_until is not None:
            require_setting("train_until", self.train_until, above=-np.inf, below=np.inf)


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What one set of vectors achieved.

    Attributes
    ----------
    predicted : (M,) array
        Predictions of the target, of the tested windows.
    scores : (1 + P,) float array
        Of the target, then of its null versions.
    fold_scores : (F,) float array
        NaN where a test block has no variation.
    n_features : int
    families : tuple of slice
        Of `scores`: the kinds of null version.
    """

    predicted: NDArray[Any]
    scores: NDArray[np.float64]
    fold_scores: NDArray[np.float64]
    n_features: int
    families: tuple[slice, ...]

    @property
    def pvalue(self) -> float:
        """The largest over the families of null versions."""
        nulls = [self.scores[family] for family in self.families]
        # A score that is not defined counts as one that chance reaches.
        return max(float((1 + (~(null < self.scores[0] - 1e-12)).sum()) / (1 + len(null))) for null in nulls)


def pooled(versions: list[Outcome]) -> Outcome:
    """Join what several versions of the same vectors achieved.

    Parameters
    ----------
    versions : list of Outcome, at least one
        Of the same task.

    Returns
    -------
    Outcome
        Means of all scores, of the null versions too, and the predictions of the version whose score is nearest to the
        mean (the first of equals).
    """
    scores = np.stack([v.scores for v in versions])
    mean = scores.mean(axis=0)
    nearest = int(np.argmin(np.abs(scores[:, 0] - mean[0])))
    return Outcome(
        predicted=versions[nearest].predicted,
        scores=mean,
        fold_scores=np.mean([v.fold_scores for v in versions], axis=0),
        n_features=versions[0].n_features,
        families=versions[0].families,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldOut:
    """The target and its null versions, and the folds: the same for every row."""

    kind: Literal["classes", "number"]
    n_classes: int
    truth: NDArray[Any]  # (S, 1 + P): the target, then its null versions
    families: tuple[slice, ...]  # of columns of `truth`
    folds: _Folds
    inner: list[_Folds]
    tested: NDArray[np.int64]  # (M,): the windows of all test blocks together
    resamples: NDArray[np.int64]
    block: int

    @classmethod
    def of(cls, target: WindowTarget, config: ReadoutConfig) -> HeldOut:
        """Lay folds, null versions and resamples for the usable windows of a target."""
        bounds, values = target.bounds[target.usable], target.values[target.usable]
        folds = _folds(values, bounds, target, config)
        inner = [block_folds(bounds[train], _INNER_FOLDS, gap_s=config.gap_s) for train, _ in folds]
        tested = np.concatenate([test for _, test in folds])
        block = block_length(values[tested], bounds[tested], target.kind, len(target.classes))
        rng = stream(config.seed, "readout", "bootstrap")
        apart = interrupted(target.bounds, target.usable)
        truth, families = _with_nulls(values, target.kind, config, folds, apart)
        return cls(
            kind=target.kind,
            n_classes=len(target.classes),
            truth=truth,
            families=families,
            folds=folds,
            inner=inner,
            tested=tested,
            resamples=block_resamples(len(tested), block, config.bootstrap, rng),
            block=block,
        )

    def run(self, values: NDArray[np.float64], step: Callable[[int], None]) -> Outcome:
        """Predict every held-out window, for the target and for all its null versions."""
        predicted = np.zeros_like(self.truth)
        for k, ((train, test), inner) in enumerate(zip(self.folds, self.inner, strict=True)):
            gram = standardised_gram(values, train)
            known = self.truth[train]
            choice = choose_penalty(gram[np.ix_(train, train)], inner, self._columns(known))
            fitted = factor(gram, train, test)
            if self.kind == "classes":
                predicted[test] = predict_classes(fitted, known, self.n_classes, choice)
            else:
                predicted[test] = predict_numbers(fitted, known, choice)
            step(k + 1)
        return self._outcome(self.truth, predicted, values.shape[1], self.families)

    def decode(
        self, decoder: Decoder, windows: NDArray[np.int64], count: int, seed: int, step: Callable[[int], None]
    ) -> Outcome:
        """Let a decoder predict every held-out window, for the target and for some of its null versions.

        Parameters
        ----------
        decoder : Decoder
        windows : (S,) int array
            Numbers of the usable windows among all.
        count : int
            Null versions of each family, at most.
        seed : int
            Of which they are.
        step : callable
            Told of every fold.

        Returns
        -------
        Outcome

        Raises
        ------
        DataError
            If what comes back is no prediction of every window and target.
        """
        columns, families = self._some_nulls(count, seed)
        truth = self.truth[:, columns]
        predicted = np.zeros_like(truth)
        n_classes = self.n_classes if self.kind == "classes" else 0
        for k, (train, test) in enumerate(self.folds):
            found = np.asarray(decoder.fit_predict(windows[train], windows[test], truth[train], n_classes))
            predicted[test] = _required(found, truth[test].shape, n_classes)
            step(k + 1)
        return self._outcome(truth, predicted, decoder.n_features, families)

    def _some_nulls(self, count: int, seed: int) -> tuple[NDArray[np.int64], tuple[slice, ...]]:
        """Draw columns of `truth`: the target, and of every family so many, or all where there are no more."""
        rng = stream(seed, "readout", "null targets of decoders")
        parts = [np.zeros(1, dtype=np.int64)]
        for family in self.families:
            every = np.arange(family.start, family.stop)
            parts.append(every if len(every) <= count else np.sort(rng.permutation(every)[:count]))
        ends = np.cumsum([len(part) for part in parts])
        return np.concatenate(parts), tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    def _outcome(
        self, truth: NDArray[Any], predicted: NDArray[Any], n_features: int, families: tuple[slice, ...]
    ) -> Outcome:
        per_fold = [self.score(truth[test, :1], predicted[test, :1])[0] for _, test in self.folds]
        return Outcome(
            predicted=predicted[self.tested, 0],
            scores=self.score(truth[self.tested], predicted[self.tested]),
            fold_scores=np.array(
                [s if _varies(truth[t, 0]) else np.nan for s, (_, t) in zip(per_fold, self.folds, strict=True)]
            ),
            n_features=n_features,
            families=families,
        )

    def score(self, truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
        """Score columns of predictions."""
        if self.kind == "classes":
            return balanced_accuracy(truth, predicted, self.n_classes)
        return r_squared(truth, predicted)

    def resampled(self, predicted: NDArray[Any]) -> NDArray[np.float64]:
        """Score every block resample of the tested windows; the same resamples for every row."""
        pick = self.resamples.T
        return self.score(self.truth[self.tested, 0][pick], np.asarray(predicted[pick]))

    def _columns(self, known: NDArray[Any]) -> NDArray[np.float64]:
        if self.kind == "classes":
            return np.asarray(known[:, :, None] == np.arange(self.n_classes), dtype=np.float64)
        return np.asarray(known[:, :, None], dtype=np.float64)


def _folds(values: NDArray[Any], bounds: NDArray[np.float64], target: WindowTarget, config: ReadoutConfig) -> _Folds:
    if config.train_until is not None:
        return [_prefix(values, bounds, target, config.train_until, config.gap_s)]
    if len(values) < 2 * config.n_folds:
        raise DataError(
            f"`target` must have at least two usable windows per fold, got {len(values)} for {config.n_folds} "
            "folds. Use shorter windows or fewer folds."
        )
    folds = block_folds(bounds, config.n_folds, gap_s=config.gap_s)
    least = min(len(train) for train, _ in folds)
    if least < 2 * _INNER_FOLDS:
        raise DataError(
            f"every fold must train on {2 * _INNER_FOLDS} windows at least, but one keeps only {least} of "
            f"{len(values)} that do not overlap its test block. Use shorter windows, a smaller `gap_s` or more "
            "folds."
        )
    return folds


def _prefix(
    values: NDArray[Any], bounds: NDArray[np.float64], target: WindowTarget, until: float, gap_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split at one moment: windows that end by it, and windows that start after it and the gap."""
    slack = _SLACK * (bounds[:, 1] - bounds[:, 0])
    train = np.flatnonzero(bounds[:, 1] <= until + slack)
    test = np.flatnonzero(bounds[:, 0] >= until + gap_s - slack)
    if len(train) < 2 * _INNER_FOLDS or len(test) < _LEAST_TESTED:
        raise DataError(
            f"`train_until`={until:g} s must leave {2 * _INNER_FOLDS} usable windows to train on and {_LEAST_TESTED} "
            f"to test, got {len(train)} that end by then and {len(test)} that start {gap_s:g} s or more after it. Move "
            "it, or use shorter windows."
        )
    for name, part in (("train on", train), ("test", test)):
        if not _varies(values[part]):
            what = f"only {target.classes[values[part][0]]!r}" if target.kind == "classes" else "one value throughout"
            raise DataError(
                f"`train_until`={until:g} s must leave a target that varies in the windows to {name}, got {what}. "
                "Move it."
            )
    return train, test


def _required(found: NDArray[Any], shape: tuple[int, ...], n_classes: int) -> NDArray[Any]:
    """Refuse what is no prediction: another shape, a class that is none, a number that is not finite."""
    if found.shape != shape:
        raise DataError(
            f"a decoder must foretell every test window for every target, shape {shape}, got {found.shape}. Correct it."
        )
    good = np.isin(found, np.arange(n_classes)) if n_classes else np.isfinite(found)
    if not good.all():
        what = f"class codes from 0 to {n_classes - 1}" if n_classes else "finite numbers"
        raise DataError(f"a decoder must foretell {what}, got {found[~good].flat[0]!r}. Correct it.")
    return found


def _varies(values: NDArray[Any]) -> bool:
    return bool((values != values[0]).any())


def _with_nulls(
    values: NDArray[Any],
    kind: Literal["classes", "number"],
    config: ReadoutConfig,
    folds: _Folds,
    apart: NDArray[np.bool_],
) -> tuple[NDArray[Any], tuple[slice, ...]]:
    rng, count = stream(config.seed, "readout", "null targets"), config.permutations
    nulls: list[NDArray[Any]]
    if kind == "classes":
        nulls = [reordered_stays(values, count, rng)]
        if (apart & (values[1:] == values[:-1])).any():
            nulls.append(reordered_stays(values, count, rng, apart))
        if config.train_until is not None:
            nulls = [_varied(null, folds[0]) for null in nulls]
    else:
        nulls = [shifted(values, count, rng), shifted_steps(values, count, rng)]
    ends = np.cumsum([1, *(null.shape[1] for null in nulls)])
    families = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    return np.concatenate([values[:, None], *nulls], axis=1), families


def _varied(null: NDArray[Any], parts: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[Any]:
    """Keep the arrangements with two classes on both sides: the target has them, or it was refused."""
    both = np.all([(null[part] != null[part][0]).any(axis=0) for part in parts], axis=0)
    return null[:, both] if both.any() else null


def block_length(
    values: NDArray[Any], bounds: NDArray[np.float64], kind: Literal["classes", "number"], n_classes: int
) -> int:
    """Choose how many consecutive windows a bootstrap block holds.

    Parameters
    ----------
    values : (S,) array
        The target per window: class codes or numbers.
    bounds : (S, 2) float array, s
    kind : {"classes", "number"}
    n_classes : int

    Returns
    -------
    int, 1 <= block <= S / 5
        The largest of: the cube root of S; the number of windows that share a moment; twice the lag at which the
        target's autocorrelation falls below 1 / e.
    """
    n = len(values)
    columns = (values[:, None] == np.arange(n_classes)).astype(float) if kind == "classes" else values[:, None]
    centred = columns - columns.mean(axis=0)
    power = float((centred**2).sum())
    lag = 1
    while lag < n and power > 0 and float((centred[lag:] * centred[:-lag]).sum()) / power > np.exp(-1):
        lag += 1
    together = int((np.searchsorted(bounds[:, 0], bounds[:, 1]) - np.arange(n)).max())
    return int(min(max(np.ceil(n ** (1 / 3)), together, 2 * lag), max(1, n // 5)))
