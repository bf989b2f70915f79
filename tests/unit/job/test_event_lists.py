"""What is said of an event list: its dates, its length, and the number of events as the trivial explanation."""

from datetime import UTC, datetime

import numpy as np
import pytest

from interplay.data import Intervals, TemporalGraph, windows
from interplay.infer.results import NetworkResult
from interplay.job import Plan
from interplay.job.event_lists import event_baseline, is_dated, length, summary_section
from interplay.job.summary import summarise, summary_text
from interplay.measures import measure

DAY = 86400.0


def found(start, *, seed=4):
    """Ten windows of a day, busier from day to day."""
    rng = np.random.default_rng(seed)
    count = 5 * np.arange(1, 11)
    time = np.sort(np.concatenate([rng.uniform(k, k + 1, n) for k, n in enumerate(count)])) * DAY + start
    src = rng.integers(0, 12, len(time))
    dst = (src + rng.integers(1, 12, len(time))) % 12
    graph = TemporalGraph(src=src, dst=dst, time=time, n_nodes=12, span=(start, start + 10 * DAY))
    bounds = windows(Intervals.single(*graph.span), DAY, DAY)
    network = NetworkResult(
        config=None, made_from=graph.digest, snapshots=graph.snapshots(bounds), method="events", quantity="sum"
    )
    return graph, network, measure(network.snapshots, nulls=1), count


def test_every_measure_stands_beside_the_number_of_events():
    from scipy.stats import spearmanr

    graph, network, measures, count = found(0.0)
    baseline = event_baseline(graph, measures)
    assert baseline.per_window.tolist() == count.tolist()
    assert set(baseline.correlation) == set(measures.graph)
    density = measures.graph["density"]
    assert baseline.correlation["density"] == pytest.approx(spearmanr(density, count).statistic)
    text = " ".join(summary_section(graph, network, measures).lead)
    assert "with the number of events per window" in text
    assert "over 10 days" in text
    assert "windows of 24.0 h" in text
    assert "UTC" not in text


def test_times_of_day_are_told_where_they_can_be_dates():
    start = datetime(2004, 4, 15, 14, 56, tzinfo=UTC).timestamp()
    graph, network, measures, _ = found(start)
    text = " ".join(summary_section(graph, network, measures).lead)
    assert "begin at 2004-04-15 14:56 UTC and end at 2004-04-25 14:56 UTC" in text
    assert graph.time[0] > start  # said, not shifted
    summary = summarise(Plan(), graph, network, measures, "None was asked for.", ((), ()), "None was asked for.", None)
    assert (summary["events"]["begin"], summary["events"]["length_days"]) == ("2004-04-15 14:56 UTC", 10.0)
    words = summary_text(summary)
    assert "over 10 days, from 2004-04-15 14:56 UTC" in words
    assert "Spearman" in words
    assert "firing" not in words


@pytest.mark.parametrize(
    ("first", "last", "dated"),
    [
        ((1990, 1, 1), (2099, 12, 31), True),
        ((1989, 12, 31), (2000, 1, 1), False),
        ((2000, 1, 1), (2100, 1, 2), False),
    ],
)
def test_only_the_years_1990_to_2099_are_taken_for_dates(first, last, dated):
    span = tuple(datetime(*day, tzinfo=UTC).timestamp() for day in (first, last))
    assert is_dated(TemporalGraph(src=[], dst=[], time=[], n_nodes=2, span=span)) is dated


@pytest.mark.parametrize(("seconds", "text"), [(60.0, "60 s"), (DAY, "24.0 h"), (2 * DAY, "2 days"), (1e7, "116 days")])
def test_lengths_are_told_in_days_from_two_on(seconds, text):
    assert length(seconds) == text
