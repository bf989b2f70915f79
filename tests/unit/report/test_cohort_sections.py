"""Sections of a cohort: what is said first, and what is said where little is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from interplay.explain.brain_results import AttentionChange, AttentionImportance, ChangeFamily
from interplay.report import page
from interplay.report.cohort_findings import (
    OF_KIND,
    CohortReadout,
    CohortScans,
    CohortScore,
    FoundNetworks,
    ToldRegions,
)
from interplay.report.sections.cohort_attention import attention_sentences, change_sentences, sections_attention
from interplay.report.sections.cohort_readout import readout_sentences, section_cohort_readout
from interplay.report.sections.cohort_scans import section_cohort_scans
from interplay.report.sections.cohort_told import network_sentences, section_networks, section_told, told_sentences
from interplay.report.sections.cohort_training import section_cohort_training


def score(name, role, value, kind="number", spread=0.1, predicted=None):
    names = OF_KIND[kind]
    told = np.linspace(0, 1, 8) if kind == "number" else np.array(["a", "b"] * 4)
    return CohortScore(
        name=name,
        role=role,
        about="x",
        value=dict.fromkeys(names, value),
        low=dict.fromkeys(names, value - spread),
        high=dict.fromkeys(names, value + spread),
        predicted=told if predicted is None else predicted,
    )


def readout(difference, *, model=True, kind="number", **more):
    rows = [score("fine-tuned", "model", 0.5, kind), score("from scratch", "model", 0.1, kind)] if model else []
    rows += [score("function, all pairs", "baseline", 0.3, kind), score("always the mean", "chance", 0.0, kind)]
    fields = {
        "target": "age_years",
        "kind": kind,
        "classes": () if kind == "number" else ("a", "b"),
        "rows": tuple(rows),
        "truth": np.linspace(0, 1, 8) if kind == "number" else np.array(["a", "b"] * 4),
        "subject": np.array([f"s{k}" for k in range(8)]),
        "n_labelled": 20,
        "n_watched": 4,
        "n_tested": 8,
        "difference": difference,
        "compared": ("fine-tuned", "function, all pairs") if model else ("", ""),
    }
    return CohortReadout(**(fields | more))


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ((0.2, 0.1, 0.3), "better by 0.20 [0.10, 0.30]"),
        ((-0.2, -0.3, -0.1), "worse by"),
        ((0.2, -0.1, 0.3), "cannot be told from none"),
        ((0.2, np.nan, np.nan), "too few subjects for an interval"),
    ],
)
def test_the_first_sentence_is_the_difference(difference, said):
    first, second = readout_sentences(readout(difference))
    assert said in first
    assert "fine-tuned" in first
    assert "function, all pairs" in first
    assert second == "Fine-tuned after pre-training it reaches 0.50, trained from scratch 0.10."


def test_without_a_model_the_baseline_is_said():
    nan = float("nan")
    assert "No model was asked for" in readout_sentences(readout((nan, nan, nan), model=False))[0]
    empty = readout((nan, nan, nan), model=False, rows=(score("always the mean", "chance", 0.0),))
    assert readout_sentences(empty) == ("Age years could not be read out.",)


@pytest.mark.parametrize("kind", ["number", "class"])
def test_a_read_out_shows_every_row_and_protocol(kind):
    part = section_cohort_readout(readout((0.2, 0.1, 0.3), kind=kind))
    text = " ".join(part.text)
    assert "told of 20 subjects to learn from" in text
    assert "8 other subjects" in text
    assert [row[0] for row in part.tables[0].rows] == [
        "fine-tuned", "from scratch", "function, all pairs", "always the mean",
    ]  # fmt: skip
    assert len(part.figures) == (2 if kind == "number" else 1)
    assert len(part.tables) == (1 if kind == "number" else 2)
    if kind == "class":
        assert part.tables[1].rows == (("a", 4, 0), ("b", 0, 4))
    assert page([part], title="x").startswith("<!DOCTYPE html>")


def told(difference=(-0.2, -0.3, -0.1)):
    values = np.array([[0.1, 0.0, 0.2], [0.0, -0.1, 0.1], [0.3, 0.2, 0.4], [-0.1, -0.2, 0.0]])
    return ToldRegions(
        name=("model", "mean", "linear", "permuted"), r2=values, correlation=values, error=values,
        difference=difference, compared="linear", n_subjects=5, n_scans=9, n_hidden=3,
    )  # fmt: skip


def test_hidden_regions_stand_beside_the_best_simple_way():
    assert "worse by" in told_sentences(told())[0]
    assert "linear, from visible regions" in told_sentences(told())[0]
    assert "too few subjects" in told_sentences(told((0.1, np.nan, np.nan)))[0]
    part = section_told(told())
    assert "9 scans of 5 tested subjects, 3 regions were hidden" in part.text[0]
    assert len(part.tables[0].rows) == 4


def test_networks_name_the_best_of_each_role():
    found = FoundNetworks(
        name=("vectors", "rows of correlations", "random vectors"), role=("model", "baseline", "chance"),
        about=("", "", ""), agreement=np.array([[0.6, 0.5, 0.7], [0.8, np.nan, np.nan], [0.0, -0.1, 0.1]]),
        n_networks=4, n_scans=3, similarity=None,
    )  # fmt: skip
    said = network_sentences(found)[0]
    assert "the model (vectors) 0.60 [0.50, 0.70]" in said
    assert "the best baseline (rows of correlations) 0.80." in said
    assert len(section_networks(found).figures) == 1
    none = FoundNetworks(name=(), role=(), about=(), agreement=np.empty((0, 3)), n_networks=2, n_scans=0)
    assert network_sentences(none) == ("No way found networks that could be compared.",)


def scans(structure=True, networks=True):
    rng = np.random.default_rng(0)
    columns = {
        "subject": np.array(["a", "b"]),
        "session": np.array(["", ""]),
        "samples": np.array([100, 200]),
        "missing_regions": np.array([0, 1]),
        "mean_correlation": np.array([0.1, 0.2]),
    }
    return CohortScans(
        columns=columns | ({"density": np.array([0.5, np.nan])} if structure else {}),
        regions=np.array(["r1", "r2", "r3", "r4"]),
        networks=np.array(["x", "x", "y", "y"] if networks else [""] * 4),
        correlation=rng.random((4, 4)),
        structure=rng.random((4, 4)) if structure else None,
        dt_s=2.0,
        digest="d",
        notes=("one",),
    )


def test_scans_are_counted_and_drawn():
    part = section_cohort_scans(scans())
    tiles = {tile.label: tile.value for tile in part.tiles}
    assert tiles["subjects"] == "2"
    assert tiles["signal per scan"] == "3.3 min to 6.7 min"
    assert tiles["scans with structure"] == "1"
    assert "inside networks" in part.text[0]
    assert len(part.figures) == 2
    assert part.tables[0].columns == (
        "subject", "samples", "regions missing", "mean correlation", "density of structure",
    )  # fmt: skip
    bare = section_cohort_scans(scans(structure=False, networks=False))
    assert bare.text == ()
    assert len(bare.figures) == 1


def family(corrected):
    n = len(corrected)
    ones = np.ones((n, n))
    return ChangeFamily(
        name="block", difference=0.3 * ones, low=0.1 * ones, high=0.5 * ones, statistic=ones, effect=ones,
        pvalue=corrected, corrected=corrected, fdr=corrected, threshold=2.0, exact=False, arrangements=999,
    )  # fmt: skip


def change(corrected):
    names = np.array(["x", "y"])
    return AttentionChange(
        config=None, made_from="d", first="before", second="after", by="session", design="paired",
        modality="function", part="all", unit="even", n_first=9, n_second=9, regions=np.array(list("abcd")),
        networks=np.array(["x", "x", "y", "y"]), network_names=names, mean_first=np.full((4, 4), 0.25),
        mean_second=np.full((4, 4), 0.25), level=0.95, families={"block": family(corrected)},
    )  # fmt: skip


def test_a_change_is_said_with_its_corrected_p():
    found = change(np.array([[0.5, 0.5], [0.5, 0.01]]))
    assert attention_sentences(found) == (
        "From before to after, attention differs from y to y (+0.3, corrected p = 0.01).",
    )
    nothing = change(np.full((2, 2), 0.4))
    assert "nowhere that can be told from chance (smallest corrected p 0.4)" in attention_sentences(nothing)[0]
    assert attention_sentences(None) == ()
    assert sections_attention(None, None) == []


def test_correlations_stand_beside_attention_and_their_two_directions_are_one():
    attention, plain = change(np.full((2, 2), 0.4)), change(np.array([[0.03, 0.02], [0.02, 0.01]]))
    said = change_sentences(attention, plain)
    assert "attention differs nowhere" in said[0]
    assert "correlation differs " in said[1]
    assert said[1].count("between x and y") + said[1].count("between y and x") == 1
    assert "inside y (+0.3, corrected p = 0.01)" in said[1]
    assert change_sentences(None, None) == ()
    part = sections_attention(None, attention, plain)[0]
    assert part.lead == said
    assert sum("not that of the coupling" in text for text in part.text) == 1
    assert [figure.title for figure in part.figures] == ["Attention between networks", "Correlation between networks"]
    assert [table.name for table in part.tables] == ["change_block", "change_plain_block"]
    shown = page([part], title="x")
    assert "connected" not in shown.split("</head>")[-1].split("<script")[0]


def test_attention_has_a_chapter_of_its_own():
    rng = np.random.default_rng(0)
    importance = AttentionImportance(
        config=None, made_from="d", condition="", modality="function", part="all", unit="even",
        subject=np.array(["a", "b", "c"]), regions=np.array(list("abcd")), networks=np.array(["x", "x", "y", "y"]),
        network_names=np.array(["x", "y"]), outgoing=rng.random((3, 4)), incoming=rng.random((3, 4)),
        network_outgoing=rng.random((3, 2)), network_incoming=rng.random((3, 2)), block=rng.random((3, 2, 2)),
        mean_map=rng.random((4, 4)),
    )  # fmt: skip
    parts = sections_attention(importance, change(np.full((2, 2), 0.4)))
    assert [part.key for part in parts] == ["change", "attention"]
    assert "each in both sessions" in parts[0].text[0]
    assert len(parts[1].tables[0].rows) == 2
    assert page(parts, title="x")


def test_learning_is_shown_stage_by_stage():
    loss = {
        "spatial": {"loss": np.array([1.0, 0.5]), "held_out": np.array([1.1, 0.7])},
        "context": {"loss": np.ones(1)},
    }
    model = SimpleNamespace(
        loss=loss, best_epoch={"spatial": 1, "context": 0}, parameters={"w": np.ones((3, 2))}, has_function=True,
        has_structure=False, regions=np.array(["a", "b"]), times=20, trained_on=np.array(["s"]), notes=("two",),
    )  # fmt: skip
    part = section_cohort_training(model, notes=("one", "two"))
    assert part.tables[0].rows[0][2:6] == (2, 2, 1.0, 0.5)
    assert np.isnan(part.tables[0].rows[1][6])
    assert "with 6 parameters reads function of 2 regions, 20 samples" in part.text[0]
    assert part.notes == ("one", "two")
