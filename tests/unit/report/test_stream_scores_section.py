"""The chapter on how well a stream was foretold: who is shown, what is said of differences, and what chance gives."""

from dataclasses import replace

import numpy as np
import pytest

from interplay.measures.stream_scores import StreamComparison, StreamScores
from interplay.report import page
from interplay.report.sections.stream_scores import chance, section_stream_scores, stream_sentences, stream_summary
from interplay.report.stream_findings import Difference, StreamFindings
from interplay.represent.stream_results import StreamResult


class Asked:
    n_negatives = 20


def scores(value, *, aim="link", seed=0, n=60):
    rng = np.random.default_rng(seed)
    metrics = ("mrr", "hits@10", "ap", "auc") if aim == "link" else ("auc", "negative_ap", "f1_macro", "brier")
    values = dict.fromkeys(metrics, value)
    return StreamScores(
        config=None, made_from="x", aim=aim, negatives="random" if aim == "link" else None, values=values,
        transductive=values, inductive=dict.fromkeys(metrics, float("nan")),
        intervals={m: (value - 0.05, value + 0.05) for m in metrics},
        rank=1.0 + rng.integers(0, 20, n) if aim == "link" else np.empty(0), score=rng.normal(size=n),
        negative_score=rng.normal(size=n) if aim == "link" else np.empty(0),
        positive=rng.random(n) < 0.75 if aim == "sign" else np.ones(n, bool), known=np.arange(n) < n - 5,
        event=np.arange(100, 100 + n), batch_start=np.arange(0, n, 10), threshold=0.0, seconds=1.0,
    )  # fmt: skip


def trained(seed, aim):
    loss = {"loss": np.array([1.0, 0.5, 0.4]), "held_out": np.array([0.4, 0.2, 0.3])}
    return StreamResult(
        config=None, made_from="x", seed=seed, notes=("A note on training.",), method="tgn", aim=aim, parameters={},
        loss=loss, best_epoch=1, converged=True, n_nodes=9, n_features=0, train_stop=70, validation_stop=100,
    )  # fmt: skip


def findings(aim="link", kinds=("random", "historical"), *, starts=2, ahead=0.2):
    kinds = kinds if aim == "link" else ("sign",)
    names = ("edgebank", "recency") if aim == "link" else ("reputation",)
    compared = StreamComparison(
        config=Asked(), made_from="x", aim=aim,
        scores={"tgn": {k: scores(0.5 + ahead, aim=aim) for k in kinds}}
        | {name: {k: scores(0.5, aim=aim, seed=1) for k in kinds} for name in names},
        baselines=names, train_stop=70, start=100, stop=160, tie_share=0.1,
    )  # fmt: skip
    repeats = {"tgn": tuple({k: scores(0.5 + ahead + 0.02, aim=aim) for k in kinds} for _ in range(starts - 1))}
    gaps = tuple(
        Difference(kind=k, metric="mrr", model="tgn", baseline=names[0], value=ahead, low=ahead - 0.1, high=ahead + 0.1)
        for k in kinds
    )
    results = {"tgn": tuple(trained(k, aim) for k in range(starts))}
    return StreamFindings(comparison=compared, repeats=repeats, trained=results, differences=gaps)


@pytest.mark.parametrize("aim", ["link", "sign"])
def test_every_model_stands_beside_every_baseline(aim):
    found = findings(aim)
    part = section_stream_scores(found)
    names = {row[0] for row in part.tables[0].rows}
    assert names == {"TGN", *({"EdgeBank", "recency"} if aim == "link" else {"reputation"})}
    first = part.tables[0].rows[0]
    assert first[0] == "TGN"
    assert first[3 if aim == "link" else 2] == pytest.approx(0.71)  # the mean of 0.70 and 0.72
    assert first[-2:] == pytest.approx((2, np.std([0.70, 0.72], ddof=1)))
    text = " ".join(part.text)
    assert "scored whole before any of it was written" in text
    assert ("historical" in text) == (aim == "link")
    assert ("true partner" in text) == (aim == "link")
    assert "A note on training." in " ".join(part.notes)
    assert len(part.figures) == 3
    html = page([part], title="t")
    assert html.count("<figure") == 3
    assert section_stream_scores(found).figures[0].svg == part.figures[0].svg


@pytest.mark.parametrize(("ahead", "said"), [(0.2, "beats"), (-0.2, "falls short of"), (0.05, "cannot be told from")])
def test_a_difference_is_called_what_its_interval_allows(ahead, said):
    assert said in stream_sentences(findings(ahead=ahead))[0]


def test_one_sentence_names_the_best_and_the_best_of_the_other_side():
    said = stream_summary(findings(starts=1))
    assert "by TGN with 0.70 (best baseline: EdgeBank, 0.50)" in said
    assert said.startswith("The last events were told best")


def test_without_a_model_the_page_says_so_and_draws_no_learning_curve():
    found = findings()
    bare = {name: kinds for name, kinds in found.comparison.scores.items() if name != "tgn"}
    alone = StreamFindings(comparison=replace(found.comparison, scores=bare))
    part = section_stream_scores(alone)
    assert [f.key for f in part.figures] == ["foretelling-scores", "foretelling-course"]
    assert "No model was trained" in part.lead[-1]


def test_chance_is_known_where_it_can_be():
    links, signs = findings(), findings("sign")
    assert chance(links, "mrr", "random") == pytest.approx(sum(1 / k for k in range(1, 22)) / 21)
    assert np.isnan(chance(findings(kinds=("all",)), "mrr", "all"))
    assert chance(signs, "auc", "sign") == 0.5
    truth = signs.comparison.scores["tgn"]["sign"].positive
    assert chance(signs, "negative_ap", "sign") == pytest.approx(np.mean(~truth))


def test_what_is_undefined_leaves_a_line_and_not_an_error():
    found = findings(starts=1)
    lost = {
        name: {k: replace(s, values=dict.fromkeys(s.values, float("nan"))) for k, s in kinds.items()}
        for name, kinds in found.comparison.scores.items()
    }
    part = section_stream_scores(replace(found, comparison=replace(found.comparison, scores=lost), differences=()))
    assert "undefined" in part.figures[0].svg
    assert stream_summary(replace(found, comparison=replace(found.comparison, scores=lost))).endswith(
        "could not be told."
    )
