"""Non-negative factors of a tensor: alternating row updates with extrapolation, two passes over the data per round.

The modes are split into two halves. Multiplying the tensor, unfolded between the halves, with the Khatri-Rao product of
one half's factors gives what every update of the other half needs; no product over all other modes is ever formed, and
nothing is copied to unfold. A mask has factors of its own, the products of pairs of columns, and runs through the same
two steps: so each row meets exactly the normal equations of its known entries.

References
----------
Cichocki, Phan (2009), IEICE Trans. Fundamentals E92-A: rows by hierarchical least squares.
Phan, Tichavsky, Cichocki (2013), IEEE Trans. Signal Processing 61: partial products shared between modes.
Ang, Cohen, Gillis, Hien (2021), Numer. Linear Algebra Appl. 28, e2373, algorithm 3: extrapolation with restarts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Extrapolation: first step, growth of the step and of its bound, and what a restart divides the step by.
_STEP, _GROWTH, _BOUND_GROWTH, _SHRINK = 0.25, 1.05, 1.01, 1.5
#: Passes over the rows of a factor per round: cheap beside the pass over the data.
_SWEEPS = 5
#: Rounds between two looks at whether the error still falls.
_LOOK = 5
#: Squared errors below this, times the precision, of the squared data are found from the residuals.
_CLOSE = 1000.0
#: Entries whose residuals are held at once.
_CHUNK = 1_000_000


class Factored(NamedTuple):
    """What a factorisation ends with.

    Attributes
    ----------
    factors : list of (I_k, R) float64 arrays, >= 0
    error : float, in [0, 1]
        Root of the squared error over the root of the squared data, on known entries; right to a thousandth of itself.
    rounds : int
    converged : bool
        Whether the error stopped falling before the rounds ran out.
    """

    factors: list[Floats]
    error: float
    rounds: int
    converged: bool


@njit(cache=True, nogil=True)
def row_updates(factor, target, gram, sweeps):  # type: ignore[no-untyped-def]
    """Minimise 1/2 a'G a - a'm over a >= 0 for every row a of a factor, by coordinate sweeps in place.

    Parameters
    ----------
    factor : (I, R) float64 array, >= 0
    target : (I, R) float64 array
    gram : (I, R, R) or (1, R, R) float64 array
        One for all rows, or one each. A coordinate of curvature zero stays as it is.
    sweeps : int, >= 1
    """
    shared = gram.shape[0] == 1
    for i in range(factor.shape[0]):
        g = 0 if shared else i
        for _ in range(sweeps):
            for r in range(factor.shape[1]):
                curve = gram[g, r, r]
                if curve <= 0.0:
                    continue
                slope = -target[i, r]
                for s in range(factor.shape[1]):
                    slope += gram[g, r, s] * factor[i, s]
                value = factor[i, r] - slope / curve
                factor[i, r] = value if value > 0.0 else 0.0


def khatri_rao(factors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Multiply columns by columns: rows run over all combinations of the factors' rows, the last fastest."""
    out = factors[0]
    for factor in factors[1:]:
        out = (out[:, None, :] * factor[None, :, :]).reshape(-1, factor.shape[1])
    return out


def split_modes(shape: Sequence[int]) -> int:
    """Choose where to cut the modes in two: the two Khatri-Rao products are then smallest."""
    cuts = range(1, len(shape))
    return min(cuts, key=lambda m: prod(shape[:m]) + prod(shape[m:]))


def _contract(half: Floats, factors: Sequence[Floats], mode: int) -> Floats:
    """Sum the shared product of one half over all its modes but one."""
    out = half.reshape(*(len(f) for f in factors), half.shape[-1])
    for k in range(len(factors) - 1, -1, -1):
        if k != mode:
            out = np.einsum("...jr,jr->...r", np.moveaxis(out, k, -2), factors[k])
    return out


def _column_products(factor: Floats, size: int) -> Floats:
    """Products of the columns r <= s, summed where the mask does not see the mode."""
    r, s = np.triu_indices(factor.shape[1])
    if size == 1 and len(factor) != 1:
        return (factor.T @ factor)[r, s][None]
    return factor[:, r] * factor[:, s]


def _unfold(flat: Floats, rank: int) -> Floats:
    r, s = np.triu_indices(rank)
    out = np.empty((len(flat), rank, rank))
    out[:, r, s] = flat
    out[:, s, r] = flat
    return out


def start_factors(shape: Sequence[int], rank: int, norm: float, rng: np.random.Generator) -> list[Floats]:
    """Draw uniform factors whose tensor has about the norm of the data."""
    factors = [rng.uniform(size=(n, rank)) for n in shape]
    gram = np.ones((rank, rank))
    for factor in factors:
        gram *= factor.T @ factor
    scale = (norm / max(sqrt(float(gram.sum())), 1e-300)) ** (1.0 / len(shape))
    return [factor * scale for factor in factors]


def factorise(
    x: NDArray[Any],
    factors: Sequence[Floats],
    *,
    mask: NDArray[Any] | None = None,
    rounds: int = 200,
    tolerance: float = 1e-5,
    goal: float = 0.0,
) -> Factored:
    """Fit non-negative factors to a tensor of two or more modes.

    Parameters
    ----------
    x : float32 or float64 array of K >= 2 modes, C order
        Zero wherever the mask is.
    factors : K arrays (I_k, R) float64, >= 0
        Where to start; not written to.
    mask : float array that broadcasts against `x`, or None
        1 known, 0 unknown, with a length of 1 along modes it does not depend on: then it costs next to nothing there.
    rounds : int, >= 1
    tolerance : float, >= 0
        The fit ends when five rounds lower the relative error by less.
    goal : float, >= 0
        The fit ends when the relative error is at most this.

    Returns
    -------
    Factored
        The factors of the least error met, and that error.

    Notes
    -----
    Per round O(R) passes' worth of multiplications in two matrix products over the data, and the same with
    R (R + 1) / 2 columns over the mask. Extrapolation is as published; the updates start from the extrapolated factor.
    """
    shape, rank = x.shape, factors[0].shape[1]
    cut = split_modes(shape)
    unfolded = x.reshape(prod(shape[:cut]), -1)
    seen = None if mask is None else np.ascontiguousarray(mask, dtype=x.dtype)
    known = None if seen is None else seen.reshape(prod(seen.shape[:cut]), -1)
    norm2 = sum(float((row.astype(np.float64) ** 2).sum()) for row in unfolded)
    halves = (range(cut), range(cut, len(shape)))
    ahead = [np.array(f, dtype=np.float64) for f in factors]
    last = [f.copy() for f in ahead]
    best, best_error2 = [f.copy() for f in ahead], np.inf
    step, bound, former = _STEP, 1.0, np.inf
    looked = np.inf
    converged = False
    done = 0
    for done in range(1, rounds + 1):
        fresh: list[Floats] = [np.empty(0)] * len(shape)
        target = gram = np.empty(0)
        for side, half in enumerate(halves):
            other = halves[1 - side]
            shared = _product(unfolded, [ahead[k] for k in other], side)
            squares = None
            if known is not None and seen is not None:
                squares = _product(known, [_column_products(ahead[k], seen.shape[k]) for k in other], side)
            for place, k in enumerate(half):
                target = _contract(shared, [ahead[m] for m in half], place)
                if squares is None or seen is None:
                    gram = _full_gram(ahead, k)
                else:
                    parts = [_column_products(ahead[m], seen.shape[m]) for m in half]
                    parts[place] = np.empty((seen.shape[k], 0))
                    gram = _unfold(_contract(squares, parts, place), rank)
                new = ahead[k].copy()
                row_updates(new, target, gram, _SWEEPS)
                fresh[k] = new
                if k < len(shape) - 1:
                    ahead[k] = np.maximum(new + step * (new - last[k]), 0.0)
                else:
                    ahead[k] = new
        error2 = _error2(fresh[-1], target, gram, norm2)
        if error2 < best_error2:
            best_error2, best = error2, [f.copy() for f in ahead]
        final = fresh[-1]
        if error2 > former:
            ahead = [f.copy() for f in fresh]
            bound, step = step, step / _SHRINK
        else:
            ahead[-1] = np.maximum(final + step * (final - last[-1]), 0.0)
            bound = min(1.0, _BOUND_GROWTH * bound)
            step = min(bound, _GROWTH * step)
        last, former = fresh, error2
        if best_error2 <= goal * goal * norm2:
            converged = True
            break
        if done % _LOOK == 0:
            now = sqrt(max(best_error2, 0.0) / norm2) if norm2 > 0 else 0.0
            if looked - now < tolerance:
                converged = True
                break
            looked = now
    error = sqrt(_checked(best_error2, norm2, x, seen, best) / norm2) if norm2 > 0 else 0.0
    return Factored(best, error, done, converged)


def _checked(error2: float, norm2: float, x: NDArray[Any], seen: NDArray[Any] | None, factors: list[Floats]) -> float:
    """Find a squared error on known entries from the residuals, a few slices at a time, where it is small.

    It is a difference of sums in the data's precision, which cancels where the fit is close.
    """
    if error2 > _CLOSE * float(np.finfo(x.dtype).eps) * norm2:
        return error2
    rest = khatri_rao(factors[1:])
    step, total = max(_CHUNK // len(rest), 1), 0.0
    for k in range(0, len(x), step):
        wrong = x[k : k + step] - (factors[0][k : k + step] @ rest.T).reshape(-1, *x.shape[1:])
        if seen is not None:
            wrong *= seen if len(seen) == 1 else seen[k : k + step]
        total += float((wrong * wrong).sum())
    return total


def _product(unfolded: NDArray[Any], factors: Sequence[Floats], side: int) -> Floats:
    columns = khatri_rao(factors).astype(unfolded.dtype, copy=False)
    # The thin matrix on the left: the library is half as fast with it on the right.
    out = columns.T @ (unfolded.T if side == 0 else unfolded)
    return np.ascontiguousarray(out.T, dtype=np.float64)


def _full_gram(factors: Sequence[Floats], mode: int) -> Floats:
    rank = factors[0].shape[1]
    gram = np.ones((rank, rank))
    for k, factor in enumerate(factors):
        if k != mode:
            gram *= factor.T @ factor
    return gram[None]


def _error2(factor: Floats, target: Floats, gram: Floats, norm2: float) -> float:
    """Squared error at factors whose last mode has this target and these normal equations."""
    if len(gram) == 1:
        model2 = float(((factor.T @ factor) * gram[0]).sum())
    else:
        model2 = float(np.einsum("ir,irs,is->", factor, gram, factor, optimize=True))
    return norm2 - 2.0 * float((factor * target).sum()) + model2
