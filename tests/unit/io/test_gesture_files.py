"""DVS Gesture: films with labels, arrays, archives."""

import tarfile

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.data import LabelledEvents
from interplay.io import read_gestures, sniff
from interplay.io.aedat import read_aedat
from interplay.testing.camera_files import aedat_3, write_gesture_arrays, write_gesture_films


def test_films_are_cut_at_the_windows_of_their_labels(tmp_path):
    folder = write_gesture_films(tmp_path)
    data = read_gestures(folder)
    assert (len(data), data.grid) == (12, (2, 128, 128))
    assert data.group.tolist() == [f"user0{k}" for k in (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)]
    assert data.label.tolist() == [(3 * k + j) % 11 for k in range(3) for j in range(4)]
    assert np.allclose(data.duration_s, 0.7)
    for k in (0, 5, 11):
        film = read_aedat(folder / f"user0{k // 4 + 1}_led.aedat")
        start = 1_000_000 * (k % 4) + 200_000
        inside = (film.time_us >= start) & (film.time_us < start + 700_000)
        assert (np.round(data.sample(k).time * 1e6) == film.time_us[inside] - start).all()
        unit = data.sample(k).unit
        assert (unit % 128 == film.x[inside]).all()
        assert (unit // 128 % 128 == film.y[inside]).all()
        assert ((unit < 128**2) == film.on[inside]).all()
    assert "12 gestures of 3 subject(s) (user01 to user03), cut from AEDAT 3.1" in data.notes[0]
    assert any("user01_led.aedat: 2 event(s) of kind special were skipped: 1" in note for note in data.notes)


def test_halves_are_those_of_the_lists(tmp_path):
    folder = write_gesture_films(tmp_path)
    assert np.unique(read_gestures(folder, half="train").group).tolist() == ["user01", "user02"]
    assert np.unique(read_gestures(folder, half="test").group).tolist() == ["user03"]
    with pytest.raises(ConfigError, match="Unknown half 'tests'; did you mean 'test'"):
        read_gestures(folder, half="tests")
    (folder / "trials_to_test.txt").write_text("user09_led.aedat\n")
    with pytest.raises(DataError, match=r"names 'user09_led.aedat' and 1 file\(s\) in all that are not there"):
        read_gestures(folder, half="test")
    (folder / "trials_to_test.txt").unlink()
    with pytest.raises(DataError, match=r"there is no file .*trials_to_test.txt"):
        read_gestures(folder, half="test")


def test_windows_that_overlap_and_events_out_of_order_are_told(tmp_path):
    folder = write_gesture_films(tmp_path, users=1)
    labels = folder / "user01_led_labels.csv"
    labels.write_text("class,startTime_usec,endTime_usec\n1,0,2000000\n2,1500000,3000000\n")
    data = read_gestures(folder)
    assert data.n_events.sum() > 300
    assert "user01_led.aedat: windows of labels that overlap the next: 1" in data.notes
    film = folder / "user01_led.aedat"
    before = data.take([0])
    one = read_aedat(film)
    rows = np.column_stack([one.time_us, one.x, one.y, one.on, np.ones(len(one.x), int)])
    rows[[10, 11]] = rows[[11, 10]]
    film.write_bytes(aedat_3([(1, rows)]))
    again = read_gestures(folder)
    assert again.take([0]).digest == before.digest
    assert "gestures whose events were out of order, and were sorted: 1" in again.notes


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("12,0,5", r"line 3: the class must be 1 to 11 .* got class 12"),
        ("0,0,5", "got class 0"),
        ("1,5,5", r"the start before the stop, got class 1, \[5, 5\) us"),
        ("1,5", "three whole numbers, got '1,5'"),
        ("1,5,x", "three whole numbers"),
        ("1,-5,9", "three whole numbers"),
    ],
)
def test_labels_that_make_no_sense(tmp_path, line, match):
    folder = write_gesture_films(tmp_path, users=1)
    (folder / "user01_led_labels.csv").write_text(f"class,startTime_usec,endTime_usec\n1,0,9\n{line}\n")
    with pytest.raises(DataError, match=match):
        read_gestures(folder)
    (folder / "user01_led_labels.csv").write_text(line)
    with pytest.raises(DataError, match="must begin with the line class,startTime_usec"):
        read_gestures(folder)


def test_arrays_in_folders_and_in_archives_are_the_same(tmp_path):
    folder = write_gesture_arrays(tmp_path / "all")
    data = read_gestures(folder)
    assert (len(data), np.bincount(data.label).tolist()) == (9, [3, 0, 0, 0, 3, 0, 0, 0, 0, 0, 3])
    row = np.load(folder / "ibmGestureTrain/user02_natural/4.npy").astype(int)
    one = data.sample(int(np.flatnonzero((data.group == "user02") & (data.label == 4))[0]))
    assert np.allclose(one.time, row[:, 3] * 1e-3)
    assert (one.unit == ((1 - row[:, 2]) * 128 + row[:, 1]) * 128 + row[:, 0]).all()
    assert one.span[1] == pytest.approx((row[:, 3].max() + 1) * 1e-3)
    train, test = (read_gestures(folder, half=half) for half in ("train", "test"))
    assert (len(train), len(test)) == (6, 3)
    assert read_gestures(folder / "ibmGestureTest").digest == test.digest
    path = tmp_path / "ibmGestureTest.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder / "ibmGestureTest", "ibmGestureTest")
    assert sniff(path) == "gestures"
    packed = read_gestures(path)
    order = np.argsort(packed.label)
    assert packed.take(order).digest == test.digest
    with pytest.raises(DataError, match=r"trials of DVS Gesture \(train\), but there are none"):
        read_gestures(path, half="train")


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.zeros((3, 3)), r"rows of four numbers .* got shape \(3, 3\)"),
        (np.array([[128, 0, 0, 0]]), "row 0: x and y must be pixels below 128"),
        (np.array([[0.5, 0, 0, 0]]), "row 0"),
        (np.array([[0, 0, 2, 0]]), "polarity 0 or 1"),
        (np.array([[0, 0, 1, -1]]), "time >= 0"),
        (np.array([[0, 0, 1, np.nan]]), "row 0"),
    ],
)
def test_arrays_that_make_no_sense(tmp_path, array, match):
    folder = write_gesture_arrays(tmp_path)
    np.save(folder / "ibmGestureTrain/user01_natural/0.npy", array)
    with pytest.raises(DataError, match=match):
        read_gestures(folder)
    np.save(folder / "ibmGestureTrain/user01_natural/11.npy", array)
    (folder / "ibmGestureTrain/user01_natural/0.npy").unlink()
    with pytest.raises(DataError, match="class must be 0 to 10, got 11"):
        read_gestures(folder)


def test_load_knows_both_and_other_folders_are_none(tmp_path):
    films, arrays = write_gesture_films(tmp_path / "films"), write_gesture_arrays(tmp_path / "arrays")
    assert (sniff(films), sniff(arrays), sniff(arrays / "ibmGestureTest")) == ("gestures",) * 3
    assert isinstance(ip.load(films), LabelledEvents)
    assert ip.load(arrays).digest == read_gestures(arrays).digest
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no DVS Gesture either"):
        sniff(tmp_path / "empty")
    with pytest.raises(DataError, match="there are none"):
        read_gestures(tmp_path / "empty")
    with pytest.raises(ConfigError, match="DVS Gesture"):
        ip.load(films, n_units=3)
