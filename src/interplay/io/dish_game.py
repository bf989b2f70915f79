"""How well a game was played: the figures of the DishBrain work, counted from the rallies of a session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Recording

#: A rally of so many hits is long.
LONG = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class GameStatistics:
    """Rallies of one session.

    Attributes
    ----------
    hits : (R,) int64 array
        Hits per rally.
    duration_s : (R,) float64 array, s
        From the last miss to the miss that ends the rally (the pause after a miss included).
    """

    hits: NDArray[np.int64]
    duration_s: NDArray[np.float64]

    @property
    def n_rallies(self) -> int:
        """Number of rallies R."""
        return len(self.hits)

    @property
    def mean_hits(self) -> float:
        """Mean hits per rally; chance for a still opponent of 250 in 600 pixels is 0.714. Higher is better."""
        return float(self.hits.mean())

    @property
    def ace_fraction(self) -> float:
        """Part of the rallies without a hit, in [0, 1]; chance is 0.583. Lower is better."""
        return float((self.hits == 0).mean())

    @property
    def long_fraction(self) -> float:
        """Part of the rallies of three hits or more, in [0, 1]; chance is 0.072. Higher is better."""
        return float((self.hits >= LONG).mean())


def game_statistics(recording: Recording) -> GameStatistics:
    """Count the rallies of a session.

    Parameters
    ----------
    recording : Recording
        With the epoch "rallies" whose labels are numbers of hits, as `interplay.load` gives it for a session.

    Returns
    -------
    GameStatistics

    Raises
    ------
    DataError
        If there is no such epoch, or a label is no number.

    References
    ----------
    Kagan et al. (2022), Neuron 110:3952: hits per rally, aces, long rallies. Chance levels: a catch probability of
    250/600 per ball gives geometric rallies. Mean hits alone mislead (a paddle frozen at the centre scores about 1.1):
    aces are the robust figure.
    """
    rallies = recording.epochs.get("rallies")
    if rallies is None or not len(rallies):
        raise DataError('the recording must have an epoch "rallies", as a DishBrain session has. Load a session.')
    assert rallies.label is not None
    labels = rallies.label.tolist()
    if not all(label.isdecimal() for label in labels):
        raise DataError('the labels of the epoch "rallies" must be numbers of hits. Load the session again.')
    return GameStatistics(
        hits=np.array([int(label) for label in labels], dtype=np.int64), duration_s=rallies.stop - rallies.start
    )
