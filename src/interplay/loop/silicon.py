"""The simulated culture behind the dish."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots, Units
from interplay.spiking.culture import Culture
from interplay.spiking.live_culture import LiveCulture


class Silicon:
    """Backend around `spiking.Culture`.

    Parameters
    ----------
    culture : Culture
    """

    responds = True

    def __init__(self, culture: Culture) -> None:
        self.culture = culture
        self.live: LiveCulture | None = None

    @property
    def channels(self) -> Units:
        """Give the electrodes."""
        return self._live.electrodes

    @property
    def _live(self) -> LiveCulture:
        if self.live is None:
            self.reset(0)
        assert self.live is not None
        return self.live

    def reset(self, seed: int) -> None:
        """Grow the culture of this seed."""
        self.live = self.culture.begin(seed)

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Give one pulse on these electrodes, `delay_s` from now, during the next `advance`."""
        self._live.stimulate(channels, amplitude_mv, delay_s)

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let so many ticks pass; give the spikes that the electrodes saw."""
        time, electrode = self._live.advance(ticks)
        return time, electrode

    def reward(self, value: float) -> None:
        """Tell the culture how it went; only `r_stdp_centred` listens."""
        self._live.reward(value)

    def truth(self, keep: NDArray[np.int64] | None, duration_s: float) -> Snapshots:
        """Give the synapses between electrodes, as they are now.

        Parameters
        ----------
        keep : (K,) int array or None
            Electrodes; all where None.
        duration_s : float, s
            Length of the session, for the bounds.

        Returns
        -------
        Snapshots
            One, directed: the weight from a to b is the sum over the synapses from units read at a to units read at b.
            Plasticity changes weights, but makes no synapse and removes none.
        """
        live = self._live
        owner = read_at(live.units, live.electrodes, self.culture.reading_um)
        chosen = np.arange(live.electrodes.n) if keep is None else keep
        place = np.full(live.electrodes.n + 1, -1)
        place[chosen] = np.arange(len(chosen))
        row = place[owner]
        weights = live.adjacency()
        seen = np.flatnonzero(row >= 0)
        out = np.zeros((len(chosen), len(chosen)))
        np.add.at(out, (row[seen][:, None], row[seen][None, :]), weights[np.ix_(seen, seen)])
        np.fill_diagonal(out, 0.0)
        return Snapshots.from_dense(out[None], np.array([[0.0, duration_s]]), directed=True)


def read_at(units: Units, electrodes: Units, reach_um: float) -> NDArray[np.int64]:
    """Give the electrode that reads each unit: the nearest one within reach, -1 where there is none."""
    from scipy.spatial import KDTree

    assert units.position_um is not None
    assert electrodes.position_um is not None
    distance, nearest = KDTree(electrodes.position_um).query(units.position_um)
    return np.where(distance <= reach_um, nearest, -1).astype(np.int64)
