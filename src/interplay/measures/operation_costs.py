"""Arithmetic energy of a network's answers, from operations that were counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class OperationCost:
    """What an operation costs.

    Parameters
    ----------
    accumulate_pj : float, pJ, > 0
        Of an addition: a spike of 0 or 1, or a sign, needs no product.
    multiply_pj : float, pJ, > 0
        Of a multiplication by itself.
    about : str
        What arithmetic on what hardware, and who says so.

    Raises
    ------
    ConfigError
        If a cost is not above 0.
    """

    accumulate_pj: float
    multiply_pj: float
    about: str

    def __post_init__(self) -> None:
        for name in ("accumulate_pj", "multiply_pj"):
            require_setting(name, getattr(self, name), above=0, below=math.inf)

    @property
    def multiply_accumulate_pj(self) -> float:
        """Of a product that is added up, pJ."""
        return self.accumulate_pj + self.multiply_pj


#: Arithmetic of 32-bit floating-point numbers: 0.9 pJ to add, 3.7 pJ to multiply.
FLOAT32_45NM = OperationCost(
    accumulate_pj=0.9, multiply_pj=3.7, about="32-bit floating point, 45 nm, 0.9 V (Horowitz 2014)"
)
#: Arithmetic of 16-bit floating-point numbers: 0.4 pJ to add, 1.1 pJ to multiply.
FLOAT16_45NM = OperationCost(
    accumulate_pj=0.4, multiply_pj=1.1, about="16-bit floating point, 45 nm, 0.9 V (Horowitz 2014)"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikeEnergy:
    """Operations of one answer, and the energy of their arithmetic.

    Attributes
    ----------
    layers : (L,) text array
    accumulates, multiplies : (L, S) float64 arrays
        Operations per layer and sample: additions, and products that are added up.
    dense : (L,) float64 array
        Products that are added up in the same layer of a network of analogue units that runs each step.
    updates : float
        Products that are added up to move the units' own state, per answer.
    draws : int
        Networks asked for one answer.
    nanojoule : (S,) float64 array, nJ
        Of one answer.
    dense_nanojoule : float, nJ
        Of one answer of the analogue network, asked once.
    cost : OperationCost
    """

    layers: NDArray[np.str_]
    accumulates: NDArray[np.float64]
    multiplies: NDArray[np.float64]
    dense: NDArray[np.float64]
    updates: float
    draws: int
    nanojoule: NDArray[np.float64]
    dense_nanojoule: float
    cost: OperationCost

    @property
    def ratio(self) -> float:
        """Energy of the analogue network over that of this one, mean sample; above 1 where spikes save."""
        mean = float(self.nanojoule.mean())
        return self.dense_nanojoule / mean if mean else math.inf


def spike_energy(
    accumulates: Mapping[str, ArrayLike],
    multiplies: Mapping[str, ArrayLike],
    dense: Mapping[str, float],
    *,
    updates: float = 0.0,
    draws: int = 1,
    cost: OperationCost = FLOAT32_45NM,
) -> SpikeEnergy:
    """Turn counted operations into the energy of their arithmetic.

    Parameters
    ----------
    accumulates, multiplies : mapping of layer to (S,) float array, >= 0
        Per sample and network asked, as `Predictions` counts them; a layer that is missing has none.
    dense : mapping of layer to float, >= 0
        Of every layer: multiply-accumulates of analogue units.
    updates : float, >= 0
        Multiply-accumulates of the units themselves per network asked: one per membrane and step.
    draws : int, >= 1
        Networks asked for one answer: their operations add up.
    cost : OperationCost

    Returns
    -------
    SpikeEnergy

    Raises
    ------
    DataError
        If a layer is not in `dense`, or a count is negative or not finite.
    ConfigError
        If `draws` is below 1.

    Notes
    -----
    Arithmetic only. Left out: reading weights and states (64 bits from a 1 MB cache cost about 100 pJ and from DRAM
    over 1000 pJ in the same table, far more than any sum here), random numbers, routing of spikes, clock and leakage.
    The ratio says how many operations spikes save, not what a chip draws.

    References
    ----------
    Horowitz (2014), ISSCC, figure 1.1.9.

    Examples
    --------
    >>> found = spike_energy({"a": [100.0]}, {}, {"a": 1000.0})
    >>> float(found.nanojoule[0]), round(found.dense_nanojoule, 3), round(found.ratio, 1)
    (0.09, 4.6, 51.1)
    """
    require_setting("draws", draws, least=1, whole=True)
    names = list(dense)
    shapes = Shapes()
    counted = []
    for argument, given in (("accumulates", accumulates), ("multiplies", multiplies)):
        unknown = next((name for name in given if name not in dense), None)
        if unknown is not None:
            raise DataError(f"`dense` must name every layer, but {unknown!r} of `{argument}` is missing. Add it.")
        counted.append({k: _counts(f"{argument}[{k!r}]", v, shapes) for k, v in given.items()})
    if "S" not in shapes.sizes:
        raise DataError("`accumulates` or `multiplies` must hold a layer, got none. Give the counts of one.")
    full = _counts("dense", [float(v) for v in dense.values()], Shapes(), axis="L")
    own = float(_counts("updates", [updates], Shapes())[0])
    nothing = np.zeros(shapes.sizes["S"])
    added, multiplied = (np.array([part.get(name, nothing) for name in names]) for part in counted)
    mac = cost.multiply_accumulate_pj
    picojoule = draws * (cost.accumulate_pj * added.sum(axis=0) + mac * (multiplied.sum(axis=0) + own))
    return SpikeEnergy(
        layers=np.array(names),
        accumulates=added,
        multiplies=multiplied,
        dense=full,
        updates=own,
        draws=draws,
        nanojoule=picojoule / 1000,
        dense_nanojoule=float(mac * full.sum() / 1000),
        cost=cost,
    )


def _counts(name: str, values: ArrayLike, shapes: Shapes, axis: str = "S") -> NDArray[np.float64]:
    found = shapes.array(name, values, axis).astype(np.float64)
    if (found < 0).any():
        raise DataError(f"`{name}` must not be negative, got {found.min():g}. Give counts.")
    return found
