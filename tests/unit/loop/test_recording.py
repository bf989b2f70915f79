import json

import numpy as np
import pytest

from interplay import ConfigError, load
from interplay.data import Units
from interplay.io import save_nwb, save_recording
from interplay.io.dish_game import game_statistics
from interplay.job import Plan, run
from interplay.loop import Budget, Dish, PlayerError, play
from interplay.loop.recording import Column, Recorder, spread_channels


def test_columns_grow() -> None:
    column, wide = Column(np.float64), Column(np.float32, 3)
    for k in range(50):
        column.extend(np.arange(100.0) + 100 * k)
        wide.extend(np.full((40, 3), k))
    assert column.values().tolist() == list(range(5000))
    assert wide.values().shape == (2000, 3)
    assert len(wide) == 2000


def test_a_session_by_hand() -> None:
    notebook = Recorder(Units(n=2), 0.01, 30.0)
    notebook.phase(0, "play")
    notebook.spikes(np.array([30.0, 30.02]), np.array([1, 0]))
    for tick in range(25):
        notebook.game(tick, 5.0, 300.0 - tick, 10.0)
    notebook.pulse(30.05, 3, 75.0)
    notebook.miss(25, 2, 10)
    notebook.phase(25, "feedback")
    notebook.phase(29, "rest")
    notebook.phase(35, "play")
    notebook.miss(50, 0, 10)
    notebook.phase(50, "feedback")
    notebook.phase(50, "rest")
    notebook.n_ticks = 60
    made = notebook.close(None, meta={}, notes=())
    assert made.span == (0.0, 0.6)
    assert made.events.time.tolist() == pytest.approx([0.0, 0.02])
    assert made.events.unit.tolist() == [1, 0]
    assert made.epochs["rallies"].bounds == pytest.approx(np.array([[0, 0.25], [0.25, 0.5]]))
    assert made.epochs["rallies"].label.tolist() == ["2", "0"]
    assert made.epochs["pauses"].bounds == pytest.approx(np.array([[0.25, 0.35], [0.5, 0.6]]))
    phase = made.epochs["phase"]
    assert phase.label.tolist() == ["play", "feedback", "rest", "play", "rest"]
    assert phase.bounds[:, 0] == pytest.approx([0, 0.25, 0.29, 0.35, 0.5])
    assert phase.bounds[:, 1] == pytest.approx([0.25, 0.29, 0.35, 0.5, 0.6])
    assert made.behavior["game"].values.tolist() == [[5, 300, 10], [5, 290, 10], [5, 280, 10]]
    assert made.behavior["stimulation"].values.tolist() == [[3, 75]]
    assert made.behavior["stimulation"].time == pytest.approx([0.05])


@pytest.mark.parametrize("time", [29.999, 30.61])
def test_a_spike_outside_the_session_is_refused(time) -> None:
    notebook = Recorder(Units(n=2), 0.01, 30.0)
    notebook.n_ticks = 60
    notebook.spikes(np.array([30.0 - 1e-10, 30.6]), np.array([1, 0]))
    assert notebook.close(None, meta={}, notes=()).events.time.tolist() == [0.0, np.nextafter(0.6, 0)]
    notebook.spikes(np.array([time]), np.array([1]))
    with pytest.raises(PlayerError, match=r"outside the session, \[0\.000000, 0\.600000\)"):
        notebook.close(None, meta={}, notes=())


def test_nothing_played_is_no_recording() -> None:
    assert Recorder(Units(n=1), 0.01, 0.0).close(None, meta={}, notes=()) is None
    assert Dish("poisson").recording() is None


def test_channels_are_spread_over_those_that_fired_group_by_group() -> None:
    group = np.array(["a"] * 60 + ["b"] * 30 + ["c"] * 10)
    scan = np.full(100, 5)
    scan[::2] = 2  # too few
    kept = spread_channels(Units(n=100, group=group), scan, 20)
    assert len(kept) == 20
    assert (np.diff(kept) > 0).all()
    assert (kept % 2 == 1).all()
    assert [int((group[kept] == g).sum()) for g in "abc"] == [12, 6, 2]
    # Every k-th channel, whatever its rate.
    louder = scan + 1000 * (np.arange(100) % 4 == 1) * (scan >= 3)
    assert np.array_equal(spread_channels(Units(n=100, group=group), louder, 20), kept)
    assert spread_channels(Units(n=100, group=group), scan, 80).tolist() == list(range(1, 100, 2))
    with pytest.raises(ConfigError, match="record_channels"):
        spread_channels(Units(n=100, group=group), scan, 1)


def test_the_recording_of_a_session_says_what_the_session_says(tmp_path) -> None:
    dish = Dish("poisson", record=True, record_channels=40, warmup_s=10.0)
    session = play(dish, budget=Budget(rallies=4, seconds=None), seed=3)
    made = session.recording
    assert made.n_units == 40
    assert set(made.units.group.tolist()) == {"sensory", "motor_left", "motor_right"}
    assert made.span == (0.0, pytest.approx(session.seconds))
    game = game_statistics(made)
    assert game.hits.tolist() == session.hits.tolist()
    assert made.epochs["rallies"].stop == pytest.approx(session.stop_tick * 0.01)
    assert made.epochs["pauses"].total == pytest.approx(4 * 8.21)
    phase = made.epochs["phase"]
    assert phase.disjoint
    assert phase.total == pytest.approx(session.seconds)
    told = phase.stop - phase.start
    assert told[phase.label == "feedback"].sum() == pytest.approx(4 * 4.0 + 0.1 * session.hits.sum())
    assert told[phase.label == "rest"].sum() == pytest.approx(4 * 4.21)
    track = made.behavior["game"]
    # The session's own track holds places at the ends of ticks, the recording's at their beginnings.
    shown = ~np.isnan(session.track[:, 0])
    assert np.interp(session.track_tick[shown] * 0.01 + 0.01, track.time, track.values[:, 1]) == pytest.approx(
        session.track[shown, 0], abs=25
    )
    save_recording(made, tmp_path / "session.npz")
    assert load(tmp_path / "session.npz").digest == made.digest


@pytest.mark.slow
def test_a_session_survives_nwb(tmp_path) -> None:
    dish = Dish(record=True, record_channels=40, warmup_s=10.0)
    made = play(dish, budget=Budget(rallies=2, seconds=None), seed=3).recording
    assert made.truth is not None
    save_nwb(made, tmp_path / "session.nwb")
    assert load(tmp_path / "session.nwb").digest == made.digest


@pytest.mark.slow
def test_the_main_job_analyses_a_session(tmp_path) -> None:
    dish = Dish(record=True, record_channels=30, warmup_s=10.0)
    session = play(dish, budget=Budget(rallies=None, seconds=240.0), seed=4)
    save_nwb(session.recording, tmp_path / "session.nwb")
    settings = {"window_s": 20.0, "surrogates": 20, "nulls": 1, "permutations": 19, "folds": 3}
    plan = Plan.of(input=str(tmp_path / "session.nwb"), behavior="phase", readout_window_s=4.0, **settings)
    run(plan, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert 0 <= summary["recovery"]["edge_auc"] <= 1
    assert summary["changes_s"]["true"] == []
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000
