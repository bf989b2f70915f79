"""A read-out with a decoder: on the page, in the figures and in the sentences, beside network and baselines."""

from dataclasses import replace

import numpy as np
import pytest

from interplay import plot
from interplay.plot.readout import shown_rows
from interplay.report import section_methods, section_readout, section_summary
from interplay.report.sections.summary import readout_sentence


@pytest.fixture(params=["classes", "number"])
def decoded(make, request):
    plain = make.readout(make.network(), kind=request.param)
    row = replace(
        plain.rows[0], name="spiking network", role="decoder", score=0.9, low=0.85, high=0.95, about="16 LIF units"
    )
    return plain, replace(plain, rows=(*plain.rows[:2], row, *plain.rows[2:]), decoder_difference=(0.06, 0.01, 0.11))


def test_the_best_of_each_kind_is_shown(decoded):
    plain, result = decoded
    assert [r.role for r in shown_rows(plain)] == ["network", "baseline"]
    assert [r.name for r in shown_rows(result)] == ["edge weights", "spiking network", "firing rate"]


def test_the_sentence_names_the_decoder_as_what_it_is(decoded):
    plain, result = decoded
    assert "decoder" not in readout_sentence(plain)
    text = readout_sentence(result)
    assert "the network (edge weights) reaches 0.81" in text
    assert "a decoder of the spikes (spiking network) reaches 0.90 [0.85, 0.95]" in text
    assert "the best baseline (firing rate) reaches 0.84" in text


def test_the_page_says_what_the_decoder_reads_and_what_it_is_ahead(make, decoded):
    plain, result = decoded
    assert "Decoder" not in " ".join(section_readout(plain).text)
    section = section_readout(result)
    text = " ".join(section.text)
    assert "Decoder: spiking network (16 LIF units) reaches 0.90 [0.85, 0.95], p = 0.01." in text
    assert "need not lie in the network" in text
    assert "Minus the best baseline: 0.06 [0.01, 0.11]" in text
    table = section.tables[0]
    role = table.columns.index("role")
    assert [r[role] for r in table.rows].count("decoder") == 1
    assert "Diamond and blue" in section.figures[0].caption
    assert "the decoder" in section.figures[1].caption
    recording, network = make.recording(), make.network()
    tiles = section_summary(recording, network, readouts=[result]).tiles
    assert any(t.value == "0.81" and t.note == "best baseline 0.84" for t in tiles)


def test_the_methods_say_that_it_was_trained_on_spikes(decoded):
    plain, result = decoded
    said = " ".join(section_methods({"read-out": result}).text)
    assert "a decoder (spiking network) was trained on the spikes themselves" in said
    assert "decoder" not in " ".join(section_methods({"read-out": plain}).text)


def test_figures_mark_the_decoder_apart(decoded):
    _, result = decoded
    ax = plot.plot_readout(result)
    drawn = {line.get_marker(): line for line in ax.lines if line.get_marker() in ("D", "s")}
    assert drawn["D"].get_xdata()[0] == 0.9
    labels = {t.get_text(): t.get_color() for t in ax.get_yticklabels()}
    assert len({labels["spiking network"], labels["edge weights"], labels["firing rate"]}) == 3
    ax = plot.plot_prediction(result)
    if result.kind == "classes":
        assert [t.get_text() for t in ax.get_yticklabels()] == [
            "truth",
            "edge weights",
            "spiking network",
            "firing rate",
        ]
    else:
        assert len(ax.lines) == 4
        assert len({line.get_color() for line in ax.lines}) == 4
        assert np.array_equal(ax.lines[2].get_ydata(), result.rows[2].predicted)
