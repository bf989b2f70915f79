"""Sections of spiking networks: what is said first, what is said where little is known, and every picture drawn."""

import dataclasses

import numpy as np
import pytest

from interplay.measures import calibration_scores, detect_foreign, spike_energy
from interplay.report import page
from interplay.report.sections.spiking_costs import (
    energy_sentences,
    foreign_sentences,
    section_spiking_energy,
    section_spiking_foreign,
)
from interplay.report.sections.spiking_learning import (
    section_spiking_activity,
    section_spiking_learning,
    section_spiking_samples,
)
from interplay.report.sections.spiking_scores import (
    accuracy_sentences,
    calibration_sentences,
    section_spiking_calibration,
    section_spiking_scores,
)
from interplay.report.spiking_findings import (
    ForeignScore,
    SpikingActivity,
    SpikingCourse,
    SpikingFindings,
    SpikingScore,
)


def score(name, role, draws, sharp, seed=0, n=60):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    logits = rng.normal(size=(n, 3))
    logits[np.arange(n), truth] += sharp
    told = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    right = told.argmax(axis=1) == truth
    return SpikingScore(
        name=name, role=role, about="x", draws=draws, scores=calibration_scores(truth, told, resamples=50), right=right
    )


def made(**more):
    rng = np.random.default_rng(1)
    scores = (
        score("the network, no noise", "model", 0, 2.0),
        score("the network, 1 draw", "model", 1, 1.5),
        score("the network, 20 draws", "model", 20, 2.5),
        score("surrogate gradient", "baseline", None, 1.8, seed=2),
        score("counts", "baseline", None, 0.3, seed=3),
        score("class shares", "chance", None, 0.0, seed=4),
    )
    layers = ("weights 1", "layer 1, recurrent", "read-out")
    energy = spike_energy(
        {layers[1]: rng.integers(1, 90, 60)}, {layers[0]: rng.integers(1, 90, 60), layers[2]: np.full(60, 9.0)},
        dict.fromkeys(layers, 900.0), updates=30.0,
    )  # fmt: skip
    course = SpikingCourse(
        name="the network",
        role="model",
        trace={"loss": np.linspace(2, 1, 5), "cross_entropy": np.linspace(2, 1, 5), "held_out": np.linspace(2, 1.5, 5)},
        best_epoch=3,
        gradient_start=dict(zip(layers, (0.1, 0.0, 1.0), strict=True)),
        gradient_end=dict.fromkeys(layers, 0.5),
        parameters=10,
    )
    detected = tuple(
        ForeignScore(
            name=name, draws=d, kind=kind, doubt=doubt, detection=detect_foreign(rng.random(20), rng.random(20))
        )
        for kind in ("noise", "held-out class")
        for name, d, doubts in (
            ("the network, 20 draws", 20, ("1 - confidence", "entropy", "disagreement")),
            ("surrogate gradient", None, ("1 - confidence", "entropy")),
        )
        for doubt in doubts
    )
    fields = {
        "task": "spoken",
        "method": "recurrent_spiking",
        "synthetic": True,
        "about": "Look-alikes.",
        "by_group": True,
        "classes": ("a", "b", "c"),
        "n_train": 100,
        "n_watched": 10,
        "n_test": 60,
        "n_groups": 12,
        "scores": scores,
        "compared": ("the network, 20 draws", "surrogate gradient"),
        "difference": (0.05, 0.01, 0.1),
        "foreign": {"noise": "Nothing.", "held-out class": "Unseen."},
        "detected": detected,
        "energy": {"the network": energy, "surrogate gradient": energy},
        "rates": {"the network": {"layer 1": 0.2}, "surrogate gradient": {"layer 1": 0.3}},
        "courses": (course, dataclasses.replace(course, name="surrogate gradient", role="baseline")),
        "activity": SpikingActivity(
            row=4,
            truth="a",
            told="b",
            probability=0.6,
            step_s=0.01,
            layers={"input": rng.integers(0, 3, (12, 6)), "layer 1": rng.integers(0, 2, (12, 5))},
        ),
        "draws": 20,
        "without_baselines": False,
    }
    return SpikingFindings(**{**fields, **more})


def every_section(found):
    return [
        section_spiking_scores(found),
        section_spiking_calibration(found),
        section_spiking_foreign(found),
        section_spiking_energy(found),
        section_spiking_learning(found),
        section_spiking_activity(found),
        section_spiking_samples(found, {"class": ["a", "b", "c"], "judged": [20, 20, 20]}),
    ]


def test_a_page_of_all_sections_names_every_way_and_every_layer():
    text = page(every_section(made()), title="t")
    for name in (*(row.name for row in made().scores), "weights 1", "layer 1, recurrent", "held-out class", "Horowitz"):
        assert name in text
    assert text.count("<svg") >= 2 * 7
    assert "nan" not in text.replace("finance", "").lower().split("<script>")[0].replace("nanojoule", "")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ((0.05, 0.01, 0.1), "a difference of +5.0 points [+1.0, +10.0]."),
        ((-0.05, -0.1, -0.01), "a difference of \N{MINUS SIGN}5.0 points [\N{MINUS SIGN}10.0, \N{MINUS SIGN}1.0]."),
        ((0.0, -0.1, 0.1), "which cannot be told from none"),
        ((0.1, float("nan"), float("nan")), "too few samples for an interval"),
    ],
)
def test_the_difference_is_said_as_it_is(difference, words):
    assert words in accuracy_sentences(made(difference=difference))[0]


def test_a_baseline_that_was_better_than_the_chosen_one_is_named():
    found = made()
    assert not any("Looking back" in said for said in accuracy_sentences(found))
    chosen = found.named("surrogate gradient")
    better = dataclasses.replace(
        chosen, name="counts", scores=dataclasses.replace(chosen.scores, accuracy=(0.99, 0.9, 1.0))
    )
    said = accuracy_sentences(made(scores=(*found.scores, better)))
    assert "Looking back, counts was the best baseline on the judged samples: 99.0 % [90.0, 100.0]." in said


def test_without_baselines_nothing_is_compared():
    found = made(compared=("the network, 20 draws", ""), difference=(float("nan"),) * 3)
    assert accuracy_sentences(found)[0].endswith("No baseline to compare with was chosen in training.")
    alone = dataclasses.replace(found, scores=tuple(row for row in found.scores if row.role == "model"))
    assert accuracy_sentences(alone)[0].endswith("No baseline was trained.")


def test_a_calibration_error_is_held_against_chance():
    found = made()
    scores = found.named("the network, 20 draws").scores
    low = dataclasses.replace(scores, ece=0.001, ece_if_calibrated=(0.05, 0.08))
    high = dataclasses.replace(scores, ece=0.2, ece_if_calibrated=(0.05, 0.08))
    for changed, words in ((low, "within what right probabilities show"), (high, "more than the 0.08 that right")):
        rows = tuple(dataclasses.replace(r, scores=changed) if r.draws == 20 else r for r in found.scores)
        assert words in calibration_sentences(made(scores=rows))[0]


def test_an_infinite_likelihood_is_said():
    found = made()
    rows = tuple(
        dataclasses.replace(r, scores=dataclasses.replace(r.scores, nll=(float("inf"), 1.0, float("inf"))))
        for r in found.scores
    )
    assert "negative log-likelihood infinite nats" in calibration_sentences(made(scores=rows))[0]
    assert "∞" in page([section_spiking_calibration(made(scores=rows))], title="t")


def test_foreign_samples_are_named_with_the_best_doubt():
    found = made()
    best = max((r for r in found.detected if r.kind == "noise" and r.draws == 20), key=lambda r: r.detection.auroc)
    assert f"noise {best.detection.auroc:.2f} (by {best.doubt})" in foreign_sentences(found)[0]
    nothing = made(detected=(), foreign={})
    assert foreign_sentences(nothing) == ()
    assert section_spiking_foreign(nothing).figures == ()


def test_energy_says_less_or_more_and_what_draws_cost():
    said = energy_sentences(made())[0]
    assert "times less than analogue units" in said
    assert "the mean of 20 draws takes" in said
    dear = spike_energy({"a": [2000.0]}, {"a": [100.0]}, {"a": 10.0})
    assert "times more than analogue units" in energy_sentences(made(energy={"the network": dear}))[0]


def test_who_was_drawn_anew_is_said():
    text = section_spiking_scores(made()).text[0]
    assert "12 groups" in text
    assert "too narrow" not in text
    assert "too narrow" in section_spiking_scores(made(n_groups=4)).text[0]
    assert "Wilson" in section_spiking_scores(made(n_groups=1)).text[0]
    assert "nothing was learnt from" in section_spiking_scores(made(n_train=0)).text[0]


def test_look_alikes_are_called_so_and_files_are_not():
    columns = {"class": ["a"], "judged": [1]}
    assert any("made up" in part for part in section_spiking_samples(made(), columns).text)
    assert not any("made up" in part for part in section_spiking_samples(made(synthetic=False), columns).text)


def test_pictures_have_no_raster_over_time():
    shown = dataclasses.replace(made().activity, step_s=0.0)
    assert section_spiking_activity(made(activity=shown)).figures == ()
