from dataclasses import replace

import numpy as np
import pytest

from interplay.measures.results import ChangePoints
from interplay.report import (
    Recovery,
    section_change,
    section_communities,
    section_methods,
    section_network,
    section_readout,
    section_recording,
    section_recovery,
    section_summary,
)
from interplay.report.sections.network import still_windows
from interplay.report.sections.recording import units_table


@pytest.fixture
def parts(make):
    network = make.network()
    return make.recording(), network, make.measures(network), make.readout(network)


def test_summary_puts_the_network_beside_the_best_baseline(parts):
    recording, network, measures, readout = parts
    text = " ".join(section_summary(recording, network, measures=measures, readouts=[readout]).lead)
    assert "the network (edge weights) reaches 0.81 [0.73, 0.88]" in text
    assert "the best baseline (firing rate) reaches 0.84 [0.76, 0.91]" in text
    assert "chance is 0.50" in text
    assert "does not tell the task better than firing rate alone." in text


def test_summary_warns_of_measures_that_follow_the_rate(parts):
    recording, network, measures, _ = parts
    text = " ".join(section_summary(recording, network, measures=measures).lead)
    assert "1 of 4 network measures moves with the firing rate" in text
    assert "modularity (ρ = 0.71)" in text
    calm = replace(measures, rate_correlation=dict.fromkeys(measures.graph, 0.1))
    assert "None of the 5" in " ".join(section_summary(recording, network, measures=calm).lead)


def test_summary_counts_what_was_recorded(parts):
    recording, network, _, _ = parts
    section = section_summary(recording, network)
    spikes = next(t for t in section.tiles if t.label == "spikes")
    assert spikes.value.replace("\N{NARROW NO-BREAK SPACE}", "") == str(len(recording.events))
    assert "12 units were observed for 2.9 min" in section.lead[0]


def test_summary_claims_no_change_where_none_was_found(make, parts):
    recording, network, _, _ = parts
    calm = make.measures(network, changes=False)
    assert "No change point was found" in " ".join(section_summary(recording, network, measures=calm).lead)


def test_summary_says_when_changes_were_not_tested(parts):
    recording, network, measures, _ = parts
    bare = replace(measures, changes=replace(measures.changes, pvalues=None))
    assert "no null model" in " ".join(section_summary(recording, network, measures=bare).lead)


def test_summary_puts_changes_beside_those_of_rate(parts):
    recording, network, measures, _ = parts
    text = " ".join(section_summary(recording, network, measures=measures).lead)
    assert "The same search on firing rates alone finds 1 change, at 144 s" in text
    still = replace(measures.rate_changes, time_s=np.empty(0))
    text = " ".join(section_summary(recording, network, measures=measures, rate_changes=still).lead)
    assert "firing rates alone finds no change" in text


def test_summary_reports_recovery_with_its_baseline(make, parts):
    recording, network, _, _ = parts
    text = section_summary(recording, network, recovery=make.recovery(network)).lead[-1]
    assert "AUC of 0.94 (product of rates alone: 0.56)" in text
    assert "within 3 s" in text


def test_recovery_says_when_no_change_was_found():
    found = section_recovery(Recovery(edge_auc=0.8, true_changes_s=np.array([5.0]), tolerance_s=1.0))
    assert "no change was found" in found.lead[0]
    assert found.tables[0].rows == ((5.0, None, "no"),)


def test_recording_names_what_it_does_not_draw(make):
    recording = make.recording()
    series = recording.behavior["position"]
    section = section_recording(make.recording(behavior={f"b{k}": series for k in range(5)}))
    assert "2 further behaviours not drawn: b3 and b4" in section.figures[0].caption
    assert section.notes == recording.notes


def test_units_table_has_a_row_per_unit(make):
    recording = make.recording(n=7)
    table = units_table(recording)
    assert len(table.rows) == 7
    assert table.columns == ("unit", "group", "kind", "x (µm)", "y (µm)", "spikes", "rate (Hz)")
    assert [r[5] for r in table.rows] == recording.events.counts().tolist()


def test_overview_axis_is_where_time_runs(make):
    figure = section_recording(make.recording(duration=200.0)).figures[0]
    assert (figure.axis.start, figure.axis.stop) == (0.0, 200.0)
    assert 0 < figure.axis.box[0] < figure.axis.box[2] < 1
    assert figure.narrow_svg != figure.svg


def test_stills_show_the_middle_of_each_regime(make):
    measures = make.measures(make.network(s=9))
    assert still_windows(9, measures) == [(1, "Regime 1"), (4, "Regime 2"), (7, "Regime 3")]
    assert [k for k, _ in still_windows(9, None)] == [0, 4, 8]
    assert [k for k, _ in still_windows(1, None)] == [0]


def test_network_says_when_edges_were_left_out(make):
    section = section_network(make.network(density=0.9), most_edges=45)
    assert "5 strongest edges of each window" in " ".join(section.text)
    assert "45 in all at most" in " ".join(section.text)


def test_change_stands_beside_rate_and_truth(make, parts):
    measures = parts[2]
    section = section_change(measures, true_changes_s=np.array([60.0, 120.0]))
    columns = section.tables[0].columns
    assert columns[-2:] == ("nearest true change (s)", "nearest change of rate (s)")
    badges = {f.title: (f.badge, f.warn) for f in section.figures}
    assert badges["Modularity"] == ("rate ρ = 0.71", True)
    assert badges["Density"] == ("rate ρ = 0.10", False)
    assert badges["E/I balance"] == ("rate ρ undefined", False)
    assert "The same search on firing rates alone finds 1 change" in " ".join(section.text)


def test_change_says_when_rates_are_unknown(make):
    section = section_change(make.measures(make.network(), rate=False))
    assert "Firing rates are not known" in " ".join(section.text)


def test_no_change_gives_no_table_of_changes(make):
    measures = make.measures(make.network(), changes=False)
    still = ChangePoints(
        time_s=np.empty(0), index=np.empty(0, int), regime=np.zeros(9, int), gain=np.empty(0), pvalues=None
    )
    section = section_change(measures, rate_changes=still)
    assert section.tables[0].caption == "Network measures"
    assert "on firing rates alone finds no change" in " ".join(section.text)


def test_readout_table_keeps_every_row(make):
    result = make.readout(make.network())
    section = section_readout(result, key="task")
    assert [r[0] for r in section.tables[0].rows] == [r.name for r in result.rows]
    assert section.lead == (result.verdict,)
    assert {f.key for f in section.figures} == {"task-forest", "task-strip"}


def test_methods_are_those_really_used(make, parts):
    _, network, measures, readout = parts
    section = section_methods({"inference": network, "measures": measures, "read-out": readout})
    text = " ".join(section.text)
    assert "inferred with tiling" in text
    assert "density, modularity, global efficiency" in text
    assert "the baselines firing rate, raw correlation and degree" in text
    settings = next(t for t in section.tables if t.caption == "Settings")
    assert ("read-out", "dict", "n_folds", "5") in settings.rows


def test_a_method_that_several_stages_used_is_described_once(parts):
    _, network, _, _ = parts
    once, twice = section_methods({"a": network}), section_methods({"a": network, "b": network})
    assert twice.text == once.text
    assert len(twice.tables[0].rows) == 2 * len(once.tables[0].rows)


def test_units_that_stand_alone_are_no_communities(parts):
    _, _, measures, _ = parts
    labels = np.full(measures.communities.shape, -1)
    labels[:, :6] = [0, 0, 1, 1, 2, 3]
    text = section_communities(replace(measures, communities=labels)).text[0]
    assert "has 2 communities of at least two (2 to 2), and 2 stand alone" in text
