"""Three figures of performance per window, from made, loaded and played sessions."""

from dataclasses import replace

import numpy as np
import pytest
from tests.oracles import alignment as oracle

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording
from interplay.loop import Budget, Dish, play
from interplay.stats import game_performance
from interplay.testing.dish_files import write_session


def session(rallies, hits, span=100.0):
    stop = np.array([end for end, _ in rallies])
    epochs = {
        "rallies": Intervals(
            start=np.concatenate([[0.0], stop[:-1]]), stop=stop, label=np.array([str(h) for _, h in rallies])
        )
    }
    if hits:
        epochs["hits"] = Intervals(start=np.array(hits), stop=np.array(hits) + 0.01)
    return Recording(events=Events.from_trains([[1.0]], span=(0.0, span)), epochs=epochs)


def test_figures_equal_counting_by_hand():
    rng = np.random.default_rng(0)
    ends = np.sort(rng.uniform(0, 100, 12))
    hits = np.sort(rng.uniform(0, 100, 20))
    counted = np.histogram(hits, np.concatenate([[0.0], ends]))[0]
    rallies = list(zip(ends.tolist(), counted.tolist(), strict=True))
    start = np.arange(0, 97, 3.0)
    bounds = np.column_stack([start, start + 5])
    bounds = np.concatenate([bounds, [[float(ends[5]), float(ends[6])]]])  # half-open: the first counts, not the second
    found = game_performance(session(rallies, hits.tolist()), bounds)
    expected = np.array([oracle.figures(rallies, hits.tolist(), a, b) for a, b in bounds])
    assert found.hits_per_rally == pytest.approx(expected[:, 0], nan_ok=True)
    assert found.hit_miss_ratio == pytest.approx(expected[:, 1], nan_ok=True)
    assert found.catch_share == pytest.approx(expected[:, 2], nan_ok=True)
    assert np.array_equal(found.figure("catch_share"), found.catch_share, equal_nan=True)
    assert found.n_misses[-1] == 1


def test_a_window_inside_a_rally():
    made = session([(10.0, 0), (60.0, 3)], [20.0, 30.0, 40.0])
    found = game_performance(made, [[0.0, 15.0], [15.0, 45.0], [45.0, 55.0], [45.0, 70.0], [0.0, 70.0]])
    assert found.hits_per_rally == pytest.approx([0, np.nan, np.nan, 3, 1.5], nan_ok=True)
    assert found.hit_miss_ratio == pytest.approx([0, np.nan, np.nan, 0, 1.5], nan_ok=True)
    assert found.catch_share == pytest.approx([0, 1, np.nan, 0, 0.6], nan_ok=True)
    assert found.n_hits.tolist() == [0, 3, 0, 0, 3]
    assert found.n_misses.tolist() == [1, 0, 0, 1, 2]
    assert found.notes == ("2 of 5 windows hold no miss.",)


def test_over_finished_rallies_ratio_and_mean_hits_are_one_figure(tmp_path):
    write_session(tmp_path / "s", hits=(1, 0, 3, 0, 2))
    recording = ip.load(tmp_path / "s")
    found = game_performance(recording, [recording.span])
    assert found.hits_per_rally[0] == found.hit_miss_ratio[0] == 6 / 5
    assert found.catch_share[0] == 6 / 11
    assert found.n_misses[0] == 5


def test_a_played_session_carries_its_hits():
    played = play(Dish("poisson", record=True, record_channels=20), budget=Budget(rallies=3, seconds=None), seed=3)
    found = game_performance(played.recording, [[0.0, played.recording.span[1] + 1]])
    assert found.n_misses[0] == 3
    assert found.n_hits[0] == played.hits.sum() == len(played.hit_tick)
    if played.hits.any():
        assert played.recording.epochs["hits"].start == pytest.approx(played.hit_tick * 0.01)


def test_a_session_without_hits_has_none():
    found = game_performance(session([(10.0, 0), (20.0, 0)], []), [[0.0, 30.0]])
    assert (found.hits_per_rally[0], found.hit_miss_ratio[0], found.catch_share[0]) == (0, 0, 0)


def test_refusals():
    made = session([(10.0, 1)], [5.0])
    with pytest.raises(DataError, match='must have the epoch "rallies"'):
        game_performance(replace(made, epochs={}), [[0.0, 1.0]])
    with pytest.raises(DataError, match='must have the epoch "hits", since its rallies count 1'):
        game_performance(session([(10.0, 1)], []), [[0.0, 1.0]])
    with pytest.raises(DataError, match="must be numbers of hits"):
        game_performance(replace(made, epochs={"rallies": Intervals.from_bounds([[0, 1]], ["a"])}), [[0.0, 1.0]])
    with pytest.raises(ConfigError, match="did you mean"):
        game_performance(made, [[0.0, 1.0]]).figure("hit_mis_ratio")


def test_a_real_session_is_counted(data_dir):
    recording = ip.load(data_dir / "dish")
    start = np.arange(0.0, 1081.0, 60.0)
    found = game_performance(recording, np.column_stack([start, start + 120]))
    whole = game_performance(recording, [recording.span])
    labels = np.array([int(x) for x in recording.epochs["rallies"].label])
    assert whole.n_misses[0] == len(labels)
    assert whole.hits_per_rally[0] == pytest.approx(labels.mean())
    assert np.isfinite(found.hits_per_rally).all()
    assert not np.array_equal(found.hits_per_rally, found.hit_miss_ratio)
