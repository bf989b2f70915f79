"""The circuit stage: which units and windows it takes, what it says, and what it leaves out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made_circuits import make_course, make_fit

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series, TemporalGraph, windows
from interplay.job.circuit_pages import (
    FittedCircuit,
    circuit_chapter,
    circuit_lines,
    circuit_sentences,
    circuit_summary,
    tally,
)
from interplay.job.circuit_sheet import fitted_page
from interplay.job.circuit_stage import (
    choose_units,
    circuit_windows,
    fit_circuit,
    most_active,
    require_phi,
    require_units,
)
from interplay.job.plan import Plan
from interplay.job.store import load_result, save_result
from interplay.job.summary import plain


def silent(done, total):
    pass


def spikes(counts, duration=100.0, busy=100.0, **more):
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(0, busy, n)) for n in counts]
    return Recording(events=Events.from_trains(trains, span=(0.0, duration)), **more)


@pytest.fixture(scope="module")
def fitted():
    fit = make_fit()
    return FittedCircuit(fit=fit, course=make_course(fit), notes=("chosen by hand",))


def test_active_units_are_ranked_and_silent_ones_never_taken():
    units, what = most_active(spikes([5, 0, 50, 20, 0]))
    assert units.tolist() == [2, 3, 0]
    assert what == "with the most spikes"


def test_more_units_than_were_recorded_are_refused():
    require_units(Plan(circuit_units=3), spikes([9, 9, 9]))
    require_units(Plan(), spikes([9, 9, 9]))
    with pytest.raises(ConfigError, match="`circuit_units` must be at most the recording's 3 units, got 9999"):
        require_units(Plan(circuit_units=9999), spikes([9, 9, 9]))


def test_fewer_active_units_than_were_asked_for_are_said():
    units, _, notes = choose_units(Plan(circuit_units=3, circuit_window_s=50.0), spikes([900, 900, 0, 0]), 0.025, 0.05)
    assert units.tolist() == [0, 1]
    assert "3 were asked for, and the others are silent" in notes[0]


def test_an_infinite_gap_is_a_word_in_the_file_and_on_the_terminal(fitted):
    gap = fitted.course.nash_gap.copy()
    gap[:, 0] = np.inf
    gap[0, 1] = np.nan
    summary = plain(circuit_summary(replace(fitted, course=replace(fitted.course, nash_gap=gap))))
    assert summary["largest_nash_gap"] == ["inf"] * 7
    assert summary["nash_gap"][0][:2] == ["inf", None]
    assert "largest Nash gap of a unit, median window: inf" in "\n".join(circuit_lines(summary))


def test_traces_are_ranked_by_how_much_they_vary():
    values = np.column_stack([np.ones(50), np.arange(50.0), 0.1 * np.arange(50.0)])
    units, what = most_active(Recording(traces=Series.regular(values, dt_s=0.1)))
    assert units.tolist() == [1, 2]
    assert what == "whose traces vary most"


def test_as_many_units_are_taken_as_there_are_spikes_for():
    few, many = spikes([40] * 20 + [0]), spikes([5000] * 20 + [0])
    units, least_s, notes = choose_units(Plan(), few, 0.025, 0.05)
    assert len(units) == 4  # nothing fewer is tried, and the longest window there is holds what it can
    assert least_s == 100.0
    assert "4 of 21 units, those with the most spikes (as many as there are data for, 24 at most)" in notes[0]
    units, least_s, _ = choose_units(Plan(), many, 0.025, 0.05)
    assert units.tolist() == list(range(20))
    assert least_s == pytest.approx(20 * 21 / 50.0)


def test_units_that_are_asked_for_stand_and_their_windows_grow():
    units, least_s, notes = choose_units(Plan(circuit_units=10), spikes([100] * 20), 0.025, 0.05)
    assert len(units) == 10
    assert least_s == 100.0
    assert "as asked" in notes[0]
    assert len(choose_units(Plan(circuit_window_s=20.0), spikes([500] * 20), 0.025, 0.05)[0]) == 4
    assert len(choose_units(Plan(circuit_window_s=50.0), spikes([500] * 20), 0.025, 0.05)[0]) == 8


def test_all_units_need_no_note():
    assert choose_units(Plan(), spikes([5000, 6000]), 0.025, 0.05)[2] == ()


def test_two_active_units_are_needed():
    with pytest.raises(DataError, match="at least 2 active units, got 1 of 3"):
        choose_units(Plan(), spikes([9, 0, 0]), 0.025, 0.05)


def test_the_windows_of_the_network_are_taken_where_they_are_long_enough():
    recording = spikes([9, 9])
    bounds = windows(recording.observed, 20.0, 10.0)
    taken, notes = circuit_windows(Plan(), recording, bounds, 15.0)
    assert np.array_equal(taken, bounds)
    assert notes == ()


def test_windows_too_short_for_so_many_weights_become_longer_ones_and_that_is_said():
    recording = spikes([9, 9])
    taken, notes = circuit_windows(Plan(), recording, windows(recording.observed, 20.0, 10.0), 45.0)
    assert taken.tolist() == [[0.0, 45.0], [45.0, 90.0]]
    assert "2 windows of 45 s side by side, not to the network's 9 of 20 s: shorter ones hold too little" in notes[0]


def test_many_windows_become_fewer_and_that_is_said():
    recording = spikes([9, 9])
    taken, notes = circuit_windows(Plan(), recording, windows(recording.observed, 1.0, 0.5), 0.1)
    assert len(taken) <= 20
    assert np.allclose(np.diff(taken), 5.0)
    assert "about 20 are fitted, to stay quick" in notes[0]


def test_a_window_that_is_asked_for_stands():
    recording = spikes([9, 9])
    taken, notes = circuit_windows(
        Plan(circuit_window_s=25.0), recording, windows(recording.observed, 20.0, 10.0), 45.0
    )
    assert taken.tolist() == [[0.0, 25.0], [25.0, 50.0], [50.0, 75.0], [75.0, 100.0]]
    assert notes == ()


def test_windows_never_cross_a_gap():
    recording = spikes([9, 9], busy=40.0, observed=Intervals(start=[0.0, 60.0], stop=[40.0, 100.0]))
    taken, _ = circuit_windows(Plan(), recording, windows(recording.observed, 20.0, 10.0), 35.0)
    assert taken.tolist() == [[0.0, 35.0], [60.0, 95.0]]
    with pytest.raises(DataError, match="must be 45 s long, and the longest stretch observed without a gap is 40 s"):
        circuit_windows(Plan(), recording, windows(recording.observed, 20.0, 10.0), 45.0)


def test_what_cannot_be_fitted_says_why():
    graph = TemporalGraph(src=[0], dst=[1], time=[0.5], weight=[1.0], n_nodes=2, span=(0.0, 1.0))
    assert "An event list has no units with rates" in fit_circuit(Plan(), graph, np.empty((0, 2)), progress=silent)
    recording = spikes([9, 0, 0])
    said = fit_circuit(Plan(), recording, windows(recording.observed, 20.0, 10.0), progress=silent)
    assert "at least 2 active units" in said


def test_a_wrong_activation_is_refused_and_not_skipped():
    assert require_phi(Plan()) is None
    with pytest.raises(ConfigError, match="did you mean 'relu'"):
        require_phi(Plan(circuit_phi="rleu"))


def test_a_fitted_circuit_comes_back_from_its_file(fitted, tmp_path):
    save_result(tmp_path / "circuit.npz", {"circuit": fitted})
    found = load_result(tmp_path / "circuit.npz")["circuit"]
    assert found.notes == fitted.notes
    for name in ("weights", "low", "high", "drive", "bounds", "names", "sign"):
        assert np.array_equal(getattr(found.fit, name), getattr(fitted.fit, name), equal_nan=name in ("low", "high"))
    assert np.array_equal(found.course.verdict, fitted.course.verdict)
    assert set(found.fit.score) == set(fitted.fit.score)
    assert np.allclose(found.fit.circuit(0).weights, fitted.fit.weights[0])


def test_the_summary_is_plain_and_has_the_trivial_models_beside_it(fitted):
    summary = json.loads(json.dumps(plain(circuit_summary(fitted)), allow_nan=False))
    assert set(summary["score"]) == {"circuit", "own past", "constant rate"}
    assert len(summary["regime"]) == len(summary["verdict"]) == len(summary["windows_s"]) == 7
    assert summary["largest_nash_gap"] == pytest.approx(fitted.course.nash_gap.max(axis=1).tolist())
    assert summary["notes"][0] == "chosen by hand"
    lines = "\n".join(circuit_lines(summary))
    for text in ("9 units (7 excitatory, 2 inhibitory, 0 of no sign; signs estimated) in 7 windows", "certified 4",
                 "self-regulating 4", "own past", "constant rate"):  # fmt: skip
        assert text in lines


def test_undefined_numbers_are_said_to_be_undefined(fitted):
    nothing = np.full_like(fitted.course.nash_gap, np.nan)
    course = replace(fitted.course, nash_gap=nothing, certified_share=np.full(7, np.nan))
    fit = replace(fitted.fit, score={name: np.full(7, np.nan) for name in fitted.fit.score})
    found = FittedCircuit(fit=fit, course=course)
    lines = "\n".join(circuit_lines(plain(circuit_summary(found))))
    assert "median window: undefined" in lines
    assert "bootstrap" not in lines
    assert "score" not in circuit_sentences(found)[0]


def test_why_there_is_no_circuit_is_told():
    assert circuit_lines(plain(circuit_summary("None was asked for."))) == ["no circuit: None was asked for."]


def test_the_chapter_carries_how_units_and_windows_were_chosen(fitted):
    assert circuit_chapter(fitted).notes[0] == "chosen by hand"


def test_words_are_counted_the_most_frequent_first():
    assert tally(["b", "a_c", "b"]) == "b 2, a-c 1"
    assert tally([]) == "none"


def test_the_chapter_says_how_many_units_the_recording_has(fitted):
    n = len(fitted.fit.names)
    assert f"fitted to {n} of the recording's 84 units" in circuit_chapter(fitted, of=84).lead[0]
    assert f"fitted to {n} units" in circuit_chapter(fitted).lead[0]
    recording = spikes([5] * 11)
    assert f"fitted to {n} of the recording&#x27;s 11 units" in fitted_page(fitted, recording, title="A").replace(
        "&#39;", "&#x27;"
    )
