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
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.circuits.activations import Activation
from interplay.circuits.circuit_parts import (
    Floats,
    Ints,
    frozen,
    require_delays,
    require_positive,
    require_unique,
    resolve_phi,
    signs,
    spread,
)


@dataclass(frozen=True, eq=False, repr=False)
class RateCircuit:
    """N rate units: tau_i dx_i/dt = -x_i + phi_i((W x + u)_i).

    Parameters
    ----------
    weights : (N, N) float array
        `weights[post, pre]`: onto the row's unit from the column's.
    phi : str, Activation, or sequence of N of them
        What turns a unit's input into its rate. Kept as an Activation, or as a tuple of N.
    tau : float or (N,) float array, > 0, s
        Time constants. (Any other unit of time will do, if every duration is in the same.)
    sign : (N,) int array in {-1, 0, +1} or None
        Inhibitory, unknown, excitatory: Dale's law is demanded of the columns of units with a sign. None: read from
        the columns, +1 or -1 where all weights of a column have that sign, 0 where they are mixed or all 0.
    delay : (N, N) float array, >= 0, s, or None
        `delay[post, pre]`; a number stands for all. None: no delays. Stability results are for no delays and say so.
    names : (N,) text array or None
        All different; "0", "1", ... where None.

    Raises
    ------
    DataError
        If `weights` is not square or not finite, a time constant is not positive, a delay is negative, the number of
        activations is wrong, or a column breaks Dale's law.
    ConfigError
        If an activation is unknown.

    Notes
    -----
    A unit's weight onto itself obeys Dale's law like the others. All arrays are copied and read-only.

    References
    ----------
    Wilson, Cowan (1972), Biophys J 12:1, for two populations; the rate form without refractory factor.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    >>> pair.weights.tolist()
    [[0.5, -2.0], [2.0, -0.5]]
    >>> pair.sign.tolist()
    [1, -1]
    """

    weights: Floats
    phi: str | Activation | Sequence[str | Activation] = "relu"
    tau: Floats = field(default=cast(Any, 1.0))
    sign: Ints = field(default=cast(Any, None), kw_only=True)
    delay: Floats | None = field(default=None, kw_only=True)
    names: NDArray[np.str_] = field(default=cast(Any, None), kw_only=True)

    __reduce__ = reduce_by_fields

    def __post_init__(self) -> None:
        """Check, resolve and freeze."""
        try:
            shape = np.shape(self.weights)
        except ValueError:
            raise DataError("`weights` must be a square matrix, got rows of different lengths. Fill them up.") from None
        if len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
            raise DataError(
                f"`weights` must be a square matrix, one row and one column per unit, got shape {shape}. "
                "Row = the unit that receives, column = the unit that sends."
            )
        n = shape[0]
        shapes = Shapes(N=n)
        names = np.arange(n).astype(str) if self.names is None else self.names
        names = shapes.array("names", np.array(names), "N", "text")
        weights = frozen(shapes.array("weights", self.weights, "N N"))
        kept = {
            "names": require_unique(names),
            "weights": weights,
            "phi": resolve_phi(self.phi, n),
            "tau": require_positive(frozen(shapes.array("tau", spread(self.tau, (n,)), "N")), names),
            "sign": signs(weights, names, self.sign, shapes),
        }
        if self.delay is not None:
            kept["delay"] = require_delays(frozen(shapes.array("delay", spread(self.delay, (n, n)), "N N")), names)
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of_blocks(
        cls,
        w_ee: ArrayLike,
        w_ei: ArrayLike,
        w_ie: ArrayLike,
        w_ii: ArrayLike,
        phi: str | Activation | Sequence[str | Activation] = "relu",
        tau: ArrayLike = 1.0,
        *,
        delay: ArrayLike | None = None,
        names: ArrayLike | None = None,
    ) -> RateCircuit:
        """Put four blocks of strengths together: W = [[W_EE, -W_EI], [W_IE, -W_II]].

        Parameters
        ----------
        w_ee, w_ei, w_ie, w_ii : (E, E), (E, I), (I, E), (I, I) float arrays, >= 0
            Strengths onto the first letter's units from the second's; a number is a 1 x 1 block.
        phi, tau, delay, names : as in RateCircuit
            Of the E units first. Names are "E0", "E1", ..., "I0", ... where None, and "E", "I" for a pair.

        Returns
        -------
        RateCircuit
            With all signs given.

        Raises
        ------
        DataError
            If the blocks do not fit together or a strength is negative.
        """
        shapes = Shapes()
        blocks = {}
        for name, value, axes in (
            ("w_ee", w_ee, "E E"),
            ("w_ii", w_ii, "I I"),
            ("w_ei", w_ei, "E I"),
            ("w_ie", w_ie, "I E"),
        ):
            block = np.atleast_2d(np.asarray(value))
            blocks[name] = shapes.array(name, block, axes)
            if (blocks[name] < 0).any():
                post, pre = map(int, np.argwhere(blocks[name] < 0)[0])
                raise DataError(
                    f"`{name}` must hold strengths >= 0: {name}[{post}, {pre}]={blocks[name][post, pre]:g}. Give "
                    "strengths; the minus sign of inhibition is put in here."
                )
        n_e, n_i = shapes.sizes["E"], shapes.sizes["I"]
        if names is None:
            pair = n_e == n_i == 1
            names = ["E", "I"] if pair else [f"E{k}" for k in range(n_e)] + [f"I{k}" for k in range(n_i)]
        weights = np.block([[blocks["w_ee"], -blocks["w_ei"]], [blocks["w_ie"], -blocks["w_ii"]]])
        sign = np.repeat(np.array([1, -1]), [n_e, n_i])
        return cls(weights, phi, cast(Any, tau), sign=sign, delay=cast(Any, delay), names=np.asarray(names))

    @property
    def n_units(self) -> int:
        """Number of units N."""
        return len(self.weights)

    @cached_property
    def activations(self) -> tuple[Activation, ...]:
        """Every unit's activation."""
        return (self.phi,) * self.n_units if isinstance(self.phi, Activation) else cast(Any, self.phi)

    @cached_property
    def codes(self) -> Ints:
        """(N,) int64 array: numbers of the activations, for kernels."""
        return cast(Ints, frozen(np.array([p.code for p in self.activations], dtype=np.int64)))

    @cached_property
    def parameters(self) -> Floats:
        """(N, 2) float64 array: parameters of the activations, 0 where there are fewer, for kernels."""
        return cast(
            Floats, frozen(np.array([(*p.parameters, 0.0, 0.0)[:2] for p in self.activations], dtype=np.float64))
        )

    @cached_property
    def max_slopes(self) -> Floats:
        """(N,) float64 array: largest slope L of each activation; inf for powers."""
        return cast(Floats, frozen(np.array([p.max_slope for p in self.activations])))

    @cached_property
    def dale(self) -> bool:
        """Whether no unit both excites and inhibits."""
        return not bool(((self.weights > 0).any(axis=0) & (self.weights < 0).any(axis=0)).any())

    @cached_property
    def excitatory(self) -> Ints:
        """Indices of the units of sign +1."""
        return cast(Ints, frozen(np.flatnonzero(self.sign > 0)))

    @cached_property
    def inhibitory(self) -> Ints:
        """Indices of the units of sign -1."""
        return cast(Ints, frozen(np.flatnonzero(self.sign < 0)))

    @property
    def equal_tau(self) -> bool:
        """Whether all time constants are the same."""
        return bool((self.tau == self.tau[0]).all())

    @property
    def delayed(self) -> bool:
        """Whether a weight other than 0 acts with a delay."""
        return self.delay is not None and bool((self.delay[self.weights != 0] > 0).any())

    @cached_property
    def stability_matrix(self) -> Floats:
        """(N, N) float64 array: A = W - diag(1/L), whose diagonal stability is asked for.

        Raises
        ------
        DataError
            If an activation's slope has no bound.
        """
        if not np.isfinite(self.max_slopes).all():
            k = int(np.argmax(~np.isfinite(self.max_slopes)))
            raise DataError(
                f"`phi` must have a bounded slope (0 <= phi' <= L < infinity is a condition of the theorems on "
                f"diagonal stability and contraction), but unit {k} ({str(self.names[k])!r}) has {self.activations[k]}"
                ", whose slope has no bound. Only linearisations at equilibria can be judged: see `steady_state`."
            )
        return cast(Floats, frozen(self.weights - np.diag(1.0 / self.max_slopes)))

    def rates(self, z: ArrayLike) -> Floats:
        """Rates phi(z) of inputs.

        Parameters
        ----------
        z : (..., N) float array

        Returns
        -------
        (..., N) float64 array
        """
        return self._unitwise(z, lambda phi, part: phi(part))

    def slopes(self, z: ArrayLike) -> Floats:
        """Slopes of phi at inputs; at kinks the smaller one-sided slope.

        Parameters
        ----------
        z : (..., N) float array

        Returns
        -------
        (..., N) float64 array
        """
        return self._unitwise(z, lambda phi, part: phi.slope(part))

    def activation_costs(self, x: ArrayLike) -> Floats:
        """Activation cost of every unit at rates x; inf outside the domain.

        Parameters
        ----------
        x : (..., N) float array

        Returns
        -------
        (..., N) float64 array
        """
        return self._unitwise(x, lambda phi, part: phi.cost(part))

    def _unitwise(self, values: ArrayLike, work: Any) -> Floats:
        array = self._last("z", values)
        if isinstance(self.phi, Activation):
            return np.asarray(work(self.phi, array))
        out = np.empty_like(array)
        for phi in dict.fromkeys(self.activations):
            at = [k for k, other in enumerate(self.activations) if other == phi]
            out[..., at] = work(phi, array[..., at])
        return out

    def _last(self, name: str, values: ArrayLike) -> Floats:
        array = np.asarray(values, dtype=np.float64)
        if not array.ndim or array.shape[-1] != self.n_units:
            raise DataError(f"`{name}` must have shape (..., N={self.n_units}), got {array.shape}. One value per unit.")
        return array

    def input(self, x: ArrayLike, u: ArrayLike) -> Floats:
        """Total input W x + u.

        Parameters
        ----------
        x, u : (..., N) float arrays
            Rates and drive; leading axes broadcast.

        Returns
        -------
        (..., N) float64 array
        """
        return self._last("x", x) @ self.weights.T + self._last("u", u)

    def field(self, x: ArrayLike, u: ArrayLike) -> Floats:
        """Give dx/dt = (phi(W x + u) - x) / tau, without delays.

        Parameters
        ----------
        x, u : (..., N) float arrays
            Rates and drive; leading axes broadcast.

        Returns
        -------
        (..., N) float64 array, 1/s
        """
        return (self.rates(self.input(x, u)) - self._last("x", x)) / self.tau

    def residual(self, x: ArrayLike, u: ArrayLike) -> Floats:
        """Give x - phi(W x + u): 0 at an equilibrium, with delays and without.

        Parameters
        ----------
        x, u : (..., N) float arrays
            Rates and drive; leading axes broadcast.

        Returns
        -------
        (..., N) float64 array
        """
        return self._last("x", x) - self.rates(self.input(x, u))

    def jacobian(self, x: ArrayLike, u: ArrayLike) -> Floats:
        """Linearisation T^-1 (D W - I), D the slopes at W x + u, without delays.

        Parameters
        ----------
        x, u : (..., N) float arrays
            Rates and drive; leading axes broadcast.

        Returns
        -------
        (..., N, N) float64 array, 1/s
        """
        return self.linearised(self.slopes(self.input(x, u)))

    def linearised(self, slopes: Floats) -> Floats:
        """Linearisation T^-1 (D W - I) for given slopes, for example those of one side of a kink.

        Parameters
        ----------
        slopes : (..., N) float64 array
            Diagonals of D.

        Returns
        -------
        (..., N, N) float64 array, 1/s
        """
        return np.asarray((slopes[..., :, None] * self.weights - np.eye(self.n_units)) / self.tau[:, None])

    def blocks(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Take the strengths apart: (w_ee, w_ei, w_ie, w_ii), all >= 0, units in their order within E and I.

        Raises
        ------
        DataError
            If a unit has no sign.
        """
        if (self.sign == 0).any():
            k = int(np.argmax(self.sign == 0))
            raise DataError(
                f"`sign` of every unit must be +1 or -1 to have blocks, but unit {k} ({str(self.names[k])!r}) is mixed,"
                " silent or unknown. Give `sign`, or change the weights."
            )
        e, i, size = self.excitatory, self.inhibitory, np.abs(self.weights)
        return size[np.ix_(e, e)], size[np.ix_(e, i)], size[np.ix_(i, e)], size[np.ix_(i, i)]

    def permuted(self, order: ArrayLike) -> RateCircuit:
        """Give the same circuit with its units in another order.

        Parameters
        ----------
        order : (N,) int array
            New place k holds old unit `order[k]`; every unit once.

        Returns
        -------
        RateCircuit
        """
        index = Shapes(N=self.n_units).array("order", order, "N", "int")
        if (np.sort(index) != np.arange(self.n_units)).any():
            raise DataError(f"`order` must name every unit 0 ... {self.n_units - 1} once, got {index.tolist()}.")
        return RateCircuit(
            self.weights[np.ix_(index, index)],
            self.phi if isinstance(self.phi, Activation) else [self.activations[k] for k in index],
            self.tau[index],
            sign=self.sign[index],
            delay=None if self.delay is None else self.delay[np.ix_(index, index)],
            names=self.names[index],
        )

    @cached_property
    def digest(self) -> str:
        """Hash of everything that defines it."""
        return digest(self.weights, self.tau, self.activations, self.sign, self.delay, self.names)

    def __repr__(self) -> str:
        """Say sizes, activations and time constants on one line."""
        kinds = ", ".join(str(p) for p in dict.fromkeys(self.activations))
        tau = f"{self.tau[0]:g}" if self.equal_tau else f"{self.tau.min():g} to {self.tau.max():g}"
        units = f"{self.n_units} units: {len(self.excitatory)} E, {len(self.inhibitory)} I"
        rest = self.n_units - len(self.excitatory) - len(self.inhibitory)
        units += f", {rest} of no sign" if rest else ""
        return f"RateCircuit({units}; {kinds}; tau {tau} s{'; delays' if self.delayed else ''})"
