"""The activation functions of rate units, and the cost that each one minimises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, unknown_name

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one family of activations.

    Attributes
    ----------
    code : int
        Number by which compiled kernels know it.
    parameters : tuple of (name, default, lowest, highest)
        Open interval of each parameter, infinite where free.
    domain : callable of the parameters to (low, high)
        Rates that the unit can take.
    max_slope : callable of the parameters to float
        Largest slope L; inf where there is none.
    formula : str
    """

    code: int
    parameters: tuple[tuple[str, float, float, float], ...]
    domain: Callable[..., tuple[float, float]]
    max_slope: Callable[..., float]
    formula: str


_INF = float("inf")
#: Every activation by its name.
ACTIVATIONS: dict[str, Kind] = {
    "identity": Kind(0, (), lambda: (-_INF, _INF), lambda: 1.0, "z"),
    "relu": Kind(1, (), lambda: (0.0, _INF), lambda: 1.0, "max(z, 0)"),
    "clip": Kind(2, (("top", 1.0, 0.0, _INF),), lambda top: (0.0, top), lambda top: 1.0, "min(max(z, 0), top)"),
    "threshold_linear": Kind(
        3,
        (("gain", 1.0, 0.0, _INF), ("threshold", 0.0, -_INF, _INF)),
        lambda gain, threshold: (0.0, _INF),
        lambda gain, threshold: gain,
        "gain max(z - threshold, 0)",
    ),
    "leaky_relu": Kind(
        4,
        (("slope", 0.1, 0.0, _INF),),
        lambda slope: (-_INF, _INF),
        lambda slope: max(1.0, slope),
        "z, slope z if z < 0",
    ),
    "soft_threshold": Kind(
        5, (("threshold", 0.5, 0.0, _INF),), lambda t: (-_INF, _INF), lambda t: 1.0, "sign(z) max(|z| - threshold, 0)"
    ),
    "tanh": Kind(6, (), lambda: (-1.0, 1.0), lambda: 1.0, "tanh(z)"),
    "logistic": Kind(
        7,
        (("steepness", 4.0, 0.0, _INF), ("threshold", 0.0, -_INF, _INF)),
        lambda a, t: (0.0, 1.0),
        lambda a, t: a / 4,
        "1 / (1 + exp(-steepness (z - threshold)))",
    ),
    "softplus": Kind(8, (), lambda: (0.0, _INF), lambda: 1.0, "ln(1 + exp(z))"),
    "power": Kind(
        9,
        (("gain", 1.0, 0.0, _INF), ("exponent", 2.0, 1.0, _INF)),
        lambda k, p: (0.0, _INF),
        lambda k, p: _INF,
        "gain max(z, 0)^exponent",
    ),
}


@dataclass(frozen=True, slots=True)
class Activation:
    """A nondecreasing function from a unit's input to its rate.

    Make one with `activation`.

    Attributes
    ----------
    kind : str
        Name in `ACTIVATIONS`.
    parameters : tuple of float
        In the order of `ACTIVATIONS[kind].parameters`.
    """

    kind: str
    parameters: tuple[float, ...] = ()

    @property
    def code(self) -> int:
        """Number by which compiled kernels know the kind."""
        return ACTIVATIONS[self.kind].code

    @property
    def domain(self) -> tuple[float, float]:
        """Lowest and highest rate; infinite where unbounded."""
        return ACTIVATIONS[self.kind].domain(*self.parameters)

    @property
    def max_slope(self) -> float:
        """Largest slope L; inf for powers."""
        return ACTIVATIONS[self.kind].max_slope(*self.parameters)


def activation(kind: str, **parameters: float) -> Activation:
    """Make an activation by its name.

    Parameters
    ----------
    kind : str
        A name in `ACTIVATIONS`.
    **parameters : float
        Those of the kind; defaults where left out.

    Returns
    -------
    Activation

    Raises
    ------
    ConfigError
        If the kind or a parameter is unknown, or a parameter is out of range.
    """
    if kind not in ACTIVATIONS:
        raise ConfigError(unknown_name("activation", kind, ACTIVATIONS))
    wanted = ACTIVATIONS[kind].parameters
    unknown = set(parameters) - {name for name, *_ in wanted}
    if unknown:
        raise ConfigError(unknown_name(f"parameter of {kind!r}", sorted(unknown)[0], [name for name, *_ in wanted]))
    values = []
    for name, default, low, high in wanted:
        value: Any = parameters.get(name, default)
        if not low < value < high:
            raise ConfigError(f"`{name}` of {kind!r} must lie in ({low:g}, {high:g}), got {value!r}.")
        values.append(float(value))
    return Activation(kind, tuple(values))
