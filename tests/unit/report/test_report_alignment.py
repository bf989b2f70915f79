import numpy as np
import pytest

from interplay import plot
from interplay.report import page, section_alignment
from interplay.report.sections import alignment as chapter


def test_chapter_says_what_was_asked_and_found(make):
    section = section_alignment(make.alignment())
    assert section.title == "Alignment with performance: sensory and motor"
    assert section.lead == ("The distance goes with hits per rally.",)
    text = " ".join(section.text)
    assert "the distance between the centroids of sensory and motor" in text
    assert "performance: hits per rally. 11 windows of 12 have both" in text
    assert "whether the distance is smaller where the performance is better" in text
    assert section.figures[0].axis.kind == "time"
    rows = section.tables[0].rows
    assert [r[:2] for r in rows] == [("distance", "network"), ("firing rate", "baseline"), ("time", "baseline")]
    assert rows[2][-1] == "The clock."
    columns = dict(zip(section.tables[1].columns, zip(*section.tables[1].rows, strict=True), strict=True))
    assert columns["used"].count("no") == 1
    assert columns["performance: hits per rally"][5] == pytest.approx(2 + np.sin(5 / 3))


def test_chapter_of_a_given_distance_names_no_region(make):
    section = section_alignment(make.alignment(regions=("", "")), key="second")
    assert section.title == "Alignment with performance"
    assert "centroids" not in " ".join(section.text)
    page([section, section_alignment(make.alignment())], title="two")


def test_every_question_has_its_words(make):
    assert set(chapter._ASKED) == {"two-sided", "less", "greater"}


def test_trainings_are_told(make):
    section = section_alignment(make.alignment(seeds=4))
    assert "mean over 4 trainings" in section.figures[0].caption
    assert "Small dots" in section.figures[1].caption
    assert "Small dots" not in section_alignment(make.alignment()).figures[1].caption


def test_forest_draws_rows_over_what_chance_reaches(make):
    ax = plot.plot_alignment(make.alignment(seeds=4))
    points = [
        (x.get_xdata()[0], x.get_ydata()[0]) for x in ax.lines if x.get_marker() in "os" and len(x.get_xdata()) == 1
    ]
    assert points == [(-0.7, 0), (0.3, 1)]
    bars = [(p.get_x(), p.get_width()) for p in ax.patches]
    assert bars == [(-0.5, 1.0)] * 3
    assert [t.get_text() for t in ax.texts] == ["constant"]
    seeds = [x for x in ax.lines if x.get_marker() == "."]
    assert [len(x.get_xdata()) for x in seeds] == [4, 4]


def test_course_leaves_unused_windows_hollow(make):
    result = make.alignment()
    line, hollow = plot.plot_course(result, "distance").lines
    assert np.isnan(line.get_ydata()).tolist() == (~result.used).tolist()
    np.testing.assert_allclose(hollow.get_ydata(), result.distance[~result.used])
    np.testing.assert_allclose(hollow.get_xdata(), [120.0])
    np.testing.assert_array_equal(plot.plot_course(result).lines[0].get_ydata(), result.performance)
