"""Settings that a plan leaves open, chosen from the data by stated rules, and said."""

from __future__ import annotations

import numpy as np

from interplay._core.errors import ConfigError
from interplay.data import Intervals, Recording, TemporalGraph
from interplay.infer.configuring import default_bin_s, known_settings, require_spikes, takes_spike_times
from interplay.job.inference import method_settings
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
        With `window_s`, `step_s` and `method` set, and `bin_s` where spikes are counted in bins.
    notes : tuple of str
        Each choice, with its reason.

    Raises
    ------
    ConfigError
        If there would be more than a million windows, if a setting of the method is wrong, or if the lag of tiling is
        not below a quarter of a window.
    DataError
        If the method reads spikes and there are none.
    """
    settings, notes = plan.model_dump(), []
    if isinstance(data, TemporalGraph):
        if plan.behavior is not None:
            raise ConfigError("`behavior` must be left out for an event list: it carries none. Remove the option.")
        notes += _unused_by_events(plan)
        if plan.window_s is None:
            length = data.span[1] - data.span[0]
            settings["window_s"] = length / _GRAPH_WINDOWS
            settings["step_s"] = plan.step_s or settings["window_s"]
            notes.append(
                f"Windows are a {_GRAPH_WINDOWS}th of the observed span, {settings['window_s']:g} s, side by side."
            )
    else:
        settings["method"] = _method(plan, data)
        settings["bin_s"], width, said = _bins(Plan.of(**settings), data)
        notes += said
        if plan.window_s is None:
            settings["window_s"], reason = _window(data, settings["method"], width)
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
    if plan.method == "auto":
        return "correlation" if recording.events is None else "tiling"
    require_spikes(plan.method, recording)
    return plan.method


def _bins(plan: Plan, recording: Recording) -> tuple[float | None, float | None, list[str]]:
    """Say how wide the bins are in the plan, how wide they will be, and what was given and is not used."""
    known, given = known_settings(plan.method), method_settings(plan)
    notes = []
    if "lag_s" not in known and plan.lag_s != Plan.model_fields["lag_s"].default:
        notes.append(f"`lag_s`={plan.lag_s:g} was not used: {plan.method} has no such setting.")
    if "surrogates" not in known and plan.surrogates:
        notes.append(f"`surrogates`={plan.surrogates} was not used: {plan.method} draws none.")
    if "bin_s" not in known or recording.events is None:
        if plan.bin_s is not None:
            why = f"{plan.method} reads spike times" if recording.events is not None else "traces were read"
            notes.append(f"`bin_s`={plan.bin_s:g} was not used: {why}.")
        width = None
    elif "bin_s" in given:
        width = given["bin_s"] if isinstance(given["bin_s"], int | float) else None
        plan = plan.model_copy(update={"bin_s": None})
    else:
        of_traces = recording.traces is not None and not takes_spike_times(plan.method)
        width = plan.bin_s or (None if of_traces else default_bin_s(plan.method))
    if recording.events is not None and recording.traces is not None:
        what = (
            "spike times" if "bin_s" not in known else "traces" if width is None else f"spikes, in bins of {width:g} s"
        )
        notes.append(f"The recording holds spikes and traces: {plan.method} read the {what}.")
    return (None if "bin_s" in given else width), width, notes


def _unused_by_events(plan: Plan) -> list[str]:
    """Name what was given to an inference that does not take place."""
    names = ("method", "method_set", "bin_s", "lag_s", "surrogates")
    given = [f"`{name}`" for name in names if getattr(plan, name) != Plan.model_fields[name].default]
    if not given:
        return []
    return [f"Nothing is inferred from an event list, whose events are added up: not used: {', '.join(given)}."]


def _window(recording: Recording, method: str, bin_s: float | None) -> tuple[float, str]:
    """Choose windows; `bin_s` is None where there are no bins."""
    longest = float((recording.observed.stop - recording.observed.start).max())
    if (
        method == "correlation"
        and bin_s is None
        and recording.traces is not None
        and _LEAST_SAMPLES * recording.traces.dt_s > _WINDOW_S
    ):
        length = min(_LEAST_SAMPLES * recording.traces.dt_s, longest)
        return length, f"{_LEAST_SAMPLES} samples, or all of a shorter recording"
    if longest < _LEAST_WINDOWS * _WINDOW_S / 2:
        length = longest * 2 / (_LEAST_WINDOWS + 1)
        if bin_s is not None:
            # Half a window must hold whole bins too: windows overlap by half.
            length = max(1.0, np.floor(length / (2 * bin_s) + 1e-6)) * 2 * bin_s
        return length, "the recording is short, and this gives about ten half-overlapping ones"
    return _WINDOW_S, "the default"
