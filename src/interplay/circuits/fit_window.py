"""One window of `CircuitFit`: the convex fit, its block bootstrap, and its held-out score.

The loss of a unit is the sum over steps of F(z) - y z with z = (W x + u)_i and F' = phi. It is convex for every
nondecreasing phi, its gradient is sum (phi(z) - y) x, so it is minimised on average by the true weights whatever the
noise, and it is the Fenchel-Young loss of the unit's own activation cost: F*(y) = E_act(y) + y^2/2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.activations import Activation

Floats = NDArray[np.float64]

_MOST_STEPS = 40
_HALVINGS = 30
#: A step that lowers the loss by less than this share of the target's variation is the last.
_ENOUGH = 1e-9
_FOLDS = 4


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """One window, ready to be fitted.

    Attributes
    ----------
    x : (T, N + 1) float64 array
        States, and a last column of ones.
    y : (T, N) float64 array
    moved : (T,) float64 array
        How far the states move during the step toward what drives them.
    edges : (K + 1,) int64 array
        Blocks of steps.
    low, high : (N, N + 1) float64 arrays
        Bounds of every unit's weights and its drive; equal where held.
    ridge : (N, N + 1) float64 array
        Penalty 1/2 ridge w^2; 0 for the drive.
    present : (N,) bool array
        Units whose own equation can be fitted.
    cross : (K, N, N + 1) float64 array or None
        Sums of y x' over the blocks where they are known better than step by step: of what every spike finds. None:
        those of `x` and `y`, after `x` has been moved to its mean over the step.
    """

    x: Floats
    y: Floats
    moved: Floats
    edges: NDArray[np.int64]
    low: Floats
    high: Floats
    ridge: Floats
    present: NDArray[np.bool_]
    cross: Floats | None = None

    def crosses(self) -> Floats:
        """Sum y x' over the blocks."""
        if self.cross is not None:
            return self.cross
        cuts = zip(self.edges[:-1], self.edges[1:], strict=True)
        return np.array([self.y[a:b].T @ self.x[a:b] for a, b in cuts])

    def foreseen(self, phi: Activation, weights: Floats) -> Floats:
        """Give the means of y under some weights (N, N + 1)."""
        toward = phi(self.x @ weights.T)
        if self.cross is None:
            return toward
        n = self.y.shape[1]
        mean = self.x.copy()
        mean[:, :n] += self.moved[:, None] * (toward - self.x[:, :n])
        return phi(mean @ weights.T)


@dataclass(frozen=True, eq=False, slots=True)
class WindowFit:
    """What one window gave.

    Attributes
    ----------
    weights : (N, N) float64 array
    drive : (N,) float64 array
    draws : (B, N, N) float64 array
    score : dict of str to float
    converged : bool
    """

    weights: Floats
    drive: Floats
    draws: Floats
    score: dict[str, float]
    converged: bool


def fit_window(phi: Activation, design: Design, draws: int, rng: np.random.Generator) -> WindowFit:
    """Fit, resample and score one window.

    Parameters
    ----------
    phi : Activation
    design : Design
    draws : int, >= 0
        Resamples of whole blocks.
    rng : numpy.random.Generator

    Returns
    -------
    WindowFit
    """
    from interplay.ops.signed_regression import signed_quadratics

    n = design.y.shape[1]
    at, converged = _minimise(phi, design, start_of(phi, design.y, design.present, float(len(design.y))))
    if design.cross is None and design.moved.any():
        toward = phi(design.x @ at.T) * design.present
        x = design.x.copy()
        x[:, :n] += design.moved[:, None] * toward
        design = replace(design, x=x)
        at, converged = _minimise(phi, design, at)
    here = _Local.around(phi, design, at)
    blocks = len(design.edges) - 1
    counts = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws).astype(np.float64)
    fold = np.arange(blocks) % min(_FOLDS, blocks)
    trained = (fold[None, :] != np.arange(fold.max() + 1)[:, None]).astype(np.float64)
    chosen = np.concatenate([counts, trained])
    plain = np.tensordot(chosen, here.plain, axes=1)
    moved = np.empty((len(chosen), n, n + 1))
    for i in np.flatnonzero(design.present).tolist():
        gram = here.grams(i, chosen, plain)
        slope = chosen @ here.slope[:, i] + design.ridge[i] * at[i]
        gram[:, np.arange(n + 1), np.arange(n + 1)] += design.ridge[i]
        linear = gram @ at[i] - slope
        w = np.tile(at[i], (len(chosen), 1))
        low, high = np.tile(design.low[i], (len(chosen), 1)), np.tile(design.high[i], (len(chosen), 1))
        signed_quadratics(gram, False, linear, low, high, w)
        moved[:, i] = w
    moved[:, ~design.present] = at[~design.present]
    score = _scores(phi, design, moved[draws:], fold)
    return WindowFit(at[:, :n], at[:, n], moved[:draws, :, :n], score, converged)


def start_of(phi: Activation, y: Floats, present: NDArray[np.bool_], duration_s: float) -> Floats:
    """Give weights of 0, and the drive that alone gives each unit its mean; (N, N + 1).

    A unit that never moved gets the drive of its own constant; where only infinite drive would do, that of half an
    event in the window.
    """
    n = y.shape[1]
    out = np.zeros((n, n + 1))
    mean = y.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        drive = phi.inverse(mean)
        bare = phi.inverse(np.full(n, 0.5 / duration_s))
    out[:, n] = np.where(np.isfinite(drive), drive, np.where(np.isfinite(bare), bare, 0.0))
    return out


@dataclass(frozen=True, eq=False, slots=True)
class _Local:
    """The loss around a point, block by block: gradient (K, N, D) and what its curvature is made of."""

    slope: Floats
    plain: Floats
    curve: Floats
    x: Floats
    edges: NDArray[np.int64]

    @classmethod
    def around(cls, phi: Activation, design: Design, at: Floats) -> _Local:
        blocks, width = len(design.edges) - 1, design.x.shape[1]
        z = design.x @ at.T
        rate = phi(z)
        slope = -design.crosses()
        plain = np.zeros((blocks, width, width))
        for k in range(blocks):
            part = slice(design.edges[k], design.edges[k + 1])
            slope[k] += rate[part].T @ design.x[part]
            plain[k] = design.x[part].T @ design.x[part]
        return cls(slope, plain, np.ascontiguousarray(phi.slope(z).T), design.x, design.edges)

    def grams(self, unit: int, counts: Floats, plain: Floats) -> Floats:
        """Sum the curvature of one unit's loss over chosen blocks, (B, D, D); `plain` is that sum for slope 1."""
        from interplay.ops.signed_regression import block_grams

        curve, width = self.curve[unit], self.x.shape[1]
        usual = 1.0 if (curve == 1.0).mean() >= 0.5 else 0.0
        if usual and (curve == 1.0).all():
            return plain.copy()
        rest = np.zeros_like(self.plain)
        block_grams(self.x, curve - usual, self.edges, rest)
        return (counts @ rest.reshape(len(rest), -1)).reshape(len(counts), width, width) + usual * plain


def _minimise(phi: Activation, design: Design, start: Floats) -> tuple[Floats, bool]:
    """Newton's method with bounds: a quadratic problem with signs at every step, halved while it overshoots."""
    from interplay.ops.signed_regression import block_grams, signed_quadratics

    x, y = design.x, design.y
    width = x.shape[1]
    at = np.clip(start, design.low, design.high)
    plain = x.T @ x
    whole = np.array([0, len(x)])
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0) + 1e-300
    z = x @ at.T
    cross = design.crosses().sum(axis=0)
    active = design.present.copy()
    for _ in range(_MOST_STEPS):
        which = np.flatnonzero(active)
        if not len(which):
            return at, True
        slope = phi(z[:, which]).T @ x - cross[which] + design.ridge[which] * at[which]
        curve = np.ascontiguousarray(phi.slope(z[:, which]).T)
        gram = np.empty((len(which), width, width))
        for k in range(len(which)):
            usual = 1.0 if (curve[k] == 1.0).mean() >= 0.5 else 0.0
            gram[k] = plain * usual
            block_grams(x, curve[k] - usual, whole, gram[k : k + 1])
        gram[:, np.arange(width), np.arange(width)] += design.ridge[which]
        # Where phi is flat the curvature says nothing of the drive: a trace of the plain one keeps the step finite.
        gram += 1e-6 * plain
        linear = np.einsum("kij,kj->ki", gram, at[which]) - slope
        to = at[which].copy()
        signed_quadratics(gram, False, linear, design.low[which], design.high[which], to)
        move = to - at[which]
        gain = -(slope * move).sum(axis=1)
        share = _shares(phi, design, which, cross, z, at, move, gain)
        at[which] += share[:, None] * move
        z[:, which] = x @ at[which].T
        active[which[gain <= _ENOUGH * spread[which]]] = False
    return at, not active.any()


def _shares(
    phi: Activation,
    design: Design,
    which: NDArray[np.int64],
    cross: Floats,
    z: Floats,
    at: Floats,
    move: Floats,
    gain: Floats,
) -> Floats:
    """Give how much of each unit's step to take: halved while the loss rises steeply at its end."""
    along = design.x @ move.T
    share = np.ones(len(which))
    ridge = design.ridge[which]
    wanted = (cross[which] * move).sum(axis=1)
    for _ in range(_HALVINGS):
        end = z[:, which] + share * along
        slope = (phi(end) * along).sum(axis=0) - wanted
        slope += (ridge * (at[which] + share[:, None] * move) * move).sum(axis=1)
        over = slope > 0.5 * gain + 1e-300
        if not over.any():
            break
        share = np.where(over, share / 2, share)
    return share


def _scores(phi: Activation, design: Design, trained: Floats, fold: NDArray[np.int64]) -> dict[str, float]:
    """Score on blocks left out: 1 - squared error / variation of the window, mean over the units that moved."""
    units = np.flatnonzero(design.present)
    names = ("circuit", "own past", "constant rate")
    if not len(units) or fold.max() < 1:
        return dict.fromkeys(names, float("nan"))
    sizes = np.diff(design.edges)
    owner = np.repeat(fold, sizes)
    y = design.y[:, units]
    error = dict.fromkeys(names, 0.0)
    total = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    own = _own_past(phi, design, units, fold)
    for f in range(len(trained)):
        test = owner == f
        here = y[test]
        foreseen = design.foreseen(phi, trained[f])[test][:, units]
        error["circuit"] = error["circuit"] + ((foreseen - here) ** 2).sum(axis=0)
        z = design.x[test][:, units] * own[f, 0] + own[f, 1]
        error["own past"] = error["own past"] + ((phi(z) - here) ** 2).sum(axis=0)
        error["constant rate"] = error["constant rate"] + ((y[~test].mean(axis=0) - here) ** 2).sum(axis=0)
    return {name: float(np.mean(1 - error[name] / total)) for name in names}


def _own_past(phi: Activation, design: Design, units: NDArray[np.int64], fold: NDArray[np.int64]) -> Floats:
    """Fit every unit to its own past alone, each fold left out; (F, 2, n): own weight of any sign, and drive.

    Like the circuit: a fit to all blocks, then one Newton step to those kept.
    """
    x, y = design.x[:, units], design.y[:, units]
    ridge = design.ridge[units, units]
    w, u = np.zeros(len(units)), start_of(phi, y, np.ones(len(units), bool), float(len(y)))[:, -1]
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    for _ in range(_MOST_STEPS):
        terms = _own_terms(phi, x, y, w, u)
        dw, du, gain = _own_step(terms.sum(axis=1), w, ridge)
        along = x * dw + du
        share = np.ones(len(units))
        for _ in range(_HALVINGS):
            end = phi(x * (w + share * dw) + u + share * du) - y
            over = (end * along).sum(axis=0) + ridge * (w + share * dw) * dw > 0.5 * gain + 1e-300
            if not over.any():
                break
            share = np.where(over, share / 2, share)
        w, u = w + share * dw, u + share * du
        if (gain <= 1e-6 * spread).all():
            break
    terms = np.add.reduceat(_own_terms(phi, x, y, w, u), design.edges[:-1], axis=1)
    out = np.empty((fold.max() + 1, 2, len(units)))
    for f in range(len(out)):
        dw, du, _ = _own_step(terms[:, fold != f].sum(axis=1), w, ridge)
        out[f] = w + dw, u + du
    return out


def _own_terms(phi: Activation, x: Floats, y: Floats, w: Floats, u: Floats) -> Floats:
    """Give gradient and curvature of the loss in (w, u), step by step: (5, T, n)."""
    z = x * w + u
    wrong, curve = phi(z) - y, phi.slope(z) + 1e-6
    return np.stack([wrong * x, wrong, curve * x * x, curve * x, curve])


def _own_step(terms: Floats, w: Floats, ridge: Floats) -> tuple[Floats, Floats, Floats]:
    """Give Newton's step in (w, u) and the slope along it, for (5, n) sums."""
    g0, g1, h00, h01, h11 = terms
    g0, h00 = g0 + ridge * w, h00 + ridge
    det = h00 * h11 - h01 * h01
    good = det > 1e-12 * h00 * h11
    det = np.where(good, det, 1.0)
    dw = np.where(good, -(h11 * g0 - h01 * g1) / det, 0.0)
    du = np.where(good, -(h00 * g1 - h01 * g0) / det, -g1 / h11)
    return dw, du, -(g0 * dw + g1 * du)
