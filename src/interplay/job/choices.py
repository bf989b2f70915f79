"""Settings that a plan leaves open, chosen from the data by stated rules, and said."""

from __future__ import annotations

from interplay._core.errors import ConfigError
from interplay.data import Recording, TemporalGraph
from interplay.job.plan import Plan

#: A recording's windows are a minute, unless it is too short for ten of them or too slow for thirty samples in each.
_WINDOW_S, _LEAST_WINDOWS, _LEAST_SAMPLES = 60.0, 10, 30
#: An event list has no natural pace: it is cut into this many windows.
_GRAPH_WINDOWS = 40


def resolve(plan: Plan, data: Recording | TemporalGraph) -> tuple[Plan, tuple[str, ...]]:
    """Fill in what the plan leaves open.

    Parameters
    ----------
    plan : Plan
    data : Recording or TemporalGraph

    Returns
    -------
    plan : Plan
        With `window_s`, `step_s` and `method` set.
    notes : tuple of str
        Each choice, with its reason.

    Raises
    ------
    ConfigError
        If the method does not fit the data.
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
        if plan.window_s is None:
            settings["window_s"], reason = _window(data, settings["method"])
            notes.append(f"Windows are {settings['window_s']:g} s long: {reason}.")
    if settings["step_s"] is None:
        settings["step_s"] = settings["window_s"] / 2
    return Plan.of(**settings), tuple(notes)


def _method(plan: Plan, recording: Recording) -> str:
    if plan.method == "tiling" and recording.events is None:
        raise ConfigError(
            "`method`='tiling' needs spikes, and this recording has traces only. Use method='correlation'."
        )
    if plan.method != "auto":
        return plan.method
    return "correlation" if recording.events is None else "tiling"


def _window(recording: Recording, method: str) -> tuple[float, str]:
    longest = float((recording.observed.stop - recording.observed.start).max())
    if method == "correlation" and recording.traces is not None and _LEAST_SAMPLES * recording.traces.dt_s > _WINDOW_S:
        length = min(_LEAST_SAMPLES * recording.traces.dt_s, longest)
        return length, f"{_LEAST_SAMPLES} samples, or all of a shorter recording"
    if longest < _LEAST_WINDOWS * _WINDOW_S / 2:
        return longest * 2 / (
            _LEAST_WINDOWS + 1
        ), "the recording is short, and this gives about ten half-overlapping ones"
    return _WINDOW_S, "the default"
