"""What functions over circuits demand of what they are handed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_finite
from interplay._core.errors import ConfigError, DataError
from interplay.circuits.circuit import RateCircuit

Floats = NDArray[np.float64]


def require_drive(circuit: RateCircuit, drive: ArrayLike, axes: str = "N") -> Floats:
    """Check an input against a circuit.

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float array, or with more axes
    axes : str
        Axis letters, the last "N".

    Returns
    -------
    read-only float64 array

    Raises
    ------
    DataError
        On a wrong shape, or NaN or infinity.
    """
    require_circuit(circuit)
    return Shapes(N=circuit.n_units).array("drive", drive, axes).astype(np.float64, copy=False)


def require_circuit(circuit: object) -> None:
    """Refuse what is no circuit.

    Parameters
    ----------
    circuit : object

    Raises
    ------
    ConfigError
        If it is not a `RateCircuit`.
    """
    if not isinstance(circuit, RateCircuit):
        raise ConfigError(
            f"`circuit` must be a RateCircuit, got {type(circuit).__name__}. Build one with RateCircuit(weights); "
            "`diagonal_stability` takes a bare matrix."
        )


def require_rates(circuit: RateCircuit, rates: ArrayLike) -> Floats:
    """Check states against a circuit.

    Parameters
    ----------
    circuit : RateCircuit
    rates : (..., N) float array

    Returns
    -------
    float64 array

    Raises
    ------
    DataError
        On a wrong type or shape, or NaN or infinity.
    """
    array = np.asarray(rates)
    if array.dtype.kind not in "fiu" or array.ndim == 0 or array.shape[-1] != circuit.n_units:
        raise DataError(
            f"`rates` must hold numbers of shape (..., N={circuit.n_units}), got {array.dtype} of shape {array.shape}. "
            "The last axis is that of the units."
        )
    require_finite("rates", array)
    return array.astype(np.float64, copy=False)


def require_state(circuit: RateCircuit, value: ArrayLike, name: str) -> Floats:
    """Check one state against a circuit, under its own name.

    Parameters
    ----------
    circuit : RateCircuit
    value : (N,) float array
    name : str

    Returns
    -------
    float64 array

    Raises
    ------
    DataError
        On a wrong type or shape, or NaN or infinity.
    """
    return Shapes(N=circuit.n_units).array(name, value, "N").astype(np.float64, copy=False)


def completed_drive(drive: ArrayLike, n: int, total: int, which: str) -> Floats:
    """Fill in no input to the last units of a motif where only its first n are given.

    Parameters
    ----------
    drive : (..., n) or (..., N) float array
    n, total : int
        N is `total`.
    which : str
        What the first n units are, for the message.

    Returns
    -------
    (..., N) float64 array

    Raises
    ------
    DataError
        If the last axis fits neither, or what is there is no finite number.
    """
    u = np.asarray(drive)
    if u.dtype.kind not in "fiu" or not u.ndim or u.shape[-1] not in (n, total):
        raise DataError(
            f"`drive` must hold n={n} numbers ({which}) or N={total} (all units) along its last axis, got {u.dtype} of "
            f"shape {u.shape}. Units come excitatory first."
        )
    require_finite("drive", u)
    rest = np.zeros((*u.shape[:-1], total - u.shape[-1]))
    return np.concatenate([u, rest], axis=-1)
