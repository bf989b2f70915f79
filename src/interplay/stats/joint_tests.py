"""Permutation tests of many outcomes at once: the largest statistic of all guards against chance findings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.stats.false_discovery import benjamini_hochberg
from interplay.stats.joint_results import JointTest

Floats = NDArray[np.float64]

#: Numbers of the statistics that are held at once.
_CHUNK = 2_000_000
#: Statistics nearer than this, relatively, are ties: sums in another order differ in their last bits.
_TIE = 1e-9
#: A variance below this share of the mean square is rounding.
_FLAT = 1e-12


def joint_permutation_test(
    first: ArrayLike,
    second: ArrayLike,
    *,
    kind: Literal["paired", "independent"] = "paired",
    level: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> JointTest:
    """Test in which of M outcomes two samples differ, keeping the chance of any false finding under control.

    Parameters
    ----------
    first, second : (n, M) and (m, M) float arrays
        One row per subject; the same subjects in the same order where paired. NaN where an outcome is unknown; such a
        value is left out of its own outcome only.
    kind : {"paired", "independent"}
        What is exchanged: the sign of a subject's differences, in all outcomes together; or the sample that a subject
        belongs to.
    level : float, in (0, 1)
        Of the intervals and of the threshold.
    resamples : int, >= 1
        Arrangements drawn at random. When there are no more than this many that differ, every one is enumerated.
    seed : int, >= 0

    Returns
    -------
    JointTest

    Raises
    ------
    DataError
        If shapes disagree, values are infinite, or there are fewer than 2 pairs, or than 2 rows in a sample.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    p = (1 + number at least as large) / (1 + resamples) where drawn, the exact share where enumerated; corrected p the
    same with the largest size of t of each arrangement. An outcome is not tested where fewer than 2 pairs know it, or
    where an arrangement could leave a sample with fewer than 2 known values. One that never varies has t = 0 where it
    is 0 throughout, else an infinite t. Signs are exchangeable if, without an effect, differences are symmetric about
    0; labels, if both samples come from one distribution. Welch's t is studentised, so that unequal variances mislead
    in small samples only. Of two arrangements of signs that mirror each other one is enumerated: t has the same size.
    Time O(resamples n M); memory O(n M + 2e6).

    References
    ----------
    Nichols, Holmes (2002), Hum Brain Mapp 15:1, single threshold test. Phipson, Smyth (2010), Stat Appl Genet Mol Biol
    9:39, for (1 + b) / (1 + m).

    Examples
    --------
    Eight subjects, three outcomes; only the second rises.

    >>> before = np.random.default_rng(0).normal(size=(8, 3))
    >>> found = joint_permutation_test(before, before + [[0.1, 2.0, -0.1]] * np.arange(0.5, 1.3, 0.1)[:, None])
    >>> found.exact, len(found.null), float(found.corrected[1])
    (True, 128, 0.0078125)
    """
    if kind not in ("paired", "independent"):
        raise ConfigError(unknown_name("kind of permutation", str(kind), ("paired", "independent")))
    require_setting("level", level, above=0, below=1)
    require_setting("resamples", resamples, least=1, whole=True)
    require_setting("seed", seed, least=0, whole=True)
    shapes = Shapes()
    x = np.asarray(shapes.array("first", first, "n M", finite=False), dtype=np.float64)
    y = np.asarray(shapes.array("second", second, "n M" if kind == "paired" else "m M", finite=False), dtype=np.float64)
    for name, values in (("first", x), ("second", y)):
        if np.isinf(values).any():
            s, k = (int(i) for i in np.argwhere(np.isinf(values))[0])
            raise DataError(f"`{name}` must be finite or NaN, got {values[s, k]} at [{s}, {k}]. Use NaN for unknown.")
    if min(len(x), len(y)) < 2:
        what = "pairs" if kind == "paired" else "rows in each sample"
        raise DataError(f"`first` and `second` must hold at least 2 {what}, got {len(x)} and {len(y)}. Add subjects.")
    test = _Flips(y - x) if kind == "paired" else _Labels(x, y)
    rng = stream(seed, "joint_permutation_test", kind)
    size = max(1, _CHUNK // max(1, x.shape[1]))
    exact = test.total() <= resamples
    observed = test.statistic(test.as_is())[0]
    sought = np.abs(np.where(test.tested, observed, np.nan))
    enough = sought * (1 - _TIE) - _TIE  # differences that cancel leave a t of rounding errors: a tie with 0
    largest, above, above_all = [], np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for arrangement in test.every(size) if exact else test.drawn(resamples, size, rng):
        found = np.abs(test.statistic(arrangement))
        found[:, ~test.tested] = 0.0
        top = found.max(axis=1, initial=0.0)
        largest.append(top)
        above += (found >= enough).sum(axis=0)
        above_all += _at_least(top, enough)
    null = np.concatenate(largest)
    plus = 0 if exact else 1
    pvalue, corrected = (
        np.where(test.tested, (count + plus) / (len(null) + plus), np.nan) for count in (above, above_all)
    )
    difference, error, df, effect = test.sizes()
    reach = _quantile(df, level) * error
    return JointTest(
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        statistic=np.where(test.tested, observed, np.nan),
        effect=effect,
        pvalue=pvalue,
        corrected=corrected,
        fdr=benjamini_hochberg(pvalue),
        known=test.known,
        null=null,
        threshold=_threshold(null, level, plus),
        level=level,
        exact=exact,
        kind=kind,
    )


class _Flips:
    """Signs of the differences exchanged."""

    def __init__(self, change: Floats) -> None:
        there = ~np.isnan(change)
        self.known = there.sum(axis=0)
        self.tested = self.known >= 2
        self.change = np.where(there, change, 0.0)
        self.square = np.square(self.change).sum(axis=0) / np.maximum(self.known, 1)

    def total(self) -> int:
        return 1 << (len(self.change) - 1)

    def as_is(self) -> Floats:
        return np.ones((1, len(self.change)))

    def every(self, size: int) -> Iterator[Floats]:
        bits = np.arange(len(self.change))
        for start in range(0, self.total(), size):
            code = np.arange(start, min(start + size, self.total()))
            yield np.asarray(1.0 - 2.0 * ((code[:, None] >> bits) & 1), dtype=np.float64)

    def drawn(self, resamples: int, size: int, rng: np.random.Generator) -> Iterator[Floats]:
        for start in range(0, resamples, size):
            yield np.where(rng.random((min(size, resamples - start), len(self.change))) < 0.5, -1.0, 1.0)

    def statistic(self, signs: Floats) -> Floats:
        mean = (signs @ self.change) / np.maximum(self.known, 1)
        rest = self.square - mean**2
        rest[rest <= _FLAT * self.square] = 0.0
        return _ratio(mean, np.sqrt(rest / np.maximum(self.known - 1, 1)))

    def sizes(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Give mean difference, its standard error, degrees of freedom, and the effect size."""
        mean, variance = _moments(self.change, self.known)
        return mean, np.sqrt(variance / self.known), self.known - 1.0, _ratio(mean, np.sqrt(variance))


class _Labels:
    """Subjects exchanged between the samples."""

    def __init__(self, x: Floats, y: Floats) -> None:
        pool = np.concatenate([x, y])
        there = ~np.isnan(pool)
        self.n, self.m = len(x), len(y)
        self.known = there.sum(axis=0)
        self.there = there.astype(np.float64)
        # However the rows are dealt, each sample is left with two known values.
        self.tested = len(pool) - self.known <= min(self.n, self.m) - 2
        self.centre = np.where(there, pool, 0.0).sum(axis=0) / np.maximum(self.known, 1)
        self.value = np.where(there, pool - self.centre, 0.0)
        self.square = self.value**2
        self.level = np.square(self.centre)

    def total(self) -> int:
        return comb(self.n + self.m, self.m)

    def as_is(self) -> Floats:
        return np.concatenate([np.zeros(self.n), np.ones(self.m)])[None]

    def every(self, size: int) -> Iterator[Floats]:
        chosen = combinations(range(self.n + self.m), self.m)
        while rows := list(islice(chosen, size)):
            yield self._dealt(np.array(rows))

    def drawn(self, resamples: int, size: int, rng: np.random.Generator) -> Iterator[Floats]:
        for start in range(0, resamples, size):
            order = rng.random((min(size, resamples - start), self.n + self.m)).argsort(axis=1)
            yield self._dealt(order[:, : self.m])

    def _dealt(self, second: NDArray[np.int64]) -> Floats:
        found = np.zeros((len(second), self.n + self.m))
        np.put_along_axis(found, second, 1.0, axis=1)
        return found

    def statistic(self, second: Floats) -> Floats:
        parts = []
        for dealt in (second, 1.0 - second):
            count = np.maximum(dealt @ self.there, 1.0)
            mean, square = dealt @ self.value / count, dealt @ self.square / count
            rest = square - mean**2
            rest[rest <= _FLAT * (square + self.level)] = 0.0
            parts.append((mean, rest / np.maximum(count - 1, 1)))
        return _ratio(parts[0][0] - parts[1][0], np.sqrt(parts[0][1] + parts[1][1]))

    def sizes(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Give mean difference, its standard error, degrees of freedom, and the effect size."""
        there = self.there.astype(bool)
        parts = []
        for rows in (slice(self.n, None), slice(None, self.n)):
            count = there[rows].sum(axis=0)
            parts.append((count, *_moments(self.value[rows], count)))
        (n2, mean2, v2), (n1, mean1, v1) = parts
        error = v1 / n1 + v2 / n2
        with np.errstate(invalid="ignore", divide="ignore"):
            df = error**2 / ((v1 / n1) ** 2 / (n1 - 1) + (v2 / n2) ** 2 / (n2 - 1))
        difference = mean2 - mean1
        return difference, np.sqrt(error), df, _ratio(difference, np.sqrt((v1 + v2) / 2))


def _moments(value: Floats, count: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Give mean and unbiased variance of the known values; unknown ones are 0. NaN where they are undefined."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = value.sum(axis=0) / count
        # What is unknown adds nothing but its distance from the mean, once each.
        spread = np.square(value - mean).sum(axis=0) - (len(value) - count) * mean**2
        variance = spread / (count - 1)
    variance[(variance <= _FLAT * mean**2) & (count > 1)] = 0.0
    variance[count < 2] = np.nan
    return np.where(count > 0, mean, np.nan), variance


def _ratio(value: Floats, scale: Floats) -> Floats:
    """Divide; nothing over nothing is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((value == 0) & (scale == 0), 0.0, value / scale)


def _at_least(top: Floats, sought: Floats) -> Floats:
    """Count, for every value sought, how many of `top` reach it."""
    return len(top) - np.searchsorted(np.sort(top), sought, side="left").astype(np.float64)


def _threshold(null: Floats, level: float, plus: int) -> float:
    """Give the smallest size that is significant: just above the largest value of the null that is not."""
    falling = np.sort(null)[::-1]
    # Ties count together: the share at a value is that of its last copy.
    last = len(falling) - np.searchsorted(falling[::-1], falling * (1 - _TIE) - _TIE, side="left")
    share = (last + plus) / (len(null) + plus)
    # The least share there is: of the data themselves, which are one of all arrangements, or are added to those drawn.
    least = plus / (len(null) + plus) if plus else share[0]
    if least > 1 - level + 1e-12:
        return float("inf")
    coarse = falling[share > 1 - level + 1e-12]
    return float(np.nextafter((coarse[0] + _TIE) / (1 - _TIE), np.inf)) if len(coarse) else 0.0


def _quantile(df: Floats, level: float) -> Floats:
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore"):
        return np.where(df > 0, stdtrit(np.where(df > 0, df, 1.0), (1 + level) / 2), np.nan)
