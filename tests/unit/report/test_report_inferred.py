"""Chapters on methods of inference: what they say, and what they leave blank."""

from dataclasses import replace

import numpy as np
import pytest

from interplay.data import Events, Intervals, Recording, Series
from interplay.infer import (
    AffinityFactors,
    BoltzmannCouplings,
    Correlation,
    CrossCorrelogram,
    DynamicBayes,
    PoissonGLM,
    SwitchingGLM,
)
from interplay.plot.inferred import plot_shares
from interplay.report.sections.inferred import section_inferred
from interplay.report.sections.inferred_drawing import pooled
from interplay.report.sections.methods import method_sentence


def spikes(n=4, gap=None, span=(0.0, 40.0), seed=0):
    rng = np.random.Generator(np.random.Philox(seed))
    time = np.sort(rng.uniform(*span, 1200))
    unit = rng.integers(0, n, len(time))
    observed = Intervals.single(*span) if gap is None else Intervals.from_bounds([[span[0], gap[0]], [gap[1], span[1]]])
    seen = observed.covers(time)
    events = Events(time=time[seen], unit=unit[seen], n_units=n, span=span)
    return Recording(events=events, observed=observed)


def traces(n=4):
    x = np.random.Generator(np.random.Philox(1)).normal(size=(160, n)).cumsum(axis=0)
    return Recording(traces=Series.regular(x, dt_s=0.25))


def text(section):
    return " ".join([*section.lead, *section.notes, *(f.caption for f in section.figures)])


def test_states_are_not_painted_where_nothing_was_recorded():
    data = spikes(gap=(10.0, 30.0))
    result = SwitchingGLM(bin_s=0.05, states=2, restarts=1).fit(data)
    stretch = pooled(result.run_start_s.tolist(), result.posterior, result.dt_s)
    inside = (stretch.start_s < 30 - 1e-9) & (stretch.stop_s > 10 + 1e-9)
    assert not inside.any()
    panel = plot_shares(stretch.start_s, stretch.stop_s, stretch.share)
    for steps in panel.patches[-2:]:
        values, edges, _ = steps.get_data()
        k = int(np.flatnonzero(np.diff(edges) > 19)[0])
        assert edges[k : k + 2].tolist() == pytest.approx([10.0, 30.0])
        assert np.isnan(values[k])


def test_pooling_keeps_the_mean_of_every_run_and_its_ends():
    rng = np.random.Generator(np.random.Philox(2))
    parts = [rng.random((2500, 2)), rng.random((703, 2))]
    stretch = pooled([100.0, 3.0], parts, 0.01)
    assert len(stretch.start_s) < 1600
    width = stretch.stop_s - stretch.start_s
    first = stretch.start_s < 50
    for part, rows, start in ((parts[1], first, 3.0), (parts[0], ~first, 100.0)):
        np.testing.assert_allclose(
            (stretch.share * width[:, None])[rows].sum(axis=0) / width[rows].sum(), part.mean(axis=0), atol=1e-12
        )
        assert stretch.start_s[rows][0] == start
        assert stretch.stop_s[rows][-1] == pytest.approx(start + 0.01 * len(part))


def test_states_say_how_sure_they_are_and_what_was_held_out():
    result = SwitchingGLM(bin_s=0.05, states=(1, 2), restarts=1, folds=2).fit(spikes())
    section = section_inferred(result)
    assert section.key == "states"
    assert "On data that was not fitted it gives" in text(section)
    table = section.tables[-1]
    assert {row[0] for row in table.rows} >= {"1 state", "2 states", "constant rate"}


def test_factors_quote_the_error_of_the_rank_they_have():
    result = AffinityFactors(rank=2, restarts=1, blocks=False).fit(traces())
    told = replace(
        result,
        tried=np.array([1, 2, 3]),
        stability=np.ones(3),
        held_out=np.array([0.9, 0.8, 0.1]),
        held_out_mean=0.95,
    )
    assert "hidden the error is 0.80; each pair's mean alone has 0.95" in text(section_inferred(told))
    assert "moves together" in text(section_inferred(result))
    assert "excites" not in text(section_inferred(result))


def test_a_model_that_foresees_worse_says_so():
    result = PoissonGLM(bin_s=0.05, span_s=0.25, folds=2, strength=0.01).fit(spikes())
    score = result.held_out.per_spike()
    section = section_inferred(result, names=["a", "b", "c", "d"])
    assert score["over history"] < 0
    assert "no better than none at foreseeing spikes" in text(section)
    assert section.tables[0].rows[0][1] == pytest.approx(score["model"])
    assert set(section.tables[-1].rows[0][:2]) <= {"a", "b", "c", "d"}


def test_correlograms_show_each_pair_once_and_do_not_call_chance_a_finding():
    result = CrossCorrelogram(window_s=20.0, step_s=20.0).fit(spikes())
    section = section_inferred(result)
    assert not (result.kind != 0).any()
    assert section.figures[0].title.endswith("none of them significant")
    assert "0 pairs look excitatory and 0 inhibitory in at least one window" in text(section)
    assert section.figures[0].svg.count(" 0 to 1,") <= 1


def test_bayes_leaves_what_no_window_knows_grey_and_counts_lags():
    result = DynamicBayes(window_s=20.0, lags=2).fit(traces())
    section = section_inferred(result)
    assert "Means over the windows that know both units" in text(section)
    assert section.tables[0].rows[0][-1].endswith("of 2")


def test_boltzmann_says_whether_its_chains_settled():
    result = BoltzmannCouplings(bin_s=0.1, n_hidden=4, n_updates=20).fit(spikes())
    words = text(section_inferred(result))
    assert ("have thermalised" in words) == result.thermalised


def test_networks_alone_have_no_chapter():
    assert section_inferred(Correlation(window_s=20.0, step_s=20.0).fit(traces())) is None


def test_the_methods_sentence_names_the_settings_that_decide():
    sentence = method_sentence(PoissonGLM(bin_s=0.05, span_s=0.25, errors="none").fit(spikes()), {})
    assert "inferred with glm (bin 0.05 s, link exp, basis raised-cosine, span 0.25 s, penalty ridge" in sentence
    untested = method_sentence(Correlation(window_s=20.0, step_s=20.0).fit(traces()), {})
    assert "correlation (kind pearson, window 20.0 s)" in untested


def test_what_belongs_to_edges_goes_with_them():
    result = CrossCorrelogram(window_s=20.0, step_s=20.0).fit(spikes())
    pick = np.zeros(len(result.kind), dtype=bool)
    pick[[1, 5, 14]] = True
    kept = result.with_edges(result.snapshots.filter(pick))
    for name in ("kind", "latency_s", "observed", "expected"):
        assert np.array_equal(getattr(kept, name), getattr(result, name)[pick])
    assert kept.notes == result.notes
