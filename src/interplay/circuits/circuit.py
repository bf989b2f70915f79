"""RateCircuit: a network of firing-rate units, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.circuits.activations import Activation, activation

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RateCircuit:
    """N rate units: tau_i dx_i/dt = -x_i + phi_i((W x + u)_i).

    Parameters
    ----------
    weights : (N, N) float array
        `weights[post, pre]`: onto the row's unit from the column's.
    phi : str, Activation, or sequence of N of them
        What turns a unit's input into its rate.
    tau : float or (N,) float array, > 0, s
        Time constants. (Any other unit of time will do, if every duration is in the same.)
    sign : (N,) int array in {-1, 0, +1} or None
        Inhibitory, unknown, excitatory: Dale's law is demanded of the columns of units with a sign.
    delay : (N, N) float array, >= 0, s, or None
        `delay[post, pre]`; None: no delays. Stability results are for no delays and say so.
    names : (N,) text array or None
        "0", "1", ... where None.

    Raises
    ------
    DataError
        If `weights` is not square or not finite, a time constant is not positive, or a column breaks Dale's law.
    ConfigError
        If an activation is unknown.
    """

    weights: Floats
    phi: str | Activation | Sequence[str | Activation] = "relu"
    tau: float | ArrayLike = 1.0
    sign: NDArray[np.int64] = field(default=cast(Any, None), kw_only=True)
    delay: Floats | None = field(default=None, kw_only=True)
    names: NDArray[np.str_] = field(default=cast(Any, None), kw_only=True)

    def __post_init__(self) -> None:
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or not weights.size:
            raise DataError(
                f"`weights` must be a square matrix, one row and column per unit, got shape {weights.shape}."
            )
        n = len(weights)
        shapes = Shapes(N=n)
        object.__setattr__(self, "weights", shapes.array("weights", weights, "N N"))
        object.__setattr__(self, "tau", shapes.array("tau", np.broadcast_to(np.asarray(self.tau, float), n), "N"))

    @property
    def n_units(self) -> int:
        """Number of units N."""
        return len(self.weights)

    @property
    def activations(self) -> tuple[Activation, ...]:
        """Every unit's activation."""
        phi = (self.phi,) * self.n_units if isinstance(self.phi, str | Activation) else tuple(self.phi)
        return tuple(p if isinstance(p, Activation) else activation(p) for p in phi)

    @cached_property
    def digest(self) -> str:
        """Hash of everything that defines it."""
        return digest(self.weights, self.tau, self.activations, self.sign, self.delay)
