"""The chapters of a list of events: what it holds, and what a model goes by."""

import numpy as np
import pytest

from interplay.data import TemporalGraph
from interplay.explain.event_results import EventExplanation, Fidelity
from interplay.measures.event_measures import measure_events
from interplay.plot.event_motifs import motif_name, motif_steps, shown_motifs
from interplay.plot.events import _dates
from interplay.report import page
from interplay.report.sections.event_explanation import explanation_sentences, section_event_explanation
from interplay.report.sections.event_methods import event_sentence
from interplay.report.sections.event_statistics import (
    event_statistics_sentences,
    motif_label,
    section_event_statistics,
)

DAY = 86400.0


def events(*, signed=False, n=200, start=0.0, seed=1):
    rng = np.random.default_rng(seed)
    src = rng.integers(0, 6, n)
    weight = np.where((src + 1) % 3 == 0, -1.0, 1.0) if signed else np.ones(n)
    time = start + np.sort(rng.uniform(0, 100 * DAY, n))
    span = (start, start + 100 * DAY)
    return TemporalGraph(src=src, dst=(src + rng.integers(1, 6, n)) % 6, time=time, weight=weight, n_nodes=6, span=span)


def explained(areas, counted=None):
    share = np.full(13, 1 / 13) if counted is None else counted
    numbers = ("accuracy", "probability", "logit", "auc")
    flat = {way: Fidelity(**{k: np.full(3, value) for k in numbers}) for way, value in areas.items()}
    return EventExplanation(
        config=None, made_from="x", src=np.zeros(4, int), dst=np.ones(4, int), time=np.arange(4.0),
        negative=np.array([False, True] * 2), value=np.zeros(4), event=np.zeros((4, 2, 5), int),
        score=np.zeros((4, 2, 5)), motif=np.zeros((4, 7, 3), int), motif_kind=np.zeros((4, 7), int),
        motif_score=np.zeros((4, 7)), drawn=np.full(13, 1 / 13), counted=share, null=np.full(13, 1 / 13),
        sparsity=np.array([0.01, 0.1, 0.3]), fidelity=flat,
    )  # fmt: skip


def test_a_list_of_events_is_shown_with_its_novelty_rhythm_motifs_and_balance():
    measures = measure_events(events(signed=True), bins=10, motif_window_s=DAY)
    part = section_event_statistics(measures)
    keys = [f.key for f in part.figures]
    assert keys == ["events-tea", "events-tet", "events-course", "events-waits", "events-motifs", "events-balance"]
    numbers = {row[0]: row[1] for row in part.tables[0].rows}
    assert numbers["Surprise"] == measures.scalars["surprise"]
    assert len(part.tables[1].rows) == 10
    text = " ".join(event_statistics_sentences(measures))
    assert "had not met before" in text
    assert "triangles are balanced" in text
    assert "two camps" in text
    assert "nan" not in "".join(f.svg for f in part.figures).lower()
    assert page([part], title="t").count("<figure") == 6
    assert "frustration index bounded" in event_sentence(measures)
    again = section_event_statistics(measures)
    assert [f.svg for f in again.figures] == [f.svg for f in part.figures]


def test_without_signs_and_motifs_there_are_no_pictures_of_them_and_dates_are_written_as_dates():
    start = 1_082_040_961.0
    part = section_event_statistics(measure_events(events(start=start), bins=5), dated=True)
    assert [f.key for f in part.figures] == ["events-tea", "events-tet", "events-course", "events-waits"]
    assert "May 2004" in part.figures[0].svg
    assert "1.08" not in part.figures[0].svg
    assert "two camps" not in " ".join(part.lead)


def test_one_event_makes_a_chapter():
    one = TemporalGraph(src=[0], dst=[1], time=[0.0], n_nodes=2, span=(0.0, 1.0))
    part = section_event_statistics(measure_events(one, bins=3))
    assert part.tiles[0].value == "1"
    assert "too few times between events" in part.figures[3].svg


@pytest.mark.parametrize(
    ("days", "shown"), [(0.0001, "%H:%M:%S"), (0.5, "%H:%M"), (3, "%d %b"), (90, "%b %Y"), (3000, "%Y")]
)
def test_dates_are_as_fine_as_the_span(days, shown):
    low = 1_082_040_961.0
    ticks, found = _dates(low, low + days * DAY, 6)
    assert found == shown
    assert 1 <= len(ticks) <= 6
    assert all(low <= t <= low + days * DAY for t in ticks)


def test_a_motif_is_named_as_it_is_drawn():
    assert motif_label("01 12 20") == "a→b, b→c, c→a"
    assert motif_name(12) == "an event alone"
    assert motif_steps(12) == ((0, 1),)
    for kind in range(12):
        second, third = motif_name(kind).split("; ")
        ends = {"root and partner": (0, 1), "root and the third": (0, 2), "partner and the third": (1, 2)}
        first = {"the same pair again": (0, 1), "root and a third": (0, 2), "partner and a third": (1, 2)}
        expected = ((0, 1), first[second], *([ends[third]] if third in ends else []))
        assert motif_steps(kind) == expected


def test_names_of_motifs_are_the_explainers():
    from interplay.explain.event_motifs import MOTIF_CLASSES

    assert [motif_name(k).replace("the same pair", "same pair") for k in range(13)] == list(MOTIF_CLASSES)


def test_the_best_way_of_scoring_is_named_and_a_weak_explainer_is_no_secret():
    weak = explained({"temp_me": 0.7, "occlusion": 0.9, "random": 0.8})
    text = " ".join(explanation_sentences(weak, model="tgn"))
    assert "when occlusion chooses them" in text
    assert "better than none of its 2 rivals" in text
    strong = explained({"temp_me": 0.95, "occlusion": 0.9, "random": 0.8})
    text = " ".join(explanation_sentences(strong, model="tgn"))
    assert "when TempME chooses them" in text
    assert "rivals" not in text


def test_what_counts_more_than_chance_is_said_and_stands_first():
    counted = np.full(13, 0.5 / 12)
    counted[5] = 0.5
    found = explained({"temp_me": 0.9, "random": 0.8}, counted)
    assert shown_motifs(found)[0] == 5
    part = section_event_explanation(found, model="tgn")
    assert "root and a third; root and partner" in part.lead[-1]
    assert "more than shuffled times" in part.lead[-1]
    assert part.tables[0].rows[0][0] == "TempME"
    assert part.tables[1].rows[0][0] == motif_name(5)
    assert "TempME" in page([part], title="t")
    assert "TempME" in event_sentence(found)
