"""What a run makes of an event list: how much is learnt, what is scored, and what is reused after a kill."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.data import TemporalGraph
from interplay.job import Plan
from interplay.job import stream_trainings as trainings
from interplay.job.event_findings import event_lines, event_summary, find_in_events
from interplay.job.folder import Folder
from interplay.job.pipeline import _Run
from interplay.job.store import load_result, save_result
from interplay.job.stream_difference import paired_interval
from interplay.job.stream_size import MOST_EVENTS, stream_size
from interplay.job.stream_stage import foretell, scored_part
from interplay.report.stream_findings import StreamFindings


def quiet(done, total):
    pass


def pairs(n=200, *, signed=False, seed=0):
    """Eight pairs that meet again and again."""
    rng = np.random.default_rng(seed)
    pair = np.where(np.arange(n) < 0.8 * n, rng.integers(0, 7, n), rng.integers(0, 8, n))  # the last one comes late
    weight = np.where(pair < 3, -1.0, 1.0) if signed else np.ones(n)
    return TemporalGraph(
        src=pair, dst=8 + pair, time=np.arange(n, dtype=float), weight=weight, n_nodes=16, span=(0.0, float(n))
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stream_models": ("nobody",)}, "stream_models"),
        ({"stream_models": ("auto", "tgn")}, "stand alone"),
        ({"stream_negatives": ("easy",)}, "stream_negatives"),
        ({"stream_negatives": ()}, "at least one"),
        ({"stream_epochs": 0}, "stream_epochs"),
    ],
)
def test_a_wrong_setting_of_streams_is_named(given, said):
    with pytest.raises(ConfigError, match=said):
        Plan.of(**given)


def test_names_may_be_parted_by_commas_and_come_back_from_the_file(tmp_path):
    plan = Plan.of(stream_models=("tgn, semba",), stream_negatives=("all,random", "all"))
    assert plan.stream_models == ("tgn", "semba")
    assert plan.stream_negatives == ("all", "random")
    (tmp_path / "plan.toml").write_text(plan.toml())
    assert Plan.read(tmp_path / "plan.toml") == plan


def test_the_rule_of_size_learns_less_often_from_longer_lists_and_what_is_set_stands():
    small, large = (stream_size(Plan(), pairs(n)) for n in (200, 60_000))
    assert (small.epochs, small.seeds) == (10, 3)
    assert (large.epochs, large.seeds) == (9, 1)
    set_ = stream_size(Plan.of(stream_epochs=4, stream_seeds=2), pairs(60_000))
    assert (set_.epochs, set_.seeds) == (4, 2)
    assert stream_size(Plan.of(stream_models=("none",)), pairs()).models == {"link": ()}
    assert stream_size(Plan.of(stream_models=("none",)), pairs()).notes == ()


def test_of_a_long_list_the_end_is_learnt_and_ties_are_not_cut():
    n = MOST_EVENTS + 10
    graph = TemporalGraph(
        src=np.zeros(n, np.int64), dst=np.ones(n, np.int64), time=np.arange(n) // 4, n_nodes=2, span=(0.0, float(n))
    )
    size = stream_size(Plan(), graph)
    part = scored_part(graph, size)
    assert size.first == 12
    assert len(part) == n - 12
    assert part.time[0] > graph.time[11]
    assert "the statistics are of all" in size.notes[0]


def test_signs_are_told_where_both_are_common_and_then_time_by_time():
    assert stream_size(Plan(), pairs()).aims == ("link",)
    few = pairs()
    few = TemporalGraph(
        src=few.src, dst=few.dst, time=few.time, weight=np.where(np.arange(200) < 5, -1.0, 1.0), n_nodes=16,
        span=few.span,
    )  # fmt: skip
    assert stream_size(Plan(), few).aims == ("link",)
    assert "only 5 events have the rarer sign" in " ".join(stream_size(Plan(), few).notes)
    signed = stream_size(Plan(), pairs(400, signed=True))
    assert signed.aims == ("link", "sign")
    assert signed.batch == {"link": 200, "sign": 1}
    assert stream_size(Plan.of(stream_batch=7), pairs(400, signed=True)).batch == {"link": 7, "sign": 7}


def test_baselines_stand_alone_where_no_model_is_asked_for(tmp_path):
    plan = Plan.of(stream_models=("none",), stream_batch=20)
    heard = []
    found = foretell(plan, pairs(400, signed=True), Folder(tmp_path), progress=lambda a, b: heard.append(a / b))
    assert [one.aim for one in found] == ["link", "sign"]
    assert found[0].models == ()
    assert found[0].differences == ()
    assert found[0].standing("edgebank", "random", "ap").value > 0.9  # pairs that meet again and again
    assert found[1].standing("boosting", "sign", "auc").value == pytest.approx(1.0)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    save_result(tmp_path / "x.npz", found)
    again = load_result(tmp_path / "x.npz")
    assert isinstance(again[0], StreamFindings)
    assert (
        again[0].comparison.scores["recency"]["random"].values == found[0].comparison.scores["recency"]["random"].values
    )


def test_what_cannot_be_split_is_said(tmp_path):
    short = foretell(Plan(), pairs(50), Folder(tmp_path), progress=quiet)
    assert "takes 100 events, and there are 50" in short
    tied = TemporalGraph(src=np.zeros(200, int), dst=np.ones(200, int), time=np.zeros(200), n_nodes=2, span=(0.0, 1.0))
    assert "too few times differ" in foretell(Plan(), tied, Folder(tmp_path), progress=quiet)


def test_negatives_that_a_list_has_none_of_are_left_out_and_said(tmp_path):
    full = TemporalGraph(
        src=np.arange(300) % 3, dst=3 + np.arange(300) % 3, time=np.arange(300.0), n_nodes=6, span=(0.0, 300.0)
    )
    plan = Plan.of(stream_models=("none",), stream_batch=20)
    found = foretell(plan, full, Folder(tmp_path), progress=quiet)[0]
    assert found.kinds == ("random", "historical")
    assert "no inductive negatives" in " ".join(found.notes)
    only = Plan.of(stream_models=("none",), stream_negatives=("inductive",))
    assert "no inductive negatives" in foretell(only, full, Folder(tmp_path), progress=quiet)


class Toy:
    """A trained model: scores by a table of pairs that it was told."""

    def __init__(self, seed):
        self.seed = seed

    def reset(self):
        self.seen = set()

    def score(self, src, dst, time):
        return np.array([float((a, b) in self.seen) + 0.01 * self.seed for a, b in zip(src, dst, strict=True)])

    def write(self, events):
        self.seen |= set(zip(events.src.tolist(), events.dst.tolist(), strict=True))


def toy_method(calls, *, fails=()):
    """A method of streams that takes no time, writes down what it was asked, and is killed where told to be."""
    import dataclasses

    from interplay.represent.stream_results import StreamResult

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Method:
        aim: str = "link"
        batch: int = 20
        epochs: int = 2
        seed: int = 0

        def fit(self, graph, *, split, checkpoint, progress):
            calls.append((self.aim, self.seed, self.epochs, checkpoint.name))
            if self.seed in fails:
                raise KeyboardInterrupt
            progress(1, 1)
            loss = {"loss": np.array([1.0, 0.5]), "held_out": np.array([0.4, 0.3])}
            return StreamResult(
                config=self, made_from=graph.digest, seed=self.seed, method="toy", aim=self.aim, parameters={},
                loss=loss, best_epoch=1, converged=False, n_nodes=graph.n_nodes, n_features=0,
                train_stop=split.train_stop, validation_stop=split.validation_stop,
            )  # fmt: skip

        def online(self, result):
            return Toy(result.seed)

    return Method


def test_a_killed_run_goes_on_with_the_model_it_had_come_to(tmp_path, monkeypatch):
    plan, graph = Plan.of(stream_models=("tgn",), stream_seeds=2, stream_epochs=2, stream_batch=20), pairs()
    calls, fails = [], [1]
    monkeypatch.setattr(trainings, "STREAM_METHODS", {"tgn": toy_method(calls, fails=fails)})
    with pytest.raises(KeyboardInterrupt):
        foretell(plan, graph, Folder(tmp_path), progress=quiet)
    assert [c[1] for c in calls] == [0, 1]
    assert (tmp_path / "models" / "tgn-link-0.npz").is_file()
    fails.clear()
    found = foretell(plan, graph, Folder(tmp_path), progress=quiet)
    assert [c[1] for c in calls] == [0, 1, 1]
    assert calls[1][3] == calls[2][3]  # the second start goes on from the same checkpoint
    one = found[0]
    assert one.models == ("tgn",)
    assert len(one.all_starts("tgn", "random")) == 2
    assert one.standing("tgn", "random", "mrr").starts[0] == pytest.approx(
        one.standing("edgebank", "random", "mrr").value
    )
    assert {d.kind for d in one.differences} == {"random", "historical", "inductive"}


def test_a_difference_of_equals_is_nothing_and_its_interval_holds_what_was_found(tmp_path):
    found = foretell(Plan.of(stream_models=("none",), stream_batch=10), pairs(), Folder(tmp_path), progress=quiet)[0]
    bank, popular = (found.comparison.scores[n]["random"] for n in ("edgebank", "popularity"))
    assert paired_interval(bank, bank, seed=0) == (0.0, 0.0)
    low, high = paired_interval(bank, popular, seed=0)
    assert low < bank.mrr - popular.mrr < high
    assert low > 0


def test_a_run_keeps_the_stage_and_words_it(tmp_path):
    class Heard:
        def __init__(self):
            self.names = []

        def stage(self, name):
            return quiet

        def done(self, name, *, reused, seconds):
            self.names.append((name, reused))

    plan = Plan.of(stream_models=("none",), stream_batch=50)
    for reused in (False, True):
        heard = Heard()
        run = _Run(plan, Folder(tmp_path), 1, heard)
        found = find_in_events(plan, pairs(), run.folder, run._stage)
        assert heard.names == [("statistics", reused), ("foretell", reused), ("explain", reused)]
    summary = event_summary(found)
    rows = summary["foretelling"][0]["rows"]
    assert {r["name"] for r in rows} >= {"edgebank", "edgebank_window", "recency", "popularity"}
    assert {r["role"] for r in rows} == {"baseline"}
    lines = event_lines(summary)
    assert lines[0].startswith("novelty ")
    assert lines[1].startswith("foretelling events, mean reciprocal rank, of 30 events")
    assert any("historical negatives: " in line for line in lines)
    assert event_lines(None) == []
