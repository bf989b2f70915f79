"""What a plan leaves open, and what it may not ask for."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.data import Events, Recording, TemporalGraph
from interplay.job import Plan
from interplay.job.choices import resolve


@pytest.fixture
def spikes():
    trains = [np.array([1.0, 2.0]), np.array([3.0])]
    return Recording(events=Events.from_trains(trains, span=(0.0, 1000.0)))


@pytest.mark.parametrize(
    ("settings", "name", "count"),
    [
        ({"window_s": 1.0, "step_s": 1e-4}, "window_s", "got 9.99e"),
        ({"window_s": 1e-12, "lag_s": 1e-14}, "window_s", "got 2e"),
        ({"readout_window_s": 1e-12, "lag_s": 1e-14}, "readout_window_s", "got 2e"),
        ({"window_s": 1.0, "step_s": 1e-320}, "window_s", "got inf"),
    ],
)
def test_more_than_a_million_windows_are_refused(spikes, settings, name, count):
    with pytest.raises(ConfigError, match=f"`{name}`=.* at most 1000000 windows, {count}"):
        resolve(Plan.of(**settings), spikes)


def test_so_many_windows_of_events_are_refused_too():
    graph = TemporalGraph(src=[0], dst=[1], time=[0.5], n_nodes=2, span=(0.0, 1e9))
    with pytest.raises(ConfigError, match=r"at most 1000000 windows, got 2e\+09"):
        resolve(Plan.of(window_s=1.0), graph)
    assert resolve(Plan.of(window_s=2e3), graph)[0].step_s == 1e3


@pytest.mark.parametrize("settings", [{"window_s": 60.0, "lag_s": 15.0}, {"readout_window_s": 1.0, "lag_s": 0.25}])
def test_a_lag_of_a_quarter_window_is_refused(spikes, settings):
    with pytest.raises(ConfigError, match=f"`lag_s` must be below .* got {settings['lag_s']:g}"):
        resolve(Plan.of(**settings), spikes)
    resolve(Plan.of(method="correlation", **settings), spikes)
    resolve(Plan.of(**{**settings, "lag_s": settings["lag_s"] * 0.99}), spikes)
