"""From fits of windows to one dynamic Bayesian result: arrays over all units, snapshots, and what to warn of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.infer.bayes_results import PenaltyPath, ScaleFit

Floats = NDArray[np.float64]
Report = Literal["strongest", "sum", "instant", "lagged"]

#: Above this share of directed paths with rising variance, or with this share of edges lost, a reader is warned.
_TELLING = 0.75
_LOST = 0.25


class Rows(NamedTuple):
    """A window's samples beside their past, of the units that are there, centred and divided by 2**power.

    Of `found` rows that are whole; `short` where these are too few for a fit.
    """

    centred: Floats
    deviation: Floats
    present: NDArray[np.bool_]
    dropped: int
    found: int
    short: bool = False
    power: int = 0


class Fit(NamedTuple):
    """One fit of one window, on the d units that are there; fields as in `ScaleFit`, weights (p + 1, d, d)."""

    weights: Floats
    order: NDArray[np.int64] | None
    cyclicity: float
    cut: float
    objective: float
    penalties: tuple[float, float]
    rounds: int
    evaluations: int
    converged: bool


class Steps(NamedTuple):
    """The fits of one window along falling penalties."""

    factor: Floats
    n_edges: NDArray[np.int64]
    bic: Floats
    chosen: int


class Window(NamedTuple):
    """What one window gave; no fits where no unit is there. `still`: replicates where some unit does not vary."""

    rows: Rows
    fits: dict[str, Fit]
    stability: Floats | None
    steps: Steps | None
    still: int


def spread(small: Floats, present: NDArray[np.bool_]) -> Floats:
    """Lay (L, d, d) values of the units that are there out over all, NaN elsewhere."""
    n = len(present)
    out = np.full((len(small), n, n), np.nan)
    out[:, present[:, None] & present] = small.reshape(len(small), -1)
    return out


def scale_fit(windows: Sequence[Window], scale: str, lags: int) -> ScaleFit:
    """Gather one scale's fits of all windows."""
    n = len(windows[0].rows.present)
    weights = np.full((len(windows), lags + 1, n, n), np.nan)
    order = np.full((len(windows), n), -1, dtype=np.int64)
    numbers = np.full((len(windows), 5), np.nan)
    counts = np.zeros((len(windows), 2), dtype=np.int64)
    converged = np.ones(len(windows), dtype=bool)
    for s, window in enumerate(windows):
        if not window.fits:
            continue
        fit = window.fits[scale]
        weights[s] = spread(fit.weights, window.rows.present)
        if fit.order is not None:
            order[s, : len(fit.order)] = np.flatnonzero(window.rows.present)[fit.order]
        numbers[s] = fit.cyclicity, fit.cut, fit.objective, *fit.penalties
        counts[s] = fit.rounds, fit.evaluations
        converged[s] = fit.converged
    return ScaleFit(
        weights=weights,
        order=order,
        cyclicity=numbers[:, 0],
        cut=numbers[:, 1],
        objective=numbers[:, 2],
        penalties=numbers[:, 3:],
        rounds=counts[:, 0],
        evaluations=counts[:, 1],
        converged=converged,
    )


def penalty_path(windows: Sequence[Window], length: int) -> PenaltyPath:
    """Gather the paths of all windows."""
    factor, bic = np.full((len(windows), length), np.nan), np.full((len(windows), length), np.nan)
    n_edges = np.zeros((len(windows), length, 2), dtype=np.int64)
    chosen = np.full(len(windows), -1, dtype=np.int64)
    for s, window in enumerate(windows):
        if window.steps is not None:
            factor[s], n_edges[s], bic[s], chosen[s] = window.steps
    return PenaltyPath(factor=factor, n_edges=n_edges, bic=bic, chosen=chosen)


def one_weight(weights: Floats, report: Report) -> Floats:
    """Turn (S, p + 1, N, N) coefficients into one weight per pair, (S, N, N)."""
    if report == "instant":
        return weights[:, 0]
    if report == "sum":
        return np.asarray(weights.sum(axis=1))
    used = weights[:, 1:] if report == "lagged" else weights
    size = np.where(np.isnan(used), 0.0, np.abs(used))
    return np.take_along_axis(used, size.argmax(axis=1)[:, None], axis=1)[:, 0]


def network(weights: Floats, bounds: Floats, report: Report) -> Snapshots:
    """Make snapshots of the pairs whose one weight is not zero."""
    present = ~np.isnan(np.diagonal(weights[:, 0], axis1=1, axis2=2))
    dense = np.where(np.isnan(weights), 0.0, weights)
    return Snapshots.from_dense(one_weight(dense, report), bounds, directed=True, present=present)


def compare_scales(windows: Sequence[Window]) -> tuple[Floats, Floats]:
    """Give, per window, the varsortability of the raw fit and the share of its edges that the other scale loses."""
    from interplay.ops.acyclic import varsortability

    told, lost = np.full(len(windows), np.nan), np.full(len(windows), np.nan)
    for s, window in enumerate(windows):
        if len(window.fits) < 2:
            continue
        raw, other = (window.fits[k].weights[0] != 0 for k in ("raw", "standardised"))
        if raw.any():
            told[s] = varsortability(raw, window.rows.deviation[: len(raw)] ** 2)
            lost[s] = 1.0 - (raw & other).sum() / raw.sum()
    return told, lost


def warnings(
    windows: Sequence[Window], told: Floats, lost: Floats, lags: int, shown: str, replicates: int
) -> tuple[str, ...]:
    """Say what a reader must know."""
    notes = _gaps(windows, lags)
    still = [s for s, w in enumerate(windows) if w.still]
    if still:
        most = max(w.still for w in windows)
        notes.append(
            f"In {len(still)} of {len(windows)} windows (the first: {still[0]}) a unit does not vary in some of the "
            f"{replicates} bootstrap replicates, up to {most} of them: stability of its edges rests on the others."
        )
    bad = [s for s, w in enumerate(windows) if any(not fit.converged for fit in w.fits.values())]
    if bad:
        notes.append(
            f"In {len(bad)} of {len(windows)} windows (the first: {bad[0]}) the solver did not converge on at least "
            "one scale: raise `max_rounds` or the penalties."
        )
    cyclic = [s for s, w in enumerate(windows) if any(fit.order is None for fit in w.fits.values())]
    if cyclic:
        notes.append(
            f"In {len(cyclic)} of {len(windows)} windows (the first: {cyclic[0]}) instantaneous edges above `cut_w` "
            "form a cycle on at least one scale. Raise `cut_w`, or set it to None."
        )
    few = sum(len(w.rows.centred) < (lags + 1) * w.rows.present.sum() for w in windows)
    if few:
        notes.append(f"{few} of {len(windows)} windows have fewer rows than a unit has coefficients.")
    telling = (told > _TELLING) & (lost > _LOST)
    if telling.any():
        s = int(np.argmax(telling))
        notes.append(
            f"Varsortability warning: in {int(telling.sum())} of {len(windows)} windows (the first: {s}) the raw fit's "
            f"instantaneous edges run from low to high variance ({told[s]:.2f} of directed paths), and {lost[s]:.2f} "
            "of them are reversed or gone once units are standardised: directions may come from the scale alone. "
            f"The snapshots show the {shown} fit; the result holds both."
        )
    return tuple(notes)


def _gaps(windows: Sequence[Window], lags: int) -> list[str]:
    """Say which windows, units and rows are not there."""
    notes = []
    short = [s for s, w in enumerate(windows) if w.rows.short]
    if short:
        notes.append(
            f"{len(short)} of {len(windows)} windows (the first: {short[0]}) hold fewer than three samples with {lags} "
            "samples before them: no unit is present there."
        )
    absent = ~np.array([w.rows.present for w in windows if not w.rows.short])
    if absent.any():
        notes.append(
            f"{int(absent.any(axis=0).sum())} of {absent.shape[1]} units are constant or incomplete in at least one "
            "window and absent there: their effects are undefined, not zero."
        )
    dropped = sum(w.rows.dropped for w in windows)
    if dropped:
        notes.append(f"{dropped} rows with a missing value are left out, which is right where they are so by chance.")
    return notes
