"""Permutation tests: how often chance would arrange the data at least this well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product
from math import comb, factorial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay._core.rng import stream
from interplay.stats.results import PermutationResult

Statistic = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

#: Scores nearer than this, relative to the largest, are ties: sums in another order differ in their last bits.
_TIE = 1e-12


def permutation_test(
    x: ArrayLike,
    y: ArrayLike,
    *,
    kind: Literal["independent", "paired", "correlation"] = "independent",
    statistic: Statistic | None = None,
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
    resamples: int = 9999,
    seed: int = 0,
) -> PermutationResult:
    """Test two samples against the hypothesis that chance alone arranged them.

    Parameters
    ----------
    x, y : (n,) and (m,) float arrays, finite
        The same length for "paired" and "correlation".
    kind : {"independent", "paired", "correlation"}
        What is exchangeable: which sample a value belongs to; which value of a pair comes first; which y goes with
        which x.
    statistic : callable (x, y) -> float, or None
        None means mean(x) - mean(y) for samples and Pearson's r for a correlation.
    alternative : {"two-sided", "greater", "less"}
        Two-sided is twice the smaller tail, at most 1.
    resamples : int, >= 1
        Arrangements drawn at random. When there are no more than this many in all, every one is enumerated instead.
    seed : int

    Returns
    -------
    PermutationResult
        p = (1 + number at least as extreme) / (1 + resamples) where drawn; the exact share where enumerated. Never 0.

    Raises
    ------
    DataError
        If lengths do not fit or values are not finite.
    ConfigError
        If `kind` or `alternative` is unknown.
    NumericalError
        If the statistic of the data is not finite, for example the correlation with a constant.

    Notes
    -----
    Assumes exchangeability: samples along time are autocorrelated and are **not** exchangeable; shift or permute them
    in blocks instead (see `readout` and `surrogates`). An arrangement with an undefined statistic counts as extreme,
    which errs on the side of no effect. Cost: resamples x cost of the statistic.

    References
    ----------
    Phipson, Smyth (2010), Stat Appl Genet Mol Biol 9:39, for (1 + b) / (1 + m).

    Examples
    --------
    >>> permutation_test([1.0, 2.0, 3.0], [7.0, 8.0, 9.0]).pvalue
    0.1
    """
    if kind not in _KINDS:
        raise ConfigError(unknown_name("kind of permutation", kind, _KINDS))
    if alternative not in ("two-sided", "greater", "less"):
        raise ConfigError(unknown_name("alternative", alternative, ("two-sided", "greater", "less")))
    require_setting("resamples", resamples, least=1)
    shapes = Shapes()
    a = np.asarray(shapes.array("x", x, "n"), dtype=np.float64)
    b = np.asarray(shapes.array("y", y, "m" if kind == "independent" else "n"), dtype=np.float64)
    least = 1 if kind != "correlation" else 3
    if min(len(a), len(b)) < least:
        raise DataError(f"`x` and `y` must hold at least {least} value(s) each, got {len(a)} and {len(b)}. Add data.")
    measure = statistic or (_pearson if kind == "correlation" else _mean_difference)
    observed = float(measure(a, b))
    if not np.isfinite(observed):
        raise NumericalError(
            f"the statistic of the data must be finite, got {observed}. A constant sample has no correlation: leave it "
            "out."
        )
    total, enumerate_all, draw = _KINDS[kind]
    exact = total(len(a), len(b)) <= resamples
    if exact:
        arrangements = enumerate_all(a, b)
    else:
        rng = stream(seed, "permutation_test", kind)
        arrangements = (draw(a, b, rng) for _ in range(resamples))
    null = np.array([measure(p, q) for p, q in arrangements], dtype=np.float64)
    p = _pvalue(observed, null, exact, alternative)
    return PermutationResult(statistic=observed, pvalue=p, null=null, exact=exact, kind=kind, alternative=alternative)


def _pvalue(observed: float, null: NDArray[np.float64], exact: bool, alternative: str) -> float:
    finite = null[np.isfinite(null)]
    slack = _TIE * max(abs(observed), float(np.abs(finite).max(initial=0.0)))
    plus = 0 if exact else 1
    upper = (plus + int((~(null < observed - slack)).sum())) / (plus + len(null))
    lower = (plus + int((~(null > observed + slack)).sum())) / (plus + len(null))
    return {"greater": upper, "less": lower, "two-sided": min(1.0, 2 * min(upper, lower))}[alternative]


def _mean_difference(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(x.mean() - y.mean())


def _pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    u, v = x - x.mean(), y - y.mean()
    scale = np.sqrt((u @ u) * (v @ v))
    return float(u @ v / scale) if scale > 0 else float("nan")


_Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def _every_split(x: NDArray[np.float64], y: NDArray[np.float64]) -> Iterator[_Pair]:
    pool = np.concatenate([x, y])
    for chosen in combinations(range(len(pool)), len(x)):
        first = np.zeros(len(pool), bool)
        first[list(chosen)] = True
        yield pool[first], pool[~first]


def _draw_split(x: NDArray[np.float64], y: NDArray[np.float64], rng: np.random.Generator) -> _Pair:
    pool = rng.permutation(np.concatenate([x, y]))
    return pool[: len(x)], pool[len(x) :]


def _every_swap(x: NDArray[np.float64], y: NDArray[np.float64]) -> Iterator[_Pair]:
    for bits in product((False, True), repeat=len(x)):
        swap = np.array(bits)
        yield np.where(swap, y, x), np.where(swap, x, y)


def _draw_swap(x: NDArray[np.float64], y: NDArray[np.float64], rng: np.random.Generator) -> _Pair:
    swap = rng.random(len(x)) < 0.5
    return np.where(swap, y, x), np.where(swap, x, y)


def _every_pairing(x: NDArray[np.float64], y: NDArray[np.float64]) -> Iterator[_Pair]:
    for order in permutations(range(len(y))):
        yield x, y[list(order)]


def _draw_pairing(x: NDArray[np.float64], y: NDArray[np.float64], rng: np.random.Generator) -> _Pair:
    return x, rng.permutation(y)


#: Per kind: how many arrangements there are, all of them, and one at random.
_KINDS: dict[
    str,
    tuple[
        Callable[[int, int], int],
        Callable[[NDArray[np.float64], NDArray[np.float64]], Iterator[_Pair]],
        Callable[[NDArray[np.float64], NDArray[np.float64], np.random.Generator], _Pair],
    ],
] = {
    "independent": (lambda n, m: comb(n + m, n), _every_split, _draw_split),
    "paired": (lambda n, _: 2**n, _every_swap, _draw_swap),
    "correlation": (lambda n, _: factorial(n), _every_pairing, _draw_pairing),
}
