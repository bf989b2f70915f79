"""Fits of the tensor of affinities: restarts, how well they agree, held-out entries, what each component explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.infer.factor_tensor import AffinityTensor, held_out_cells

Floats = NDArray[np.float64]

_CHUNK = 4_000_000


class Problem(NamedTuple):
    """A tensor as the kernels take it, and how hard to try.

    Attributes
    ----------
    x : float32 array of K >= 2 modes
        Frames first, pairs last; recordings between them if there are several, signs if they are a mode.
    mask : float32 array that broadcasts against `x`, or None
    rounds : int
    tolerance : float
    seed : int
    """

    x: NDArray[np.float32]
    mask: NDArray[np.float32] | None
    rounds: int
    tolerance: float
    seed: int


class Fit(NamedTuple):
    """One fit: factors per mode, relative error, whether it settled."""

    factors: list[Floats]
    error: float
    converged: bool


def lay_modes(tensor: AffinityTensor, signs: str) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Drop modes of length one, and join signs to pairs unless they are a mode of their own."""
    n_frames, n_recordings, n_signs, n_pairs = tensor.values.shape
    middle = () if n_recordings == 1 else (n_recordings,)
    x, mask = tensor.values, tensor.known
    if signs == "mode":
        out = None if mask is None else mask.reshape(len(mask), *middle, 1, n_pairs)
        return x.reshape(n_frames, *middle, n_signs, n_pairs), out
    if mask is not None:
        mask = np.repeat(mask, n_signs, axis=2).reshape(len(mask), *middle, n_signs * n_pairs)
    return x.reshape(n_frames, *middle, n_signs * n_pairs), mask


def fit_once(problem: Problem, rank: int, *key: int | str) -> Fit:
    """Fit from one drawn start."""
    from interplay.ops.nonnegative import factorise, start_factors

    norm = float(np.sqrt(np.einsum("i,i->", problem.x.ravel(), problem.x.ravel(), dtype=np.float64)))
    start = start_factors(problem.x.shape, rank, norm, stream(problem.seed, "factor start", rank, *key))
    done = factorise(problem.x, start, mask=problem.mask, rounds=problem.rounds, tolerance=problem.tolerance)
    return Fit([_scaled(f) for f in _balanced(done.factors)], done.error, done.converged)


def _balanced(factors: list[Floats]) -> list[Floats]:
    """Give every mode but the last columns whose greatest value is 1; the last takes the scale."""
    out = [f.copy() for f in factors]
    for f in out[:-1]:
        top = f.max(axis=0)
        out[-1] = out[-1] * top
        f /= np.where(top > 0, top, 1.0)
    return out


def _scaled(factor: Floats) -> Floats:
    return np.ascontiguousarray(factor)


def congruence(a: Sequence[Floats], b: Sequence[Floats]) -> float:
    """Mean over components of the product over modes of cosines, components matched. 1: the same components.

    Parameters
    ----------
    a, b : K arrays (I_k, R) each

    Returns
    -------
    float, in [0, 1]
        A component that is zero agrees with nothing.
    """
    from scipy.optimize import linear_sum_assignment

    score = np.ones((a[0].shape[1], b[0].shape[1]))
    for left, right in zip(a, b, strict=True):
        size = np.outer(np.linalg.norm(left, axis=0), np.linalg.norm(right, axis=0))
        score *= np.divide(left.T @ right, size, out=np.zeros_like(size), where=size > 0)
    rows, columns = linear_sum_assignment(-score)
    return float(score[rows, columns].mean())


def stability(fits: Sequence[Fit]) -> tuple[Fit, float]:
    """Give the fit of least error, and the median congruence of the others with it (NaN if it is alone)."""
    best = min(fits, key=lambda fit: fit.error)
    others = [congruence(best.factors, fit.factors) for fit in fits if fit is not best]
    return best, float(np.median(others)) if others else float("nan")


def hidden_cells(problem: Problem, n_pairs: int, block: int, share: float, fold: int) -> NDArray[np.float32]:
    """Draw what one fold hides: blocks of frames of single pairs, in all recordings and both signs."""
    n_signs = problem.x.shape[-1] // n_pairs
    cells = held_out_cells(len(problem.x), n_pairs, block, share, problem.seed, fold)
    return np.tile(cells, (1, 1, 1, n_signs)).reshape(len(cells), *(1,) * (problem.x.ndim - 2), -1)


def held_out(problem: Problem, hidden: NDArray[np.float32], rank: int, *key: int | str) -> tuple[float, float]:
    """Fit without the hidden entries and give squared error and squared size on them."""
    seen = (1.0 - hidden) if problem.mask is None else problem.mask * (1.0 - hidden)
    seen = seen.astype(np.float32)
    # What the mask hides must be zero in the data, for the products over the data read it.
    own = problem._replace(x=problem.x * seen, mask=seen)
    fit = fit_once(own, rank, "held out", *key)
    return _compare(problem, hidden, fit.factors)


def held_out_mean(problem: Problem, hidden: NDArray[np.float32]) -> tuple[float, float]:
    """Give the same for each entry's mean over the frames that are not hidden: the trivial baseline."""
    seen = np.broadcast_to((1.0 - hidden) if problem.mask is None else problem.mask * (1.0 - hidden), problem.x.shape)
    total, count = np.zeros(problem.x.shape[1:]), np.zeros(problem.x.shape[1:])
    for t in range(len(problem.x)):
        total += problem.x[t] * seen[t]
        count += seen[t]
    mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0).reshape(1, -1)
    return _compare(problem, hidden, [np.ones((len(problem.x), 1)), mean.T])


def _compare(problem: Problem, hidden: NDArray[np.float32], factors: Sequence[Floats]) -> tuple[float, float]:
    from interplay.ops.nonnegative import khatri_rao

    rest = khatri_rao(factors[1:]) if len(factors) > 2 else factors[1]
    wrong = size = 0.0
    for part in _chunks(problem.x):
        x = problem.x[part].reshape(part.stop - part.start, -1)
        told = np.broadcast_to(hidden[part], problem.x[part].shape).reshape(x.shape)
        if problem.mask is not None:
            told = told * _rows(problem.mask, part, problem.x.shape).reshape(x.shape)
        model = factors[0][part] @ rest.T
        wrong += float((told * (x - model) ** 2).sum())
        size += float((told * x.astype(np.float64) ** 2).sum())
    return wrong, size


def _chunks(x: NDArray[Any]) -> list[slice]:
    step = max(_CHUNK // max(x[0].size, 1), 1)
    return [slice(k, min(k + step, len(x))) for k in range(0, len(x), step)]


def _rows(mask: NDArray[np.float32], part: slice, shape: tuple[int, ...]) -> NDArray[np.float32]:
    own = mask if len(mask) == 1 else mask[part]
    return np.broadcast_to(own, (part.stop - part.start, *shape[1:]))


def explained(problem: Problem, factors: Sequence[Floats]) -> Floats:
    """Share of the variance over time that is lost if one component alone is left out, (R,).

    Parameters
    ----------
    problem : Problem
    factors : K arrays (I_k, R), of frames first

    Returns
    -------
    (R,) float64 array
        On known entries, data and components less their means over the known frames of the entry. 0 where the data do
        not vary over time.
    """
    from interplay.ops.nonnegative import khatri_rao

    rest = khatri_rao(factors[1:]) if len(factors) > 2 else factors[1]
    rank = rest.shape[1]
    total, left, count = (np.zeros(len(rest)) for _ in range(3))
    time = np.zeros((len(rest), rank))
    squares, meets, sizes = 0.0, np.zeros(rank), np.zeros(rank)
    for x, f, seen in _parts(problem, factors[0]):
        wrong = seen * (x - f @ rest.T)
        total += x.sum(axis=0)
        left += wrong.sum(axis=0)
        count += seen.sum(axis=0)
        time += seen.T @ f
        squares += float((x**2).sum())
        meets += ((wrong @ rest) * f).sum(axis=0)
        sizes += ((seen @ rest**2) * f**2).sum(axis=0)
    room = np.maximum(count, 1.0)
    variance = squares - float((total**2 / room).sum())
    # Sums of products about the means of every entry, from raw sums.
    meets -= (rest * time * (left / room)[:, None]).sum(axis=0)
    sizes -= ((rest * time) ** 2 / room[:, None]).sum(axis=0)
    lost = 2.0 * meets + sizes
    return lost / variance if variance > 1e-12 * max(squares, 1e-300) else np.zeros(rank)


def _parts(problem: Problem, time: Floats) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Give data, activity and what is known, some frames at a time."""
    for part in _chunks(problem.x):
        x = problem.x[part].reshape(part.stop - part.start, -1).astype(np.float64)
        seen = np.ones_like(x)
        if problem.mask is not None:
            seen = _rows(problem.mask, part, problem.x.shape).reshape(x.shape).astype(np.float64)
        yield x, time[part], seen
