import numpy as np
import pytest
from tests.oracles import stats as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series
from interplay.stats import window_target
from interplay.stats.motion import otsu

BOUNDS = np.column_stack([np.arange(0, 200, 5.0), np.arange(0, 200, 5.0) + 5.0])


def recording(**parts):
    return Recording(events=Events(time=np.empty(0), unit=np.empty(0, int), n_units=2, span=(0.0, 200.0)), **parts)


def shuttle(seed=0, noise=0.5):
    """10 s at one end, 10 s at the other, 2 s of running in between, on a diagonal track with jittery tracking."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, 200, 1 / 30)
    phase = t % 24
    s = np.interp(phase, [0, 10, 12, 22, 24], [0, 0, 1, 1, 0])
    xy = np.column_stack([100 + 80 * s, 300 - 200 * s]) + rng.normal(scale=noise, size=(len(t), 2))
    truth = np.where(s < 1 / 3, 0, np.where(s >= 2 / 3, 1, -1))
    running = (phase % 12) >= 10
    return Series(time=t, values=xy, unit="cm"), truth, running


def test_ends_of_a_diagonal_track_are_found():
    series, truth, _ = shuttle()
    target = window_target(recording(behavior={"position": series}), BOUNDS, "position")
    assert target.kind == "classes"
    assert "end of the track" in target.description
    for k, (a, b) in enumerate(BOUNDS):
        inside = truth[(series.time >= a) & (series.time < b)]
        shares = [(inside == c).mean() for c in (0, 1)]
        expected = int(np.argmax(shares)) if max(shares) >= 0.6 else -1
        if min(abs(s - 0.6) for s in shares) > 0.02:
            assert target.values[k] in (expected, 1 - expected if expected >= 0 else -1)
    first = target.values[target.usable]
    true = np.array([np.median(truth[(series.time >= a) & (series.time < b)]) for a, b in BOUNDS[target.usable]])
    agree = (first == true).mean()
    assert agree in (0.0, 1.0)  # which end is called the first is a convention
    # The axis points to where its largest component grows: here y, which is largest where s = 0.
    assert agree == 0.0
    assert any("left out: no class covers" in n for n in target.notes)


def test_ends_do_not_depend_on_stray_points_or_the_clock():
    series, _, _ = shuttle()
    stray = series.values.copy()
    stray[::400] = (1000.0, -500.0)
    plain = window_target(recording(behavior={"position": series}), BOUNDS, "position")
    strayed = Series(time=series.time, values=stray, unit="cm")
    assert np.array_equal(
        plain.values, window_target(recording(behavior={"position": strayed}), BOUNDS, "position").values
    )
    far = recording(behavior={"position": series}).shift(1e5)
    assert np.array_equal(plain.values, window_target(far, BOUNDS + 1e5, "position").values)


def test_rest_and_run_are_told_apart_in_spite_of_jitter_and_repeated_stamps():
    series, _, running = shuttle(noise=1.0)
    time = series.time.copy()
    time[100::50] = time[99::50][: len(time[100::50])]
    bounds = np.column_stack([np.arange(0, 199, 1.0), np.arange(0, 199, 1.0) + 1.0])
    target = window_target(
        recording(behavior={"position": Series(time=time, values=series.values, unit="cm")}),
        bounds,
        "position",
        how="moving",
    )
    truth = np.array([running[(time >= a) & (time < b)].mean() for a, b in bounds])
    clear = target.usable & ((truth < 0.05) | (truth > 0.95))
    assert clear.sum() > 150
    assert (target.values[clear] == (truth[clear] > 0.5)).mean() > 0.97
    assert target.classes == ("rest", "run")
    threshold = float(target.description.split("threshold ")[1].split()[0])
    assert 5 < threshold < 100  # the run is at 108 cm/s


def test_frozen_tracking_is_left_out_and_said():
    series, _, _ = shuttle()
    lost = series.values.copy()
    lost[series.time > 120] = (520.0, 8.0)
    rec = recording(behavior={"position": Series(time=series.time, values=lost, unit="cm")})
    target = window_target(rec, BOUNDS, "position")
    assert not target.usable[BOUNDS[:, 0] > 120].any()
    assert target.notes[0].startswith("80 s of position left out")
    kept = window_target(rec, BOUNDS, "position", frozen_s=np.inf)
    assert kept.usable[BOUNDS[:, 0] > 120].all()


def test_missing_positions_belong_to_no_class():
    series, _, _ = shuttle()
    holes = series.values.copy()
    holes[(series.time >= 48) & (series.time < 58)] = np.nan
    rec = recording(behavior={"position": Series(time=series.time, values=holes, unit="cm")})
    assert not window_target(rec, BOUNDS, "position").usable[10]
    assert window_target(recording(behavior={"position": series}), BOUNDS, "position").usable[10]


def test_time_without_samples_belongs_to_no_window():
    series, _, _ = shuttle()
    there = (series.time < 48) | (series.time >= 58)
    cut = Series(time=series.time[there], values=series.values[there], unit="cm")
    assert not window_target(recording(behavior={"position": cut}), BOUNDS, "position").usable[10]
    short = (series.time < 26.5) | (series.time >= 33)
    brief = Series(time=series.time[short], values=series.values[short], unit="cm")
    assert not window_target(recording(behavior={"position": brief}), BOUNDS, "position").usable[5]
    number = Series(time=cut.time, values=cut.values[:, :1] / 7)
    target = window_target(recording(behavior={"load": number}), BOUNDS, "load")
    assert np.flatnonzero(~target.usable).tolist() == [10, 11]
    assert np.isnan(target.values[10])
    assert target.notes == ("2 of 40 windows left out: known for less than half.",)


def test_epochs_label_the_windows_they_cover():
    epochs = Intervals(start=np.array([0.0, 52.0, 150.0]), stop=np.array([52.0, 97.5, 200.0]), label=["a", "b", "a"])
    target = window_target(recording(epochs={"task": epochs}), BOUNDS, "task")
    share = {
        "a": oracle.share_inside(BOUNDS, 0, 52) + oracle.share_inside(BOUNDS, 150, 200),
        "b": oracle.share_inside(BOUNDS, 52, 97.5),
    }
    expected = np.where(share["a"] > 0.6, 0, np.where(share["b"] > 0.6, 1, -1))
    expected[10] = 1  # [50, 55): three of five seconds, exactly the majority
    assert np.array_equal(target.values, expected)
    assert target.classes == ("a", "b")


def test_one_kind_of_epoch_is_told_from_the_rest():
    epochs = Intervals.from_bounds([[20.0, 60.0], [100.0, 140.0]])
    target = window_target(recording(epochs={"light": epochs}), BOUNDS, "light")
    assert target.classes == ("light", "outside")
    assert target.counts() == {"light": 16, "outside": 24}


def test_numbers_are_weighted_by_how_long_they_last():
    t = np.concatenate([np.arange(0, 100, 0.05), np.arange(100, 200, 0.1)])
    series = Series(time=t, values=np.sin(t / 9)[:, None], unit="au")
    target = window_target(recording(behavior={"pupil": series}), BOUNDS, "pupil")
    assert target.kind == "number"
    truth = [-9 * (np.cos(b / 9) - np.cos(a / 9)) / (b - a) for a, b in BOUNDS]
    np.testing.assert_allclose(target.values, truth, atol=0.01)


def test_few_whole_numbers_are_labels_and_rare_ones_are_left_out():
    t = np.arange(0, 200, 0.5)
    state = np.where(t < 90, 1, np.where(t < 100, 7, 2))
    target = window_target(recording(behavior={"phase": Series(time=t, values=state[:, None])}), BOUNDS, "phase")
    assert target.classes == ("1", "2")
    assert target.counts() == {"1": 18, "2": 20}
    assert any("fewer than 4 windows: 7" in n for n in target.notes)


def test_target_errors_say_what_to_do():
    series, _, _ = shuttle()
    flat = Series(time=series.time, values=np.full((len(series), 1), 3.25))
    rec = recording(
        behavior={"position": series, "pupil": flat, "many": Series(time=[0.0, 1.0], values=np.zeros((2, 5)))},
        epochs={"task": Intervals.single(0.0, 200.0)},
    )
    with pytest.raises(ConfigError, match="did you mean 'position'"):
        window_target(rec, BOUNDS, "positon")
    with pytest.raises(ConfigError, match="carries neither"):
        window_target(recording(), BOUNDS, "position")
    with pytest.raises(ConfigError, match="did you mean 'moving'"):
        window_target(rec, BOUNDS, "position", how="movin")
    with pytest.raises(ConfigError, match="Use how='label'"):
        window_target(rec, BOUNDS, "task", how="end")
    with pytest.raises(ConfigError, match="needs one channel, but 'position' has 2"):
        window_target(rec, BOUNDS, "position", how="mean")
    with pytest.raises(ConfigError, match="5 channels, which fits no rule"):
        window_target(rec, BOUNDS, "many")
    with pytest.raises(DataError, match="must vary between windows"):
        window_target(rec, BOUNDS, "pupil")
    with pytest.raises(DataError, match=r"at least two classes .* got task: 40, outside: 0"):
        window_target(rec, BOUNDS, "task")
    with pytest.raises(DataError, match="Use shorter windows"):
        window_target(rec, np.array([[0.0, 100.0], [100.0, 200.0]]), "position")
    still = Series(time=series.time, values=np.ones((len(series), 2)), unit="cm")
    with pytest.raises(DataError, match="stands still for long, pass frozen_s"):
        window_target(recording(behavior={"position": still}), BOUNDS, "position")
    with pytest.raises(ConfigError, match="`majority` must be > 0"):
        window_target(rec, BOUNDS, "position", majority=0.5)


def test_otsu_splits_two_heaps():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, 3000), rng.normal(8, 1, 1000)])
    assert 2.5 < otsu(values) < 5.5


def test_real_track_gives_both_ends(data_dir):
    h5py = pytest.importorskip("h5py")
    with h5py.File(data_dir / "rat_linear_track" / "linear_track.nwb") as file:
        place = file["processing/behavior/Position/position"]
        series = Series(time=place["timestamps"][:], values=place["data"][:], unit="pixels")
    span = series.span
    rec = Recording(
        events=Events(time=np.empty(0), unit=np.empty(0, int), n_units=1, span=span), behavior={"position": series}
    )
    start = np.arange(4397.0317, span[1] - 10, 5.0)
    bounds = np.column_stack([start, start + 10])
    ends = window_target(rec, bounds, "position")
    assert sum(ends.counts().values()) > 100
    assert min(ends.counts().values()) > 50
    assert not ends.usable[bounds[:, 0] > 5383].any()  # the tracker stands still from there on
    assert "1023 s of position left out" in ends.notes[0]
    moving = window_target(rec, bounds, "position", how="moving")
    assert min(moving.counts().values()) > 40
