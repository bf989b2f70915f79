"""How well a game was played in each window of a session: three figures that must not be confused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Recording

Figure = Literal["hits_per_rally", "hit_miss_ratio", "catch_share"]

#: What each figure counts, in words.
FIGURES: dict[str, str] = {
    "hits_per_rally": "mean hits per rally, of the rallies that end in the window",
    "hit_miss_ratio": "hits in the window over misses in the window",
    "catch_share": "share of the balls at the paddle that are hit",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class GamePerformance:
    """Performance in T windows.

    Attributes
    ----------
    bounds : (T, 2) float64 array, s
    hits_per_rally : (T,) float64 array, >= 0
        Mean hits of the rallies that end in the window, wherever they began. NaN where none ends.
    hit_miss_ratio : (T,) float64 array, >= 0
        Hits that happen in the window over misses that happen in it. NaN without a miss, whatever the hits.
    catch_share : (T,) float64 array, in [0, 1]
        Hits over hits and misses together. NaN where the ball never came to the paddle.
    n_hits, n_misses : (T,) int64 arrays
        What happened in the window; each miss ends a rally.
    notes : tuple of str
    """

    bounds: NDArray[np.float64]
    hits_per_rally: NDArray[np.float64]
    hit_miss_ratio: NDArray[np.float64]
    catch_share: NDArray[np.float64]
    n_hits: NDArray[np.int64]
    n_misses: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def figure(self, name: Figure) -> NDArray[np.float64]:
        """Give one figure by its name.

        Parameters
        ----------
        name : {"hits_per_rally", "hit_miss_ratio", "catch_share"}

        Returns
        -------
        (T,) float64 array

        Raises
        ------
        ConfigError
            If the name is unknown.
        """
        if name not in FIGURES:
            raise ConfigError(unknown_name("figure of performance", str(name), tuple(FIGURES)))
        return np.asarray(getattr(self, name))


def game_performance(recording: Recording, bounds: ArrayLike) -> GamePerformance:
    """Count hits and misses of a session in every window.

    Parameters
    ----------
    recording : Recording
        With the epochs "rallies" (labelled by their hits; each ends with a miss) and "hits", as sessions of a dish and
        loaded session folders have them.
    bounds : (T, 2) float array, s
        Half-open windows; they may overlap.

    Returns
    -------
    GamePerformance

    Raises
    ------
    DataError
        If there are no rallies, their labels are no numbers, or hits were counted but their times are not known.

    Notes
    -----
    Mean hits per rally puts all hits of a rally into the window where it ends; the ratio puts every hit where it
    happens. Over a session of finished rallies the two are equal, since every rally has one miss; over windows they
    differ at the rims. Neither is bounded, and one long rally carries both: the share of balls that are hit is bounded
    and is defined in windows within a rally. A rally that was cut off by the end of the recording has no miss and is
    counted only by its hits. O((R + T) log R).

    References
    ----------
    Kagan et al. (2022), Neuron 110:3952, for hits per rally. Published comparisons of embeddings with performance call
    the first figure by the name of the second.
    """
    edges = np.asarray(Shapes().array("bounds", bounds, "T 2"), dtype=np.float64)
    rallies = recording.epochs.get("rallies")
    if rallies is None or not len(rallies):
        raise DataError(
            '`recording` must have the epoch "rallies", as sessions of a dish have it, got epochs '
            f"{sorted(recording.epochs)}. Load a session folder, or give the performance yourself."
        )
    assert rallies.label is not None
    labels = rallies.label.tolist()
    if not all(label.isdecimal() for label in labels):
        raise DataError('the labels of the epoch "rallies" must be numbers of hits. Load the session again.')
    hits = np.array([int(label) for label in labels], dtype=np.int64)
    given = recording.epochs.get("hits")
    if given is None and hits.any():
        raise DataError(
            f'`recording` must have the epoch "hits", since its rallies count {int(hits.sum())} of them, got epochs '
            f"{sorted(recording.epochs)}. Load or play the session again."
        )
    happened = np.empty(0) if given is None else given.start
    order = np.argsort(rallies.stop, kind="stable")
    ends, total = rallies.stop[order], np.concatenate([[0], np.cumsum(hits[order])])
    cut = np.searchsorted(ends, edges)
    n_misses = cut[:, 1] - cut[:, 0]
    of_rallies = total[cut[:, 1]] - total[cut[:, 0]]
    place = np.searchsorted(happened, edges)
    n_hits = place[:, 1] - place[:, 0]
    seen = n_hits + n_misses
    without = int((n_misses == 0).sum())
    return GamePerformance(
        bounds=edges,
        hits_per_rally=np.where(n_misses > 0, of_rallies / np.maximum(n_misses, 1), np.nan),
        hit_miss_ratio=np.where(n_misses > 0, n_hits / np.maximum(n_misses, 1), np.nan),
        catch_share=np.where(seen > 0, n_hits / np.maximum(seen, 1), np.nan),
        n_hits=n_hits,
        n_misses=n_misses,
        notes=(f"{without} of {len(edges)} windows hold no miss.",) if without else (),
    )
