"""Which backend a name means."""

from __future__ import annotations

from typing import Any

from interplay._core.errors import ConfigError, unknown_name
from interplay.loop.backend import Backend


def make_backend(given: str | Backend, preset: str, plasticity: str, changes: dict[str, Any]) -> Backend:
    """Make the backend that a name means; an object is taken as it is.

    Parameters
    ----------
    given : {"silicon", "poisson"}, "replay:PATH", or a Backend
    preset : str
        Of the simulated culture.
    plasticity : str
        As `Dish` takes it.
    changes : dict
        Further settings of the simulated culture.

    Returns
    -------
    Backend

    Raises
    ------
    ConfigError
        If the name is unknown, the object lacks a method, or settings of the simulated culture are given for another
        backend.
    DataError
        If a recording to be replayed cannot be.
    """
    if not isinstance(given, str):
        lacking = [name for name in ("channels", "reset", "stim", "advance", "reward") if not hasattr(given, name)]
        if lacking:
            raise ConfigError(
                f"`backend` must have `channels`, `reset`, `stim`, `advance` and `reward`, but {given!r} lacks "
                f"{', '.join(lacking)}. See `loop.backend.Backend`."
            )
        return given
    if changes and given != "silicon":
        raise ConfigError(
            f"`culture` has settings of the simulated culture, but `backend` is {given!r}. Leave one out."
        )
    if given == "poisson":
        from interplay.loop.poisson import Poisson

        return Poisson()
    if given.startswith("replay:"):
        from interplay.loop.replay import Replay

        return Replay(given.removeprefix("replay:"), end="loop")
    if given != "silicon":
        raise ConfigError(unknown_name("`backend`", given, ("silicon", "poisson", "replay:PATH")))
    from interplay.loop.silicon import Silicon
    from interplay.spiking.culture import Culture

    mode = "frozen" if plasticity == "readout" else plasticity
    try:
        return Silicon(Culture.preset(preset, **{"plasticity": mode, **changes}))
    except TypeError as error:
        raise ConfigError(f"`culture` has a setting that Culture does not know: {error}.") from error
