"""CircuitBatch: many circuits of one size and one set of activations, to be simulated at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.circuits.activations import ACTIVATIONS, Activation
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit
from interplay.circuits.circuit_parts import Floats, Ints, frozen, resolve_phi
from interplay.ops import activation as kernels


@dataclass(frozen=True, eq=False, repr=False)
class CircuitBatch:
    """B circuits of N units with the same kinds of activation, each with weights and time constants of its own.

    Parameters
    ----------
    weights : (B, N, N) float array
        `weights[circuit, post, pre]`.
    phi : str, Activation, or sequence of N of them
        Of the units, in all circuits.
    tau : float, (N,) or (B, N) float array, > 0, s
    parameters : (B, N, 2) float array or None
        Parameters of the activations where circuits differ in them, 0 where a kind has fewer than two; None: those
        of `phi`.
    delay : (N, N) float array, >= 0, s, or None
        The same in all circuits.
    names : (N,) text array or None

    Raises
    ------
    DataError
        As RateCircuit, naming the circuit.
    ConfigError
        If an activation or one of its parameters is out of range.

    Examples
    --------
    >>> pairs = CircuitBatch.of([RateCircuit.of_blocks(w, 2.0, 2.0, 0.5) for w in (0.5, 1.5)])
    >>> len(pairs), pairs[1].weights[0, 0].item()
    (2, 1.5)
    """

    weights: Floats
    phi: str | Activation | Sequence[str | Activation] = "relu"
    tau: Floats = field(default=cast(Any, 1.0))
    parameters: Floats = field(default=cast(Any, None), kw_only=True)
    delay: Floats | None = field(default=None, kw_only=True)
    names: NDArray[np.str_] = field(default=cast(Any, None), kw_only=True)

    __reduce__ = reduce_by_fields

    def __post_init__(self) -> None:
        """Check all circuits at once."""
        shape = np.shape(self.weights)
        if len(shape) != 3 or shape[1] != shape[2] or 0 in shape:
            raise DataError(
                f"`weights` must have shape (B, N, N), one square matrix per circuit, got {shape}. "
                "One circuit alone is a RateCircuit."
            )
        n_circuits, n = shape[:2]
        shapes = Shapes(B=n_circuits, N=n)
        tau = np.asarray(self.tau)
        tau = shapes.array("tau", np.broadcast_to(tau, shape[:2]) if tau.ndim < 2 else tau, "B N")
        if (tau <= 0).any():
            b, k = map(int, np.argwhere(tau <= 0)[0])
            raise DataError(f"`tau` must be > 0: tau[{b}, {k}]={tau[b, k]:g} s of circuit {b}, unit {k}.")
        first = RateCircuit(np.zeros((n, n)), resolve_phi(self.phi, n), delay=self.delay, names=self.names)
        kept: dict[str, Any] = {
            "weights": frozen(shapes.array("weights", self.weights, "B N N")),
            "phi": first.phi,
            "tau": frozen(tau),
            "delay": first.delay,
            "names": first.names,
        }
        if self.parameters is None:
            kept["parameters"] = np.broadcast_to(first.parameters, (n_circuits, n, 2))
        else:
            kept["parameters"] = frozen(shapes.array("parameters", self.parameters, "B N 2"))
            _require_parameters(kept["parameters"], first.activations)
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, circuits: Sequence[RateCircuit]) -> CircuitBatch:
        """Put circuits together.

        Parameters
        ----------
        circuits : sequence of RateCircuit
            Of one size, with the same kinds of activation in the same order, the same delays and the same names.

        Returns
        -------
        CircuitBatch

        Raises
        ------
        DataError
            If there are none or they do not fit together, naming the first that does not.
        """
        circuits = list(circuits)
        if not circuits:
            raise DataError("`circuits` must hold at least one circuit, got none.")
        for circuit in circuits:
            require_circuit(circuit)
        first = circuits[0]
        for b, other in enumerate(circuits):
            for what, same in (
                ("size", other.n_units == first.n_units),
                ("kinds of activation", np.array_equal(other.codes, first.codes)),
                ("delays", np.array_equal(_or_zeros(other), _or_zeros(first))),
                ("names", np.array_equal(other.names, first.names)),
            ):
                if not same:
                    raise DataError(
                        f"`circuits` must have the same {what}: circuit {b} differs from circuit 0. Group them first."
                    )
        return cls(
            np.stack([c.weights for c in circuits]),
            first.activations,
            np.stack([c.tau for c in circuits]),
            parameters=np.stack([c.parameters for c in circuits]),
            delay=first.delay,
            names=first.names,
        )

    @property
    def n_units(self) -> int:
        """Number of units N of each circuit."""
        return int(self.weights.shape[1])

    @cached_property
    def codes(self) -> Ints:
        """(N,) int64 array: numbers of the activations, for kernels."""
        return np.array([p.code for p in self._activations], dtype=np.int64)

    @property
    def _activations(self) -> tuple[Activation, ...]:
        return (self.phi,) * self.n_units if isinstance(self.phi, Activation) else cast(Any, self.phi)

    @cached_property
    def max_slopes(self) -> Floats:
        """(B, N) float64 array: largest slope L of each activation in each circuit; inf for powers."""
        out = np.empty(self.parameters.shape[:2])
        for k, phi in enumerate(self._activations):
            kind = ACTIVATIONS[phi.kind]
            values = self.parameters[:, k, : len(kind.parameters)]
            if (values == values[0]).all():
                out[:, k] = kind.max_slope(*values[0].tolist())
            else:
                out[:, k] = [kind.max_slope(*row) for row in values.tolist()]
        return cast(Floats, frozen(out))

    def rates(self, z: Floats) -> Floats:
        """Rates phi(z) of inputs.

        Parameters
        ----------
        z : (B, N) float array

        Returns
        -------
        (B, N) float64 array
        """
        out = np.empty_like(z)
        for k, code in enumerate(self.codes):
            a, b = self.parameters[:, k].T
            out[:, k] = kernels.value(int(code), a, b, z[:, k])
        return out

    def __len__(self) -> int:
        """Count the circuits."""
        return len(self.weights)

    def __getitem__(self, b: int) -> RateCircuit:
        """Take one circuit out; signs are read from its columns."""
        if not -len(self) <= b < len(self):
            raise IndexError(f"circuit {b} of {len(self)}")
        phi = [
            Activation(p.kind, tuple(map(float, values[: len(p.parameters)])))
            for p, values in zip(self._activations, self.parameters[b], strict=True)
        ]
        return RateCircuit(self.weights[b], phi, self.tau[b], delay=self.delay, names=self.names)

    def __iter__(self) -> Iterator[RateCircuit]:
        """Go through the circuits."""
        return (self[b] for b in range(len(self)))

    @cached_property
    def digest(self) -> str:
        """Hash of everything that defines it."""
        return digest(self.weights, self.tau, self._activations, self.parameters, self.delay, self.names)

    def __repr__(self) -> str:
        """Say sizes and activations on one line."""
        kinds = ", ".join(dict.fromkeys(p.kind for p in self._activations))
        return f"CircuitBatch({len(self)} circuits of {self.n_units} units; {kinds})"


def _or_zeros(circuit: RateCircuit) -> Floats:
    return np.zeros_like(circuit.weights) if circuit.delay is None else circuit.delay


def _require_parameters(parameters: Floats, activations: tuple[Activation, ...]) -> None:
    """Refuse parameters outside the ranges of their kinds."""
    for k, phi in enumerate(activations):
        for p, (name, _, low, high) in enumerate(ACTIVATIONS[phi.kind].parameters):
            values = parameters[:, k, p]
            wrong = ~((values > low) & (values < high))
            if wrong.any():
                b = int(np.argmax(wrong))
                raise DataError(
                    f"`parameters` must hold a {name} of {phi.kind!r} in ({low:g}, {high:g}): "
                    f"parameters[{b}, {k}, {p}]={values[b]:g}."
                )
