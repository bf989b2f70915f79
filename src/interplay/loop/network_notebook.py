"""What is written down of a player's own network while it plays, as a `Recording` that the main job analyses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Recording, Units
from interplay.loop.recording import Recorder


class NetworkNotebook:
    """The notebook of one session of a spiking network; time 0 is the first serve.

    Parameters
    ----------
    layers : sequence of int
        Units of each layer.
    tick_s : float, s

    Notes
    -----
    A network looks at the game for some steps and then decides. The steps of a look are spread evenly over the ticks
    in which its decision holds, so that spikes stand beside what they brought about; between a miss and the next serve
    nothing fires.
    """

    def __init__(self, layers: Sequence[int], tick_s: float) -> None:
        units = Units(
            n=sum(layers),
            id=np.array([f"layer {k + 1} unit {i}" for k, n in enumerate(layers) for i in range(n)]),
            group=np.array([f"layer {k + 1}" for k, n in enumerate(layers) for _ in range(n)]),
        )
        self._recorder = Recorder(units, tick_s, 0.0)
        self._tick_s = tick_s
        self._look: tuple[int, list[NDArray[Any]], tuple[float, float, float]] | None = None

    def look(self, tick: int, spikes: list[NDArray[Any]], place: tuple[float, float, float]) -> None:
        """Take note of a look that begins at this tick.

        Parameters
        ----------
        tick : int
        spikes : list of (T, N) array
            0 and 1, of each layer.
        place : (paddle_y, ball_x, ball_y), px
        """
        self.over(tick)
        self._look = (tick, spikes, place)

    def over(self, tick: int) -> None:
        """Let the decision of the last look end before this tick; one that never came into force is not kept."""
        look, self._look = self._look, None
        if look is None or look[0] == tick:
            return
        start, spikes, place = look
        self._recorder.seen(start, *place)
        step, unit = np.nonzero(np.concatenate(spikes, axis=1))
        share = (step + 0.5) / len(spikes[0])
        self._recorder.spikes((start + share * (tick - start)) * self._tick_s, unit)

    def hit(self, tick: int) -> None:
        """Write down a return of the ball."""
        self._recorder.hit(tick)

    def miss(self, tick: int, hits: int, pause_ticks: int) -> None:
        """Close a rally of so many hits."""
        self.over(tick)
        self._recorder.miss(tick, hits, pause_ticks)

    def close(self, n_ticks: int, meta: dict[str, str], notes: tuple[str, ...]) -> Recording | None:
        """Give the recording of a session of so many ticks; None before the first.

        Parameters
        ----------
        n_ticks : int, ticks
        meta : mapping of str to str
        notes : tuple of str

        Returns
        -------
        Recording or None
            Units with a group per layer; epochs "rallies", "hits" and "pauses", and behaviour "game" (paddle_y, ball_x,
            ball_y, px), as in the recording of a dish.
        """
        self.over(n_ticks)
        self._recorder.n_ticks = n_ticks
        return self._recorder.close(None, meta=meta, notes=notes)
