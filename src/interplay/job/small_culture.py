"""A small spiking culture with all units seen and its wiring known: the hard case for methods of inference."""

from __future__ import annotations

import numpy as np

from interplay.data import Events, Recording, Snapshots, Units
from interplay.spiking import Culture

#: Few units with few, strong synapses: in a large culture no single synapse could be told from minutes of spikes.
CULTURE = Culture(
    n_units=30, size_um=(700.0, 700.0), p_max=0.25, excitation=1.2, inhibition=1.2, drive_spread=0.5,
    noise_mean=3.0, plasticity="frozen",
)  # fmt: skip
_SETTLE_S = 5.0


def small_culture(seed: int, duration_s: float = 300.0) -> Recording:
    """Grow a small culture, let it settle, and record the spikes of all its units.

    Parameters
    ----------
    seed : int, >= 0
        Draws places, wiring and noise.
    duration_s : float, s, > 0

    Returns
    -------
    Recording
        The truth holds the synaptic weights at the start, signed, source to target.
    """
    live = CULTURE.begin(seed)
    truth = live.adjacency()
    live.advance(round(_SETTLE_S * 100))
    time, unit = [], []
    for _ in range(int(duration_s)):
        live.advance(100)
        found = live.spikes_of_units()
        time.append(found[0] - _SETTLE_S)
        unit.append(found[1])
    span = (0.0, float(int(duration_s)))
    events = Events.from_events(np.concatenate(time), np.concatenate(unit), n_units=CULTURE.n_units, span=span)
    return Recording(
        events=events,
        units=Units(n=CULTURE.n_units),
        truth=Snapshots.from_dense(truth[None], [span], directed=True),
        meta={"session_description": "Simulated: a small spiking culture, known wiring.", "config": repr(CULTURE)},
    )
