"""Where in the plane of two parameters a pair is diagonally stable, and in which regime it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_increasing
from interplay._core.errors import ConfigError
from interplay._core.provenance import digest
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive
from interplay.circuits.family import DRIVES, TIMES, WEIGHTS, Family
from interplay.circuits.motif_results import RegionResult
from interplay.circuits.sweep import late_runs, situations
from interplay.ops.planar import planar_margin

if TYPE_CHECKING:
    from interplay.circuits.wilson_cowan import WilsonCowan

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RegionConfig:
    """Settings of `region`.

    Attributes
    ----------
    pair : WilsonCowan
    simulate : bool
    """

    pair: WilsonCowan
    simulate: bool = True


def region(
    pair: WilsonCowan,
    parameters: tuple[str, str],
    first: ArrayLike,
    second: ArrayLike,
    drive: ArrayLike,
    *,
    simulate: bool = True,
) -> RegionResult:
    """Map margin and regime over two parameters.

    Parameters
    ----------
    pair : WilsonCowan
    parameters : (str, str)
        Two different ones of "w_ee", "w_ei", "w_ie", "w_ii", "u_e", "u_i", "tau_e", "tau_i".
    first, second : (A,) and (B,) float arrays, strictly increasing
        Values of each.
    drive : (2,) float array
    simulate : bool
        Whether cycles and escapes are looked for; without, only the equilibria speak.

    Returns
    -------
    RegionResult
        `boundary` holds, where "w_ee" is one of the two, the thresholds of `WilsonCowan.thresholds` as curves.

    Raises
    ------
    ConfigError
        If a parameter is unknown or both are the same.
    DataError
        If the values do not increase, or `drive` does not fit.

    Notes
    -----
    Cost O(A B), about ten simulated runs each, all together.
    """
    if parameters[0] == parameters[1]:
        raise ConfigError(f"`parameters` must be two different ones, got {parameters}. For one, use `bifurcation`.")
    axes = []
    for name, values in zip(("first", "second"), (first, second), strict=True):
        axis = Shapes().array(name, values, "A")
        require_increasing(name, axis, strictly=True, remedy="Sort it and drop repeats.")
        axes.append(axis)
    base = pair.circuit()
    u = require_drive(base, drive)
    for name, axis in zip(parameters, axes, strict=True):
        Family(pair, u, name).require(float(axis[0]), float(axis[-1]))
    grid = [(a, b) for b in axes[1] for a in axes[0]]
    places = [_place(base, u, parameters, point) for point in grid]
    circuits, drives = [c for c, _ in places], np.array([v for _, v in places])
    told, fates = situations(circuits, drives, simulate=simulate)
    shape = (len(axes[1]), len(axes[0]))
    bounded = bool(np.isfinite(circuits[0].max_slopes).all())
    matrices = np.array([c.stability_matrix for c in circuits]) if bounded else None
    margin = planar_margin(matrices)[0] if matrices is not None else np.full(len(grid), np.nan)
    return RegionResult(
        config=RegionConfig(pair=pair, simulate=simulate),
        made_from=digest(pair, u, list(parameters), axes),
        citations=("wilson1972excitatory",),
        parameters=parameters,
        first=axes[0],
        second=axes[1],
        margin=margin.reshape(shape),
        regime=np.array([s.word for s in told]).reshape(shape),
        boundary=_boundaries(pair, parameters, axes) if bounded else {},
        notes=late_runs(parameters, np.array(grid), fates)
        + (() if bounded else ("No margin: the slope of an activation has no bound.",)),
    )


def _place(
    base: RateCircuit, u: Floats, parameters: tuple[str, str], point: tuple[float, float]
) -> tuple[RateCircuit, Floats]:
    weights, tau, drive = base.weights.copy(), base.tau.copy(), u.copy()
    for name, value in zip(parameters, point, strict=True):
        if name in DRIVES:
            drive[DRIVES[name]] = value
        elif name in TIMES:
            tau[TIMES.index(name)] = value
        else:
            row, column, sign = WEIGHTS[name]
            weights[row, column] = sign * value
    return RateCircuit(weights, base.phi, tau, sign=base.sign, names=base.names), drive


def _boundaries(pair: WilsonCowan, parameters: tuple[str, str], axes: list[Floats]) -> dict[str, Floats]:
    """Trace the thresholds of w_ee over the other parameter."""
    if "w_ee" not in parameters:
        return {}
    own = parameters.index("w_ee")
    other, along = parameters[1 - own], axes[1 - own]
    curves: dict[str, Floats] = {}
    for name in ("self_regulation", "oscillation", "saddle"):
        at = [
            (pair if other in DRIVES else pair.with_parameter(other, float(value))).thresholds()[name]
            for value in along
        ]
        curve = np.empty((len(along), 2))
        curve[:, own], curve[:, 1 - own] = at, along
        curves[name] = curve
    return curves
