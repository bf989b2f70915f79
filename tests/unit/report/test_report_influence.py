"""Chapters on influence: what they say, and that no words fail on degenerate results."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interplay.report import page, section_opinions, section_price, section_reach, section_seeds, section_spread
from interplay.report.sections.influence_price import price_sentences
from interplay.report.sections.influence_reach import fairest, reach_sentences

_spec = importlib.util.spec_from_file_location("made_influence", Path(__file__).with_name("made_influence.py"))
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)
made_comparison, made_graph, made_spread = _made.made_comparison, _made.made_graph, _made.made_spread
made_opinions, made_price = _made.made_opinions, _made.made_price


@pytest.fixture(scope="module")
def graph():
    return made_graph(60, groups=("majority", "minority", "newcomers"))


@pytest.fixture(scope="module")
def comparison(graph):
    return made_comparison(graph, runs=50)


def test_the_answer_names_the_best_the_fairest_and_the_price(comparison):
    said = " ".join(reach_sentences(comparison))
    total = np.array([s.reach for s in comparison.spreads])
    best = int(np.argmax(total))
    assert f"5 seeds chosen by {comparison.names[best]} reach the most: {100 * total[best] / 60:.1f} % of 60" in said
    assert "One draw of seeds at random reaches" in said
    many = " ".join(reach_sentences(comparison, draws=[0.1, 0.25]))
    assert "the mean of 2 draws that reach from 10.0 % to 25.0 %" in many
    assert f"a disparity of {100 * comparison.disparity[best]:.1f} percentage points" in said
    able = np.flatnonzero(total >= total[best] / 2)
    least = able[np.argmin(comparison.disparity[able])]
    fair = fairest(comparison)  # further reaching than the least, from which errors cannot tell it
    assert total[fair] > total[least]
    assert comparison.disparity[fair] - comparison.disparity[least] < 2 * np.hypot(0.006, 0.006)
    assert f"is {comparison.names[fair]}, with a disparity of {100 * comparison.disparity[fair]:.1f}" in said
    assert f"at a price of {100 * comparison.price[fair]:.1f} %" in said


def test_a_choice_counts_as_even_only_if_it_reaches_half_as_much(graph):
    several = made_comparison(graph, {"degree": (0.6, 0.4), "few": (0.2, 0.0), "even": (0.4, 0.1)}, runs=200)
    assert "reach at least half as much is even, with" in " ".join(reach_sentences(several))


def test_the_most_even_choice_is_not_decided_by_noise(graph):
    several = made_comparison(graph, {"degree": (0.6, 0.4), "noise": (0.4, 0.1), "even": (0.5, 0.1)}, runs=200)
    gap = replace(several, disparity=np.array([0.4, 0.100, 0.105]), disparity_se=np.full(3, 0.01))
    assert fairest(gap) == 2
    assert fairest(replace(gap, disparity_se=np.full(3, 0.001))) == 1
    assert fairest(replace(gap, disparity_se=np.full(3, np.nan))) == 0
    price = replace(made_price(), reach=np.array([0.93, 0.9301, 0.9, 0.8, 0.7]))
    assert price_sentences(price)[0].startswith("From strength 0 to")
    noisy = replace(price, disparity_se=np.full(5, 0.3))
    assert "no more than its errors" in price_sentences(noisy)[0] or "most even too" in price_sentences(noisy)[0]


def test_a_given_set_of_seeds_has_no_proof(comparison, graph):
    """The proof is of the second choice; the first was given by hand."""
    proved = replace(comparison.choices[1], guarantee=0.6, confidence=0.9)
    mixed = replace(comparison, choices=(None, proved, *comparison.choices[2:]))
    section = section_seeds(mixed, graph, graph.groups("team"))
    assert section.text[0].startswith("Proved of the choice by degree")
    made = section.tables[-1]
    assert [row[0] for row in made.rows] == list(map(str, comparison.names[1:]))


def test_no_seeds_have_no_plural_and_no_best(graph):
    none = made_comparison(graph, {"random": (0.0, 0.0)}, runs=5)
    none = replace(none, spreads=tuple(replace(s, seeds=s.seeds[:0]) for s in none.spreads))
    assert reach_sentences(none)[0].startswith("No seeds:")
    assert len(reach_sentences(none)) == 1


def test_events_are_told_in_time_since_they_began(graph):
    spread = made_spread(graph, [0], runs=5)
    late = replace(spread, clock="s", time=1.08e9 + 86_400.0 * spread.time)
    assert section_spread(late, graph).text[0].endswith("days after the beginning.")


def test_tables_hold_every_choice_and_group(comparison, graph):
    section = section_reach(comparison)
    brief, full, differences = section.tables
    assert brief.columns[:3] == ("seeds by", "seeds", "nodes reached")
    assert [row[0] for row in brief.rows] == [
        str(comparison.names[k]) for k in np.argsort([-s.reach for s in comparison.spreads], kind="stable")
    ]
    assert brief.rows[0][4] == pytest.approx(100 * float(comparison.spreads[3].share[0]))
    assert len(full.columns) == len(full.rows[0])
    assert [row[0] for row in differences.rows] == list(map(str, comparison.names[1:]))
    seeds = section_seeds(comparison, graph, graph.groups("team"))
    quota = seeds.tables[0]
    assert [sum(row[1:]) for row in quota.rows] == [5] * 6 + [60]
    assert len(seeds.tables[1].rows) == 30
    assert "Nothing is proved" in seeds.text[0]


def test_what_is_proved_is_said(comparison, graph):
    proved = replace(comparison.choices[3], guarantee=0.532, confidence=0.99)
    changed = replace(comparison, choices=(*comparison.choices[:3], proved, *comparison.choices[4:]))
    text = section_seeds(changed, graph).text[0]
    assert "greedy: at least 53.2 % of the best possible value of its objective, with probability 0.99" in text


def test_a_page_is_self_contained_and_its_pictures_repeat_to_the_byte(comparison, graph):
    sections = [
        section_reach(comparison),
        section_spread(comparison.spreads[0], graph, graph.groups("team"), label="random"),
    ]
    html = page(sections, title="Reach")
    for figure in ("reach-groups", "reach-trade", "spread-network", "spread-course"):
        assert f'id="fig-{figure}"' in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    assert "var(--c0)" in html
    assert section_price(made_price()).figures[0].svg == section_price(made_price()).figures[0].svg


def test_names_are_text_not_markup():
    risky = made_graph(20, groups=("<b>x</b>", "$a$ & b"))
    result = made_comparison(risky, {"random": (0.2, 0.1)}, runs=20)
    html = page([section_reach(result)], title="<script>")
    assert "<b>x</b>" not in html
    assert "<script>" not in html.split("<body>")[0]


def test_one_group_has_no_disparity_and_no_trade():
    graph = made_graph(20, groups=("all",), share=1.0)
    result = made_comparison(graph, {"random": (0.2, 0.0), "degree": (0.3, 0.0)}, runs=20)
    section = section_reach(result)
    assert "disparity" not in " ".join((*section.lead, *section.tables[0].columns))
    assert [f.key for f in section.figures] == ["reach-groups"]


def test_nothing_reached_beyond_the_seeds_is_said(graph):
    spread = made_spread(graph, [0], runs=5)
    still = replace(spread, course=np.tile(spread.course[-1], (len(spread.time), 1)))
    assert section_spread(still, graph).text == ("Nobody is reached beyond the seeds.",)


def test_price_tells_the_trade_and_when_there_is_none():
    said = price_sentences(made_price())[0]
    assert said.startswith("From strength 0 to 2 the disparity falls from 20.0 percentage points to 1.0")
    one = replace(made_price(), disparity=np.full(5, np.nan))
    assert "one group" in price_sentences(one)[0]
    best = replace(made_price(), disparity=np.linspace(0.1, 0.5, 5))
    assert "the most even too" in price_sentences(best)[0]


def test_opinions_say_what_counts_as_won():
    section = section_opinions({"no seeds": made_opinions(), "degree": made_opinions(seed=1)})
    assert "Seeds hold the opinion 1; who ends at most 0.1 away" in section.text[0]
    assert [row[0] for row in section.tables[0].rows] == ["no seeds", "degree"]
