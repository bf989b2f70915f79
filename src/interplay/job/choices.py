"""Settings that a plan leaves open, chosen from the data by stated rules, and said."""

from __future__ import annotations

import numpy as np

from interplay._core.errors import ConfigError
from interplay.data import Intervals, Recording, TemporalGraph
from interplay.infer.configuring import default_bin_s, takes_spike_times
from interplay.job.plan import Plan

#: A recording's windows are a minute, unless it is too short for ten of them or too slow for thirty samples in each.
_WINDOW_S, _LEAST_WINDOWS, _LEAST_SAMPLES = 60.0, 10, 30
#: An event list has no natural pace: it is cut into this many windows.
_GRAPH_WINDOWS = 40
#: More windows than this are a slip of the pen, and would fill the memory before anything is measured.
_MOST_WINDOWS = 1_000_000
#: A window must be longer than so many lags: spikes near its edges have partners outside it.
_LAGS_PER_WINDOW = 4


def resolve(plan: Plan, data: Recording | TemporalGraph) -> tuple[Plan, tuple[str, ...]]:
    """Fill in what the plan leaves open.

    Parameters
    ----------
    plan : Plan
    data : Recording or TemporalGraph

    Returns
    -------
    plan : Plan
        With `window_s`, `step_s`, `method` and `bin_s` set.
    notes : tuple of str
        Each choice, with its reason.

    Raises
    ------
    ConfigError
        If the method does not fit the data, if there would be more than a million windows, or if the lag of tiling
        is not below a quarter of a window.
    """
    settings, notes = plan.model_dump(), []
    if isinstance(data, TemporalGraph):
        if plan.behavior is not None:
            raise ConfigError("`behavior` must be left out for an event list: it carries none. Remove the option.")
        if plan.window_s is None:
            length = data.span[1] - data.span[0]
            settings["window_s"] = length / _GRAPH_WINDOWS
            settings["step_s"] = plan.step_s or settings["window_s"]
            notes.append(
                f"Windows are a {_GRAPH_WINDOWS}th of the observed span, {settings['window_s']:g} s, side by side."
            )
    else:
        settings["method"] = _method(plan, data)
        settings["bin_s"] = plan.bin_s or default_bin_s(settings["method"])
        if plan.window_s is None:
            settings["window_s"], reason = _window(data, settings["method"], settings["bin_s"])
            notes.append(f"Windows are {settings['window_s']:g} s long: {reason}.")
    if settings["step_s"] is None:
        settings["step_s"] = settings["window_s"] / 2
    resolved = Plan.of(**settings)
    _require_room(resolved, data)
    return resolved, tuple(notes)


def _require_room(plan: Plan, data: Recording | TemporalGraph) -> None:
    """Refuse windows that are too many, or too short for the lag, before any is laid out."""
    observed = data.observed if isinstance(data, Recording) else Intervals.single(*data.span)
    pairs = [("window_s", plan.window_s, "step_s", plan.step_s)]
    if plan.readout_window_s is not None:
        pairs.append(("readout_window_s", plan.readout_window_s, "step", plan.readout_window_s / 2))
    for name, length, step_name, step in pairs:
        assert length is not None
        assert step is not None
        with np.errstate(over="ignore"):
            room = (observed.stop - observed.start - length) / step
        count = float((np.floor(room[room >= 0]) + 1).sum())
        if count > _MOST_WINDOWS:
            raise ConfigError(
                f"`{name}`={length:g} and `{step_name}`={step:g} must give at most {_MOST_WINDOWS} windows, got "
                f"{count:.6g} in {float((observed.stop - observed.start).sum()):g} s. Lengthen them."
            )
        if isinstance(data, Recording) and plan.method == "tiling" and not fits_lag(plan, length):
            raise ConfigError(
                f"`lag_s` must be below a {_LAGS_PER_WINDOW}th of `{name}`={length:g}, that is below "
                f"{length / _LAGS_PER_WINDOW:g}, got {plan.lag_s:g}. Shorten the lag or lengthen the window."
            )


def fits_lag(plan: Plan, window_s: float) -> bool:
    """Tell whether a window is long enough for the plan's method: for the lag of coincidence, or as long as planned."""
    if plan.method == "tiling":
        return plan.lag_s * _LAGS_PER_WINDOW < window_s
    return plan.method in ("auto", "correlation") or (plan.window_s or 0.0) <= window_s


def _method(plan: Plan, recording: Recording) -> str:
    if plan.method != "auto" and takes_spike_times(plan.method) and recording.events is None:
        raise ConfigError(
            f"`method`={plan.method!r} needs spikes, and this recording has traces only. Use method='correlation'."
        )
    if plan.method != "auto":
        return plan.method
    return "correlation" if recording.events is None else "tiling"


def _window(recording: Recording, method: str, bin_s: float) -> tuple[float, str]:
    longest = float((recording.observed.stop - recording.observed.start).max())
    if method == "correlation" and recording.traces is not None and _LEAST_SAMPLES * recording.traces.dt_s > _WINDOW_S:
        length = min(_LEAST_SAMPLES * recording.traces.dt_s, longest)
        return length, f"{_LEAST_SAMPLES} samples, or all of a shorter recording"
    if longest < _LEAST_WINDOWS * _WINDOW_S / 2:
        length = longest * 2 / (_LEAST_WINDOWS + 1)
        if method != "tiling" and recording.traces is None:
            # Half a window must hold whole bins too: windows overlap by half.
            length = max(1.0, np.floor(length / (2 * bin_s) + 1e-6)) * 2 * bin_s
        return length, "the recording is short, and this gives about ten half-overlapping ones"
    return _WINDOW_S, "the default"
