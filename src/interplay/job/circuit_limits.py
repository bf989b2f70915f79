"""What is too large to be asked of one circuit, refused before any work is done."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit

#: Units of one circuit: all questions and the page of so many take a minute or more.
MOST_UNITS = 500
#: Largest numbers. Simulated runs take steps as short as weights are large, and a run from rest under a very large
#: input would be taken for one that escapes.
_WEIGHT, _DRIVE, _OTHER = 1e4, 1e6, 1e30


def require_size(config: Any) -> None:
    """Refuse a motif of too many units, before its weights are laid out.

    Parameters
    ----------
    config : motif

    Raises
    ------
    ConfigError
    """
    layers = getattr(config, "layers", 1)
    one = config.motif() if hasattr(config, "layers") else config
    count = layers * (getattr(one, "n", 1) + getattr(one, "n_inhibitory", 1))
    if count > MOST_UNITS:
        keys = " or ".join(f"`{key}`" for key in ("layers", "n") if hasattr(config, key))
        raise ConfigError(f"`set`: a motif must have at most {MOST_UNITS} units, got {count}. Lower {keys}.")


def require_numbers(circuit: RateCircuit, drive: NDArray[np.float64]) -> None:
    """Refuse a circuit of too many units, and numbers whose products leave the range of floats.

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float64 array

    Raises
    ------
    DataError
    """
    if circuit.n_units > MOST_UNITS:
        raise DataError(
            f"`weights` must be of at most {MOST_UNITS} units, for the time that all questions take, got "
            f"{circuit.n_units}. Ask single questions of it from Python: `certify`, `steady_state`, `game`."
        )
    known = circuit.parameters[np.isfinite(circuit.parameters)]
    limits = (
        ("weights", circuit.weights, _WEIGHT),
        ("drive", drive, _DRIVE),
        ("tau", circuit.tau, _OTHER),
        ("phi", known, _OTHER),
    )
    for name, values, most in limits:
        large = float(np.abs(values).max(initial=0.0))
        if large > most:
            raise DataError(
                f"`{name}` must be at most {most:g} in size, got {large:g}: the dynamics could not be followed. "
                "Choose another unit of measurement."
            )
    short = float(circuit.tau.min())
    if short < 1 / _OTHER:
        raise DataError(f"`tau` must be at least {1 / _OTHER:g} s, got {short:g}. Choose another unit of time.")
