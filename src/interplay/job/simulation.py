"""The recordings that the job makes itself, where it is given none."""

from __future__ import annotations

from typing import Literal

from interplay._core.protocols import Progress
from interplay.data import Recording

#: What each of them offers to be read out.
BEHAVIOR = {"dish": "phase", "assemblies": "context"}
#: Electrodes of the dish that are kept: enough for every area, few enough for a report in about a minute.
_CHANNELS = 128
_SECONDS = 1200.0


def simulate(kind: Literal["dish", "assemblies"], seed: int, progress: Progress) -> Recording:
    """Simulate 20 minutes.

    Parameters
    ----------
    kind : {"dish", "assemblies"}
        A culture of 1000 neurons that plays Pong in a closed loop, read at 128 electrodes; or 120 units whose
        assemblies are rewired at known times.
    seed : int
    progress : callable

    Returns
    -------
    Recording
        With its truth.
    """
    if kind == "assemblies":
        from interplay.spiking import Assemblies

        return Assemblies(seed=seed).simulate(progress=progress)
    from interplay.loop import Budget, Dish, play

    dish = Dish(record=True, record_channels=_CHANNELS)
    session = play(dish, budget=Budget(rallies=None, seconds=_SECONDS), seed=seed, progress=progress)
    assert session.recording is not None
    return session.recording
