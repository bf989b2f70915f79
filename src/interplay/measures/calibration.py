"""Whether predicted probabilities are right: accuracy, likelihood, calibration, and what is gained by not answering."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.measures.calibration_results import CalibrationScores, Reliability, RiskCoverage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bins = Literal["width", "count"]

#: How far the probabilities of one sample may be from a sum of 1: single precision over many classes.
TOLERANCE = 1e-5
#: Two-sided 95 % of the normal law.
_Z = 1.959963984540054
_DRAWS = 1000


def wilson_interval(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Give the 95 % Wilson interval of a share.

    Parameters
    ----------
    successes, trials : int arrays of one shape, 0 <= successes <= trials
        Independent trials.

    Returns
    -------
    low, high : float64 arrays
        NaN where there was no trial.

    References
    ----------
    Wilson (1927), J Am Stat Assoc 22:209.
    """
    k, n = np.asarray(successes), np.asarray(trials)
    if k.shape != n.shape or k.dtype.kind not in "iu" or n.dtype.kind not in "iu":
        raise DataError(
            f"`successes` and `trials` must be whole numbers of one shape, got {k.dtype} {k.shape} and {n.dtype} "
            f"{n.shape}."
        )
    if ((k < 0) | (k > n)).any():
        raise DataError("`successes` must lie in [0, trials]. Give the counts themselves.")
    with np.errstate(invalid="ignore", divide="ignore"):
        share, square = k / n, _Z * _Z
        centre = (share + square / (2 * n)) / (1 + square / n)
        half = _Z / (1 + square / n) * np.sqrt(share * (1 - share) / n + square / (4.0 * n * n))
    # At the ends the formula gives 0 and 1 up to rounding.
    low, high = np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def negative_log_likelihood(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean of -log(probability of the true class), nats. Lower is better.

    Parameters
    ----------
    truth : (S,) int array, in [0, C)
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.

    Returns
    -------
    float
        Infinite if any true class was given probability 0: nothing is clipped, one certain error is infinitely wrong.
    """
    return float(_nll(*_checked(truth, probabilities)).mean())


def brier_score(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean squared distance of the probabilities from the truth, summed over classes. Lower is better.

    Parameters
    ----------
    truth : (S,) int array, in [0, C)
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.

    Returns
    -------
    float, in [0, 2]

    References
    ----------
    Brier (1950), Monthly Weather Review 78:1, equation 2: the sum over all classes, so that two classes give twice what
    is computed from one of them.
    """
    return float(_brier(*_checked(truth, probabilities)).mean())


def reliability(truth: ArrayLike, probabilities: ArrayLike, *, bins: int = 15, equal: Bins = "width") -> Reliability:
    """Compare what was said with what was right, bin by bin of the probability of the told class.

    Parameters
    ----------
    truth : (S,) int array, in [0, C)
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.
    bins : int, >= 1
        B.
    equal : {"width", "count"}
        Bins ((k - 1) / B, k / B], or of about equally many samples; samples that tie are never parted.

    Returns
    -------
    Reliability

    Notes
    -----
    The told class is the most probable one, the first where several are.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), ICML, equations 2 and 3, for bins of equal width. Nguyen, O'Connor (2015),
    EMNLP, for equal counts.
    """
    labels, told = _checked(truth, probabilities)
    return _reliability(told.max(axis=1), told.argmax(axis=1) == labels, bins, equal)


def expected_calibration_error(
    truth: ArrayLike, probabilities: ArrayLike, *, bins: int = 15, equal: Bins = "width"
) -> float:
    """Mean over samples of the gap between what was said and what was right in their bin. Lower is better.

    Parameters
    ----------
    truth : (S,) int array, in [0, C)
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.
    bins : int, >= 1
    equal : {"width", "count"}
        As in `reliability`.

    Returns
    -------
    float, in [0, 1]
        Above 0 even for right probabilities, since bins hold finitely many samples: see `ece_if_calibrated`.
    """
    return reliability(truth, probabilities, bins=bins, equal=equal).error


def ece_if_calibrated(
    probabilities: ArrayLike, *, bins: int = 15, draws: int = _DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Give the expected calibration error that right probabilities would show on as many samples.

    Parameters
    ----------
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.
    bins : int, >= 1
        Of equal width.
    draws : int, >= 1
        Truths drawn from the probabilities themselves.
    seed : int, >= 0

    Returns
    -------
    mean, high : float
        Over the draws: mean, and 95th percentile. An error above `high` speaks against the probabilities.

    References
    ----------
    Bröcker, Smith (2007), Weather and Forecasting 22:651: consistency resampling.
    """
    require_setting("draws", draws, least=1, whole=True)
    told = require_probabilities(Shapes(), probabilities)
    return _if_calibrated(told.max(axis=1), bins, draws, seed)


def risk_coverage(truth: ArrayLike, probabilities: ArrayLike) -> RiskCoverage:
    """Give the share of wrong answers where only the surest are given, for every share of answers.

    Parameters
    ----------
    truth : (S,) int array, in [0, C)
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1; samples are ordered by the greatest.

    Returns
    -------
    RiskCoverage

    References
    ----------
    Geifman, El-Yaniv (2017), NeurIPS, section 2.
    """
    labels, told = _checked(truth, probabilities)
    return _risk_coverage(told.max(axis=1), told.argmax(axis=1) != labels)


def calibration_scores(
    truth: ArrayLike,
    probabilities: ArrayLike,
    *,
    bins: int = 15,
    group: ArrayLike | None = None,
    resamples: int = _DRAWS,
    seed: int = 0,
) -> CalibrationScores:
    """Judge predicted probabilities.

    Parameters
    ----------
    truth : (S,) int array, in [0, C)
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.
    bins : int, >= 1
    group : (S,) text or int array, or None
        Who gave the sample (speaker, subject). Samples of one group are alike, so whole groups are drawn anew for the
        intervals; None takes samples as independent, and Wilson's interval for the accuracy. With few groups (below
        about ten) such intervals are too narrow.
    resamples : int, >= 1
    seed : int, >= 0

    Returns
    -------
    CalibrationScores
        Intervals hold the middle 95 % of the resampled means; they are NaN where all samples are of one group.

    Raises
    ------
    DataError
        If probabilities lie outside [0, 1] or do not sum to 1, a class is out of range, or nothing is there.
    ConfigError
        If a setting is out of range.

    Examples
    --------
    >>> found = calibration_scores([0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> found.accuracy[0], round(found.nll[0], 3), round(found.brier[0], 3)
    (0.75, 0.4, 0.25)
    """
    require_setting("resamples", resamples, least=1, whole=True)
    labels, told = _checked(truth, probabilities)
    sure, right = told.max(axis=1), told.argmax(axis=1) == labels
    values = np.column_stack([right, _nll(labels, told), _brier(labels, told)]).astype(np.float64)
    low, high = _intervals(values, _groups(group, len(labels)), resamples, seed)
    shares = [(float(v), float(a), float(b)) for v, a, b in zip(values.mean(axis=0), low, high, strict=True)]
    if group is None:
        ends = wilson_interval(np.array([right.sum()]), np.array([len(right)]))
        shares[0] = (shares[0][0], float(ends[0][0]), float(ends[1][0]))
    found = _reliability(sure, right, bins, "width")
    return CalibrationScores(
        n=len(labels),
        n_classes=told.shape[1],
        accuracy=shares[0],
        nll=shares[1],
        brier=shares[2],
        ece=found.error,
        adaptive_ece=_reliability(sure, right, bins, "count").error,
        ece_if_calibrated=_if_calibrated(sure, bins, resamples, seed),
        reliability=found,
        risk_coverage=_risk_coverage(sure, ~right),
    )


def _checked(truth: ArrayLike, probabilities: ArrayLike) -> tuple[Ints, Floats]:
    shapes = Shapes()
    told = require_probabilities(shapes, probabilities)
    labels = shapes.array("truth", truth, "S", "int")
    require_ids("truth", labels, told.shape[1], "C")
    return labels, told


def require_probabilities(shapes: Shapes, probabilities: ArrayLike, name: str = "probabilities") -> Floats:
    """Check probabilities of S samples and C classes.

    Parameters
    ----------
    shapes : Shapes
        Binds S and C.
    probabilities : (S, C) float array
    name : str
        Of the argument.

    Returns
    -------
    (S, C) float64 array

    Raises
    ------
    DataError
        If there are none, if one lies outside [0, 1] or if the classes of a sample do not sum to 1 within 1e-5.
    """
    told = shapes.array(name, probabilities, "S C").astype(np.float64)
    if not told.size:
        raise DataError(f"`{name}` must hold at least one sample and one class, got shape {told.shape}. Give some.")
    bad = (told < 0) | (told > 1 + TOLERANCE)
    if bad.any():
        s, c = map(int, np.argwhere(bad)[0])
        raise DataError(
            f"`{name}` must lie in [0, 1]: {name}[{s}, {c}]={told[s, c]:g}. Give probabilities, not scores."
        )
    off = np.abs(told.sum(axis=1) - 1) > TOLERANCE
    if off.any():
        s = int(np.argmax(off))
        raise DataError(
            f"`{name}` must sum to 1 over the classes: row {s} sums to {told[s].sum():g}. Normalise the rows first."
        )
    return told


def _nll(labels: Ints, told: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(told[np.arange(len(labels)), labels]))


def _brier(labels: Ints, told: Floats) -> Floats:
    own = told[np.arange(len(labels)), labels]
    return np.asarray((told**2).sum(axis=1) - 2 * own + 1)


def _places(sure: Floats, bins: int, equal: Bins) -> Ints:
    """Give the bin of each sample."""
    require_setting("bins", bins, least=1, whole=True)
    if equal == "width":
        inner = np.arange(1, bins) / bins
        return np.searchsorted(inner, sure, side="left")
    if equal != "count":
        raise ConfigError(unknown_name("`equal`", str(equal), ("width", "count")))
    # The mean rank of those that tie, so that they share a bin.
    order = np.sort(sure)
    rank = (np.searchsorted(order, sure, side="left") + np.searchsorted(order, sure, side="right")) / 2
    return np.minimum((rank / len(sure) * bins).astype(np.int64), bins - 1)


def _reliability(sure: Floats, right: NDArray[np.bool_], bins: int, equal: Bins) -> Reliability:
    place = _places(sure, bins, equal)
    count = np.bincount(place, minlength=bins)
    hits = np.bincount(place[right], minlength=bins)
    with np.errstate(invalid="ignore"):
        said = np.bincount(place, weights=sure, minlength=bins) / count
        share = hits / count
    low, high = wilson_interval(hits, count)
    if equal == "width":
        start, stop = np.arange(bins) / bins, np.arange(1, bins + 1) / bins
    else:
        start, stop = np.full(bins, np.inf), np.full(bins, -np.inf)
        np.minimum.at(start, place, sure)
        np.maximum.at(stop, place, sure)
        start, stop = (np.where(count > 0, ends, np.nan) for ends in (start, stop))
    return Reliability(count=count, confidence=said, accuracy=share, low=low, high=high, start=start, stop=stop)


def _if_calibrated(sure: Floats, bins: int, draws: int, seed: int) -> tuple[float, float]:
    place = _places(sure, bins, "width")
    said = np.bincount(place, weights=sure, minlength=bins)
    rng = stream(seed, "calibration", "consistency")
    found = np.empty(draws)
    for k in range(draws):
        hits = np.bincount(place, weights=rng.random(len(sure)) < sure, minlength=bins)
        found[k] = np.abs(hits - said).sum() / len(sure)
    return float(found.mean()), float(np.quantile(found, 0.95))


def _risk_coverage(sure: Floats, wrong: NDArray[np.bool_]) -> RiskCoverage:
    order = np.argsort(-sure, kind="stable")
    last = np.flatnonzero(np.append(np.diff(sure[order]) < 0, True))
    answered = last + 1
    risk = np.cumsum(wrong[order])[last] / answered
    steps = np.diff(answered, prepend=0)
    n = len(sure)
    return RiskCoverage(coverage=answered / n, risk=risk, area=float((risk * steps).sum() / n))


def _groups(group: ArrayLike | None, n: int) -> Ints:
    if group is None:
        return np.arange(n)
    names = np.asarray(group)
    if names.shape != (n,):
        raise DataError(f"`group` must have shape (S={n},), got {names.shape}. Name the group of each sample.")
    return np.unique(names, return_inverse=True)[1]


def _intervals(values: Floats, group: Ints, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """Draw whole groups anew and take the middle 95 % of the means; an infinite entry makes infinite ends."""
    n_groups = int(group.max()) + 1
    if n_groups < 2:
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    sums = np.zeros((n_groups, values.shape[1]))
    np.add.at(sums, group, values)
    size = np.bincount(group).astype(np.float64)
    rng = stream(seed, "calibration", "bootstrap")
    means = np.empty((resamples, values.shape[1]))
    for k in range(resamples):
        drawn = rng.integers(n_groups, size=n_groups)
        means[k] = sums[drawn].sum(axis=0) / size[drawn].sum()
    # The next replicate in place of one between two: between a finite and an infinite one there is no number.
    low = np.quantile(means, 0.025, axis=0, method="lower")
    return low, np.quantile(means, 0.975, axis=0, method="higher")
