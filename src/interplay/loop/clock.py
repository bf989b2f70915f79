"""Times that one clock gives, on another: what rounding moves over a rim is put back, what is late is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.loop.player import PlayerError

#: Far above what sums of ticks of 10 ms round to within hours, far below what tells two spikes apart.
ROUNDING_S = 1e-9


def within(
    time: NDArray[np.float64], start: float, stop: float, *, whose: str, slack_s: float = ROUNDING_S
) -> NDArray[np.float64]:
    """Require times to lie in [start, stop), and move those that miss it by no more than `slack_s` to its rim.

    Parameters
    ----------
    time : (E,) float array, s
    start, stop : float, s
    whose : str
        What the times belong to, for the message: "the stretch that has just passed".
    slack_s : float, s

    Returns
    -------
    (E,) float array, s

    Raises
    ------
    PlayerError
        If a time lies further outside.
    """
    out = (time < start - slack_s) | (time >= stop + slack_s)
    if out.any():
        k = int(np.argmax(out))
        raise PlayerError(
            f"spikes of a culture must come in the ticks that they fell into, but one of {len(time)} came at "
            f"{time[k]:.6f} s, outside {whose}, [{start:.6f}, {stop:.6f}) s. Let `advance` give the spikes of its own "
            "ticks, on the clock that `reset` began, and none that were held back."
        )
    # The difference, or the sum, of two clocks may round onto the end.
    return np.clip(time, start, np.nextafter(stop, -np.inf))
