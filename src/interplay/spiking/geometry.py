"""Where units sit: the electrodes of the array on which cultures played Pong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import stream
from interplay.data import Units

#: name, columns, rows, pitch (µm), x and y of the first electrode (µm).
_BLOCKS = (
    ("sensory", 50, 10, 70.0, 175.0, 175.0),
    ("motor_left", 20, 10, 52.5, 350.0, 1400.0),
    ("motor_right", 20, 10, 52.5, 2450.0, 1400.0),
)


def electrodes() -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Give the 900 recording electrodes of layout gen3b.

    Returns
    -------
    position_um : (900, 2) float64 array, µm
        500 sensory electrodes (70 µm pitch), then 200 of each motor block (52.5 µm pitch).
    group : (900,) text array
        "sensory", "motor_left" or "motor_right".

    Notes
    -----
    Block corners and pitches as in the channel map `gen3b.cfg` that comes with the public DishBrain session.

    References
    ----------
    Kagan et al. (2022), Neuron 110:3952 (the experiment that used the layout).

    Examples
    --------
    >>> position_um, group = electrodes()
    >>> position_um.shape, float(position_um[:, 0].max())
    ((900, 2), 3605.0)
    """
    places, names = [], []
    for name, columns, rows, pitch, x, y in _BLOCKS:
        row, column = np.divmod(np.arange(columns * rows), columns)
        places.append(np.column_stack([x + pitch * column, y + pitch * row]))
        names.append(np.full(columns * rows, name))
    return np.concatenate(places), np.concatenate(names)


def place_units(n_units: int, sign: NDArray[np.int64], *, seed: int) -> Units:
    """Put units on electrodes drawn at random, every electrode once before any is used again.

    Parameters
    ----------
    n_units : int, >= 1
    sign : (N,) int array in {-1, +1}
    seed : int

    Returns
    -------
    Units
        In the order of the electrodes, so that neighbours in the table are neighbours on the array.
    """
    require_setting("n_units", n_units, least=1)
    position_um, group = electrodes()
    rng = stream(seed, "electrodes")
    rounds = [rng.permutation(len(group)) for _ in range(-(-n_units // len(group)))]
    chosen = np.sort(np.concatenate(rounds)[:n_units])
    return Units(n=n_units, position_um=position_um[chosen], group=group[chosen], sign=sign)
