"""A pair of populations whose one parameter moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, unknown_name
from interplay.circuits.circuit import RateCircuit

if TYPE_CHECKING:
    from interplay.circuits.wilson_cowan import WilsonCowan

Floats = NDArray[np.float64]

#: Parameters, and where each enters: weights (row, column, sign), drive (unit), or time constants.
WEIGHTS = {"w_ee": (0, 0, 1.0), "w_ei": (0, 1, -1.0), "w_ie": (1, 0, 1.0), "w_ii": (1, 1, -1.0)}
DRIVES = {"u_e": 0, "u_i": 1}
TIMES = ("tau_e", "tau_i")


@dataclass(frozen=True)
class Family:
    """The circuits and inputs of a pair over one parameter.

    Parameters
    ----------
    pair : WilsonCowan
    base_drive : (2,) float64 array
    parameter : str
        A strength, "u_e", "u_i", "tau_e" or "tau_i".
    """

    pair: WilsonCowan
    base_drive: Floats
    parameter: str
    base: RateCircuit = field(init=False)
    weights_slope: Floats = field(init=False)
    drive_slope: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Check the name and write down what moves."""
        known = (*WEIGHTS, *DRIVES, *TIMES)
        if self.parameter not in known:
            raise ConfigError(unknown_name("parameter", self.parameter, known))
        weights, drive = np.zeros((2, 2)), np.zeros(2)
        if self.parameter in WEIGHTS:
            row, column, sign = WEIGHTS[self.parameter]
            weights[row, column] = sign
        elif self.parameter in DRIVES:
            drive[DRIVES[self.parameter]] = 1.0
        object.__setattr__(self, "base", self.pair.circuit())
        object.__setattr__(self, "weights_slope", weights)
        object.__setattr__(self, "drive_slope", drive)

    def circuit(self, value: float) -> RateCircuit:
        """Give the circuit at one value."""
        if self.parameter in DRIVES:
            return self.base
        weights = self.base.weights
        if self.parameter in WEIGHTS:
            row, column, sign = WEIGHTS[self.parameter]
            weights = weights.copy()
            weights[row, column] = sign * value
        return RateCircuit(weights, self.base.phi, self.tau(value), sign=self.base.sign, names=self.base.names)

    def require(self, *values: float) -> None:
        """Refuse values that the parameter cannot take."""
        for value in values if self.parameter not in DRIVES else ():
            self.pair.with_parameter(self.parameter, value)

    def tau(self, value: float) -> Floats:
        """Give the time constants at one value."""
        tau = self.base.tau.copy()
        if self.parameter in TIMES:
            tau[TIMES.index(self.parameter)] = value
        return tau

    def drive(self, value: float) -> Floats:
        """Give the input at one value."""
        u = self.base_drive.copy()
        if self.parameter in DRIVES:
            u[DRIVES[self.parameter]] = value
        return u
