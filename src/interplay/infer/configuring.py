"""Any registered method, set up for one recording by stated rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Recording

#: Bins for spikes where a method has no width of its own, s: correlations of counts profit from wide bins, and what
#: knows lags must resolve the delay of a synapse.
WIDE_BIN_S, FINE_BIN_S = 0.1, 0.01
#: Methods that look at counts of the same bin, whatever came before.
_WIDE = ("correlation", "mutual-information", "partial-correlation")


def known_settings(name: str) -> tuple[str, ...]:
    """Name the settings of a registered method.

    Parameters
    ----------
    name : str
    """
    from interplay.infer import METHODS

    return tuple(f.name for f in fields(METHODS[name]) if f.init)


def takes_spike_times(name: str) -> bool:
    """Tell whether a method reads spikes and nothing else: it has no bins, or cannot do without.

    Parameters
    ----------
    name : str
    """
    from interplay.infer import METHODS

    return all("None" not in str(f.type) for f in fields(METHODS[name]) if f.name == "bin_s")


def has_law(method: Any) -> bool:
    """Tell whether a method, as it is set up, gives p-values without surrogates.

    Parameters
    ----------
    method : configuration of a method
    """
    return bool(method.lawful()) if hasattr(method, "lawful") else False


def require_spikes(name: str, data: Recording) -> None:
    """Refuse a recording of traces alone for a method that reads spikes.

    Parameters
    ----------
    name : str
    data : Recording

    Raises
    ------
    DataError
    """
    if takes_spike_times(name) and data.events is None:
        raise DataError(
            f"`data` must hold spikes for `{name}`, got traces only. Use a method of samples, for example correlation."
        )


def default_bin_s(name: str) -> float:
    """Give the width of a bin for spikes, s: the method's own default, or one by what it looks for.

    Parameters
    ----------
    name : str
    """
    from interplay.infer import METHODS

    method = METHODS[name]
    own = next((f.default for f in fields(method) if f.name == "bin_s"), None)
    if isinstance(own, float):
        return own
    return WIDE_BIN_S if name in _WIDE else FINE_BIN_S


def configure_method(
    name: str,
    data: Recording,
    *,
    window_s: float | None = None,
    step_s: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    settings: Mapping[str, Any] | None = None,
) -> Any:
    """Set up a registered method for a recording.

    Parameters
    ----------
    name : str
    data : Recording
        A method of samples takes traces where there are any, otherwise spikes; a `bin_s` among `settings` asks for
        spikes.
    window_s, step_s : float, s, > 0, or None
        Windows. `window_s` None means one window as long as the longest observed interval; `step_s` None means
        `window_s`.
    seed : int
    jobs : int, >= 1
    settings : mapping of str to value, or None
        Of the method; they win over all others.

    Returns
    -------
    object with ``fit(recording)``

    Raises
    ------
    ConfigError
        If a setting is unknown.
    DataError
        If the method reads spikes and there are none.
    """
    from interplay.infer import METHODS

    known = known_settings(name)
    given = dict(settings or {})
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(f"{unknown_name('setting', unknown[0], known)} (of the method {name})")
    require_spikes(name, data)
    if window_s is None:
        window_s = float((data.observed.stop - data.observed.start).max())
    wanted: dict[str, Any] = {"window_s": window_s, "step_s": step_s or window_s, "seed": seed, "jobs": jobs}
    wanted["bin_s"] = default_bin_s(name) if data.traces is None or takes_spike_times(name) else None
    wanted |= given
    return METHODS[name](**{key: value for key, value in wanted.items() if key in known})
