"""The activation functions of rate units, and the cost that each one minimises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.ops import activation as kernels

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
    """A nondecreasing function phi from a unit's input to its rate, and the cost that it minimises.

    Parameters
    ----------
    kind : str
        Name in `ACTIVATIONS`.
    parameters : tuple of float
        In the order of `ACTIVATIONS[kind].parameters`. `activation` takes them by name and knows defaults.

    Raises
    ------
    ConfigError
        If the kind is unknown, or a parameter is missing, too many, or out of range.

    Notes
    -----
    The activation cost is E(y) = (integral of phi's inverse up to y) - y^2/2, infinite outside the domain. Then
    phi(z) minimises E(y) + (y - z)^2/2: an activation is the proximal operator of its cost.

    Examples
    --------
    >>> phi = Activation("clip", (2.0,))
    >>> phi([-1.0, 1.0, 3.0]).tolist()
    [0.0, 1.0, 2.0]
    """

    kind: str
    parameters: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check kind and parameters."""
        if not isinstance(self.kind, str) or self.kind not in ACTIVATIONS:
            raise ConfigError(unknown_name("activation", self.kind, ACTIVATIONS))
        wanted = ACTIVATIONS[self.kind].parameters
        given = tuple(self.parameters)
        if len(given) != len(wanted):
            names = ", ".join(name for name, *_ in wanted) or "none"
            raise ConfigError(
                f"`parameters` of {self.kind!r} must be {len(wanted)} number(s) ({names}), got {len(given)}. "
                f'Name them: activation("{self.kind}", ...).'
            )
        for (name, _, low, high), value in zip(wanted, given, strict=True):
            require_setting(f"{name} of {self.kind!r}", value, above=low, below=high)
        object.__setattr__(self, "parameters", tuple(map(float, given)))

    def __str__(self) -> str:
        """Name and parameters, short."""
        named = zip(ACTIVATIONS[self.kind].parameters, self.parameters, strict=True)
        inside = ", ".join(f"{name}={value:g}" for (name, *_), value in named)
        return f"{self.kind}({inside})" if inside else self.kind

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

    @property
    def pieces(self) -> tuple[tuple[float, float, float, float], ...]:
        """Pieces (low, high, slope, offset) of a piecewise linear kind: slope z + offset for z in [low, high].

        Empty for smooth kinds.
        """
        a, b = self._pair
        if self.kind == "identity":
            return ((-_INF, _INF, 1.0, 0.0),)
        if self.kind == "relu":
            return (-_INF, 0.0, 0.0, 0.0), (0.0, _INF, 1.0, 0.0)
        if self.kind == "clip":
            return (-_INF, 0.0, 0.0, 0.0), (0.0, a, 1.0, 0.0), (a, _INF, 0.0, a)
        if self.kind == "threshold_linear":
            return (-_INF, b, 0.0, 0.0), (b, _INF, a, -a * b)
        if self.kind == "leaky_relu":
            return (-_INF, 0.0, a, 0.0), (0.0, _INF, 1.0, 0.0)
        if self.kind == "soft_threshold":
            return (-_INF, -a, 1.0, a), (-a, a, 0.0, 0.0), (a, _INF, 1.0, -a)
        return ()

    @property
    def _pair(self) -> tuple[float, float]:
        """Both parameters of a kernel, 0 where the kind has fewer."""
        return (*self.parameters, 0.0, 0.0)[:2]  # type: ignore[return-value]

    def __call__(self, z: ArrayLike) -> Floats:
        """Rate at input z.

        Parameters
        ----------
        z : float array of any shape

        Returns
        -------
        float64 array of the same shape
        """
        return kernels.value(self.code, *self._pair, np.asarray(z, dtype=np.float64))

    def slope(self, z: ArrayLike) -> Floats:
        """Give the derivative of the rate at input z; at a kink the smaller of the two one-sided slopes.

        Parameters
        ----------
        z : float array of any shape

        Returns
        -------
        float64 array of the same shape
        """
        return np.asarray(kernels.slope(self.code, *self._pair, np.asarray(z, dtype=np.float64)), dtype=np.float64)

    def inverse(self, x: ArrayLike) -> Floats:
        """Input that gives rate x.

        Parameters
        ----------
        x : float array of any shape

        Returns
        -------
        float64 array of the same shape
            At an end of the domain that a ray of inputs reaches (0 of a ReLU), the end of the ray; for
            "soft_threshold" at 0, the middle 0; where only infinite input reaches it (1 of tanh), that infinity;
            outside the domain NaN.
        """
        return kernels.inverse(self.code, *self._pair, np.asarray(x, dtype=np.float64))

    def cost(self, x: ArrayLike) -> Floats:
        """Activation cost of rate x: inf outside the domain; its ends belong to the domain.

        Parameters
        ----------
        x : float array of any shape

        Returns
        -------
        float64 array of the same shape
        """
        return kernels.cost(self.code, *self._pair, np.asarray(x, dtype=np.float64))

    def prox(self, z: ArrayLike, step: float = 1.0) -> Floats:
        """Minimiser over y of step * cost(y) + (y - z)^2 / 2: phi itself for step 1.

        Parameters
        ----------
        z : float array of any shape
        step : float, > 0

        Returns
        -------
        float64 array of the same shape

        Raises
        ------
        ConfigError
            If the minimiser need not be unique: step (1 - 1/L) >= 1 for a largest slope L > 1, step 1 excepted.

        Notes
        -----
        The cost is convex iff L <= 1; for L > 1 its curvature is at least 1/L - 1, so the objective stays strictly
        convex while step (1 - 1/L) < 1. For step 1 the objective is the integral of the inverse minus z y, strictly
        convex whatever L. Powers (L infinite) allow step <= 1.
        """
        require_setting("step", step, above=0, below=_INF)
        if step != 1.0 and step * (1.0 - 1.0 / self.max_slope) >= 1.0:
            most = 1.0 / (1.0 - 1.0 / self.max_slope)
            raise ConfigError(
                f"`step` must be < {most:g} for {self}, whose cost is not convex (largest slope {self.max_slope:g}), "
                f"or the minimiser need not be unique; got {step:g}. Take a smaller step."
            )
        return kernels.prox(self.code, *self._pair, np.asarray(z, dtype=np.float64), float(step))


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

    Examples
    --------
    >>> activation("logistic", steepness=2.0).max_slope
    0.5
    """
    if not isinstance(kind, str) or kind not in ACTIVATIONS:
        raise ConfigError(unknown_name("activation", kind, ACTIVATIONS))
    wanted = ACTIVATIONS[kind].parameters
    unknown = set(parameters) - {name for name, *_ in wanted}
    if unknown:
        raise ConfigError(unknown_name(f"parameter of {kind!r}", sorted(unknown)[0], [name for name, *_ in wanted]))
    values: list[Any] = [parameters.get(name, default) for name, default, *_ in wanted]
    return Activation(kind, tuple(values))
