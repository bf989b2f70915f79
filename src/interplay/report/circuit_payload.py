"""What the working phase plane carries: the pair itself, small enough to be solved anew in the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import DataError
from interplay.circuits.motif_results import PhasePlane


class Phi(Protocol):
    """An activation by its kind and parameters."""

    @property
    def kind(self) -> str:
        """Name of the kind."""

    @property
    def parameters(self) -> tuple[float, ...]:
        """In the order of the kind."""


class Pair(Protocol):
    """What is read of a circuit of two units, excitatory first."""

    @property
    def weights(self) -> NDArray[np.float64]:
        """(2, 2) float64 array, `weights[post, pre]`."""

    @property
    def tau(self) -> Any:
        """(2,) float64 array, s."""

    @property
    def activations(self) -> Sequence[Phi]:
        """Of both units."""


def plane_payload(plane: PhasePlane, circuit: Pair, drive: ArrayLike) -> dict[str, Any]:
    """Gather what the working phase plane is solved from.

    Parameters
    ----------
    plane : PhasePlane
        Its window is where the view starts.
    circuit : circuit of two units
        The one that `plane` was made of.
    drive : (2,) float array

    Returns
    -------
    dict of plain JSON types

    Raises
    ------
    DataError
        If there are not two units, the first exciting and the second inhibiting, or two inputs.
    """
    weights = np.asarray(circuit.weights, dtype=np.float64)
    inputs = np.asarray(drive, dtype=np.float64)
    if weights.shape != (2, 2) or inputs.shape != (2,):
        raise DataError(
            f"`circuit` must have two units and `drive` two inputs, got {len(weights)} units and drive of shape "
            f"{inputs.shape}. Show larger circuits without the phase plane."
        )
    if (weights[:, 0] < 0).any() or (weights[:, 1] > 0).any():
        raise DataError(
            f"`circuit` must hold an excitatory unit first and an inhibitory one second, got weights "
            f"{weights.tolist()}. Put the units in this order."
        )
    tau = np.broadcast_to(np.asarray(circuit.tau, dtype=np.float64), 2)
    return {
        "view": "plane",
        "w": np.abs(weights).ravel().tolist(),
        "u": inputs.tolist(),
        "tau": tau.tolist(),
        "phi": [{"kind": p.kind, "p": list(p.parameters)} for p in circuit.activations],
        "e": [float(plane.e[0]), float(plane.e[-1])],
        "i": [float(plane.i[0]), float(plane.i[-1])],
    }
