import json
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording, Series
from interplay.io import save_nwb
from interplay.testing.mutations import small_recording, write_foreign_nwb


@pytest.fixture
def foreign(tmp_path):
    return write_foreign_nwb(tmp_path / "f.nwb")


def change(path, edit):
    with h5py.File(path, "r+") as file:
        edit(file)
    return path


def exchange(name, value):
    def edit(file):
        attributes = dict(file[name].attrs)
        del file[name]
        file[name] = value
        file[name].attrs.update(attributes)

    return edit


def said(recording, words):
    return any(words in note for note in recording.notes)


def test_a_file_of_other_tools_is_understood(foreign):
    recording = ip.load(foreign)
    assert recording.events.counts().tolist() == [5, 0, 7, 3]
    assert recording.units.id.tolist() == ["11", "12", "13", "14"]
    assert recording.units.sign.tolist() == [1, -1, 0, 1]
    assert recording.units.group.tolist() == ["CA1", "CA1", "CA3", "CA3"]
    assert recording.units.position_um.tolist() == [[0, 0, 2], [17.5, 0, 2], [35, 0, 2], [43.75, 0, 2]]
    assert recording.observed.bounds.tolist() == [[0, 4.5], [4.5, 10]]
    assert recording.epochs["trials"].label.tolist() == ["left", "right", "left"]
    assert recording.behavior["position"].values.shape == (40, 2)
    assert recording.behavior["position"].unit == "m"
    assert recording.meta["session_description"] == "made up"
    with h5py.File(foreign) as file:
        raw = file["processing/ophys/DfOverF/RoiResponseSeries/data"][()]
    assert np.array_equal(recording.traces.values, raw * 0.5 + 1.0)
    assert recording.traces.dt_s == pytest.approx(0.2)
    for words in (
        "1 unit(s) have several electrodes",
        "2 excitatory, 1 inhibitory, 1 not known",
        "column 'location'",
        "the channels of the traces were taken to be the units",
        "labels from the column 'outcome'",
    ):
        assert said(recording, words)


@pytest.mark.parametrize("width", [np.uint8, np.uint16, np.uint32, np.uint64, np.int64])
def test_an_index_of_any_width(foreign, width):
    before = ip.load(foreign)
    with h5py.File(foreign) as file:
        index = file["units/spike_times_index"][()]
    assert ip.load(change(foreign, exchange("units/spike_times_index", index.astype(width)))).digest == before.digest


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("units/spike_times_index", np.array([5, 5, 12, 9], np.uint8), "must not decrease: entry 3"),
        ("units/spike_times_index", np.array([5, 5, 12, 14], np.uint8), "ends at 14, but units/spike_times has 15"),
        ("units/spike_times_index", np.array([5, 5, 15], np.uint8), r"one whole number per row \(4\), got 3"),
        ("units/spike_times_index", np.array([0.5, 5, 12, 15]), "one whole number per row"),
        ("units/spike_times", np.full(15, np.nan), "unit 0: spike 0 is nan"),
        ("units/spike_times", np.arange(15.0)[::-1], "unit 0 must not decrease: spike 0, at 14.0 s"),
        ("units/spike_times", np.arange(15.0), "unit 2: the spike at 11.0 s .4 in all. lies outside obs_intervals"),
        ("units/spike_times", np.array([b"x"] * 15), "must hold numbers"),
        ("units/electrodes", np.array([0, 1, 2, 3, 9]), "must name rows of the electrodes table"),
        ("units/obs_intervals", np.tile([[4.0, 1.0]], (8, 1)), "start must be before stop"),
        ("intervals/trials/start_time", np.zeros(2), "must have 3 starts and stops"),
        ("processing/behavior/Position/position/timestamps", np.arange(7.0), "no axis fits"),
        ("processing/behavior/Position/position/timestamps", np.arange(40.0)[::-1], "`time` must not decrease"),
        ("processing/behavior/Position/position/data", np.full((40, 2), np.inf), "must not be infinite"),
        ("processing/ophys/DfOverF/RoiResponseSeries/data", np.full((50, 4), np.nan), "values of the traces are NaN"),
        ("general/extracellular_ephys/electrodes/x", np.zeros(2), "must have 4 positions"),
    ],
)
def test_the_place_of_damage_is_named(foreign, name, value, message):
    with pytest.raises(DataError, match=message) as caught:
        ip.load(change(foreign, exchange(name, value)))
    assert str(foreign) in str(caught.value)


def test_spikes_out_of_order_can_be_sorted(foreign):
    with h5py.File(foreign) as file:
        times = file["units/spike_times"][()]
    before = ip.load(foreign)
    swapped = times.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    recording = ip.load(change(foreign, exchange("units/spike_times", swapped)), sort=True)
    assert recording.digest == before.digest
    assert said(recording, "sorted, as asked (1 step(s) back)")


def test_a_claim_larger_than_the_file_takes_no_memory(foreign):
    def huge(file):
        del file["units/spike_times"], file["units/spike_times_index"]
        file.create_dataset("units/spike_times", shape=(10**12,), dtype="f8", chunks=(1024,))
        file["units/spike_times_index"] = np.array([1, 2, 3, 10**12])

    with pytest.raises(DataError, match="claims 8000000000000 bytes but the file holds only 0"):
        ip.load(change(foreign, huge))


def test_channels_by_samples_are_turned_and_said(foreign):
    before = ip.load(foreign).behavior["position"]
    name = "processing/behavior/Position/position/data"
    recording = ip.load(change(foreign, exchange(name, before.values.T)))
    assert recording.behavior["position"].digest == replace(before).digest
    assert said(recording, "against the standard")


def test_rois_by_samples_are_turned_and_said(foreign):
    name = "processing/ophys/DfOverF/RoiResponseSeries"
    before = ip.load(foreign).traces

    def turn(file):
        exchange(f"{name}/data", file[f"{name}/data"][()].T)(file)
        file[f"{name}/rois"] = np.arange(4)

    recording = ip.load(change(foreign, turn))
    np.testing.assert_array_equal(recording.traces.values, before.values)
    np.testing.assert_array_equal(recording.traces.time, before.time)
    assert said(recording, "4 ROIs")


def test_a_series_that_is_no_series_is_named(foreign):
    name = "processing/behavior/Position/position"
    with pytest.raises(DataError, match=rf"{name}: `time` must not decrease"):
        ip.load(change(foreign, exchange(f"{name}/timestamps", np.linspace(9.9, 0, 40))))


def test_a_file_without_spikes_or_traces(foreign):
    def strip(file):
        del file["units"], file["processing/ophys"]

    with pytest.raises(DataError, match="neither units with spike times nor a response series"):
        ip.load(change(foreign, strip))


def test_a_series_by_name(foreign):
    recording = ip.load(foreign, variable="position", kind="traces")
    assert recording.traces.values.shape == (40, 2)
    assert recording.events is None
    with pytest.raises(DataError, match="there is no series 'speed'"):
        ip.load(foreign, variable="speed")


def test_several_response_series_are_not_chosen_among(foreign):
    def double(file):
        file.copy("processing/ophys/DfOverF/RoiResponseSeries", "processing/ophys/DfOverF/other")
        del file["units"]

    with pytest.raises(DataError, match="several response series"):
        ip.load(change(foreign, double))
    assert ip.load(foreign, variable="DfOverF/other").traces.values.shape == (50, 4)


def test_without_obs_intervals_the_span_is_said(foreign):
    def drop(file):
        del file["units/obs_intervals"], file["units/obs_intervals_index"]

    recording = ip.load(change(foreign, drop))
    assert recording.span[0] == 0.0
    assert said(
        recording, "no obs_intervals: the observed span was taken from the extent of spikes and traces and behaviour"
    )
    assert ip.load(foreign, span=(-1, 20)).span == (-1.0, 20.0)


def test_a_spike_on_the_stop_of_an_observed_interval(foreign):
    with h5py.File(foreign) as file:
        times = file["units/spike_times"][()]
    times[4] = 10.0
    recording = ip.load(change(foreign, exchange("units/spike_times", times)))
    assert recording.events.time[-1] == 10.0
    assert said(recording, "exactly on the stop")


def test_everything_comes_back(tmp_path):
    recording = small_recording()
    save_nwb(recording, tmp_path / "a.nwb")
    found = ip.load(tmp_path / "a.nwb")
    assert found.digest == recording.digest
    assert found.notes == recording.notes
    assert found.behavior["lick/rate"].values.dtype == np.float32


@pytest.mark.slow
def test_the_same_recording_gives_the_same_bytes_in_another_process(tmp_path):
    save_nwb(small_recording(), tmp_path / "a.nwb")
    code = (
        "import sys; from interplay.io import save_nwb; from interplay.testing.mutations import small_recording; "
        "save_nwb(small_recording(), sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b.nwb")], check=True, env={"PYTHONHASHSEED": "7"})
    assert (tmp_path / "a.nwb").read_bytes() == (tmp_path / "b.nwb").read_bytes()


def test_the_file_is_valid_and_its_parts_lie_where_other_tools_look(tmp_path):
    from pynwb import NWBHDF5IO, validate

    recording = small_recording()
    path = save_nwb(recording, tmp_path / "a.nwb")
    assert validate(path=str(path)) == []
    with NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        assert file.units["spike_times"][2].tolist() == recording.events.train(2).tolist()
        assert file.units["group"][:].tolist() == ["left", "", "right"]
        assert file.electrodes["x"][0] == 0.0
        assert file.trials["label"][:].tolist() == ["hit", "miss"]
        assert file.processing["behavior"]["Position"]["position"].data[:].tolist() == (
            recording.behavior["position"].values.tolist()
        )
        assert file.acquisition["traces"].data.shape == (4, 3)


def test_a_changed_file_of_ours_is_refused_until_its_mark_is_gone(tmp_path):
    path = save_nwb(small_recording(), tmp_path / "a.nwb")

    def edit(file):
        file["units/spike_times"][0] = 0.25

    with pytest.raises(DataError, match="damaged or was changed"):
        ip.load(change(path, edit))

    def unmark(file):
        del file["processing/interplay"]

    assert ip.load(change(path, unmark)).events.time[0] == 0.25


def test_what_nwb_cannot_hold_is_refused(tmp_path):
    empty = Recording(events=Events(time=[], unit=[], n_units=0, span=(0, 1)))
    with pytest.raises(DataError, match="at least one unit"):
        save_nwb(empty, tmp_path / "a.nwb")
    blind = replace(small_recording(), behavior={"b": Series(time=[0.0], values=np.empty((1, 0)))})
    with pytest.raises(DataError, match="at least one channel"):
        save_nwb(blind, tmp_path / "a.nwb")
    nul = replace(small_recording(), epochs={"e": Intervals.from_bounds([[0, 1]], ["a\x00b"])})
    with pytest.raises(DataError, match="free of NUL"):
        save_nwb(nul, tmp_path / "a.nwb")
    assert not list(tmp_path.iterdir())


def test_odd_names_and_sorts_of_recordings_come_back(tmp_path):
    base = small_recording()
    one = Series.regular(np.zeros((2, 1)), dt_s=1.0)
    spans = Intervals.single(0.0, 1.0)
    for recording in (
        replace(base, behavior={"a/b": one, "series": one, "Series": one, "": one, "ü": one}),
        replace(base, epochs={"trials": spans, "Trials": spans, "epochs": spans, "x/y": spans, "intervals": spans}),
        replace(base, events=None),
        replace(base, traces=None, truth=None, behavior={}, epochs={}, meta={}, notes=()),
        replace(base, events=Events(time=[], unit=[], n_units=3, span=(0, 10)), traces=None),
        replace(base, meta={"session_start_time": "2021-05-06T07:08:09+02:00", "lab": "ß", "odd\nkey": "\x00"}),
    ):
        save_nwb(recording, tmp_path / "a.nwb")
        assert ip.load(tmp_path / "a.nwb").digest == recording.digest


def test_the_header_is_plain_json(tmp_path):
    path = save_nwb(small_recording(), tmp_path / "a.nwb")
    with h5py.File(path) as file:
        table = file["processing/interplay/about"]
        about = {k.decode(): json.loads(v) for k, v in zip(table["key"][()], table["value"][()], strict=True)}
    assert about["layout"] == 1
    assert about["digest"] == small_recording().digest


def test_the_rat_on_the_linear_track(data_dir):
    recording = ip.load(data_dir / "rat_linear_track" / "linear_track.nwb")
    assert (recording.n_units, len(recording.events)) == (31, 28829)
    assert recording.behavior["position"].values.shape == (118965, 2)
    assert said(recording, "groups from the units column 'tetrode'")
    assert recording.span[0] == pytest.approx(4397, abs=1)
    assert recording.span[1] == pytest.approx(6379.5, abs=1)
