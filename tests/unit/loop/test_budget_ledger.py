import numpy as np
import pytest

from interplay import ConfigError, DataError
from interplay.arena.rules import Rules
from interplay.loop.budget import Budget
from interplay.loop.ledger import Ledger
from interplay.loop.results import Session


def test_a_budget_needs_a_limit() -> None:
    with pytest.raises(ConfigError, match=r"`rallies` or `seconds`"):
        Budget(rallies=None, seconds=None)


@pytest.mark.parametrize(
    "wrong", [{"rallies": 0}, {"rallies": 2.5}, {"rallies": True}, {"seconds": 0.0}, {"seconds": 100.0, "most_s": 50.0}]
)
def test_a_budget_refuses_what_is_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        Budget(**wrong)  # type: ignore[arg-type]


def test_both_limits_must_be_reached() -> None:
    both = Budget(rallies=2, seconds=10.0, most_s=100.0)
    assert not both.spent(2, 9.9)
    assert not both.spent(1, 50.0)
    assert both.spent(2, 10.0)
    assert both.spent(0, 100.0)


@pytest.mark.parametrize(("limit", "spent"), [({"rallies": 2}, True), ({"rallies": 3}, False)])
def test_one_limit_alone(limit: dict[str, int], spent: bool) -> None:
    assert Budget(seconds=None, **limit).spent(2, 1.0) is spent  # type: ignore[arg-type]


def _three_rallies() -> Session:
    ledger = Ledger(Rules(pause_ticks=50), Budget(rallies=None, seconds=10.0))
    for ticks, hits in ((100, 0), (200, 2), (150, 1)):
        ledger.serve()
        assert ledger.open
        for tick in range(ticks):
            ledger.passed(1, float(tick), 2.0, 3.0)
        for _ in range(hits):
            ledger.hit()
        ledger.miss()
        assert not ledger.open
        ledger.passed(50, float("nan"), float("nan"), 3.0)
    ledger.serve()
    ledger.passed(25, 1.0, 2.0, 3.0)
    return ledger.close(player="p", seed=4)


def test_the_ledger_keeps_the_clock() -> None:
    session = _three_rallies()
    assert session.hits.tolist() == [0, 2, 1, 0]
    assert session.finished.tolist() == [True, True, True, False]
    assert session.start_tick.tolist() == [0, 150, 400, 600]
    assert session.stop_tick.tolist() == [100, 350, 550, 625]
    assert session.n_ticks == 625
    assert session.mean_hits == 1.0
    assert session.aces == pytest.approx(1 / 3)
    assert session.long_rallies == 0.0
    assert session.catches == 3 / 6


def test_the_track_has_one_row_in_ten_ticks_and_no_ball_in_pauses() -> None:
    session = _three_rallies()
    assert session.track.shape == (len(session.track_tick), 3)
    assert np.isnan(session.track[session.track_tick == 149, 0]).all()
    assert (session.track_tick[:10] == np.arange(9, 100, 10)).all()


def test_within_rallies_is_the_session_as_it_was_then() -> None:
    cut = _three_rallies().within(rallies=2)
    assert cut.hits.tolist() == [0, 2]
    assert cut.n_ticks == 350
    assert (cut.track_tick < 350).all()


def test_within_seconds_counts_finished_rallies_only() -> None:
    cut = _three_rallies().within(seconds=5.0)
    assert cut.hits.tolist() == [0, 2]
    assert cut.n_ticks == 500


def test_within_more_than_there_is_changes_nothing() -> None:
    session = _three_rallies()
    assert session.within(rallies=9).hits.tolist() == [0, 2, 1]
    assert session.within(rallies=9).n_ticks == session.n_ticks


def test_a_session_without_rallies_has_no_figures() -> None:
    empty = _three_rallies().within(seconds=0.5)
    assert empty.n_rallies == 0
    assert np.isnan([empty.mean_hits, empty.aces, empty.long_rallies, empty.catches]).all()


def test_overlapping_rallies_are_refused() -> None:
    with pytest.raises(DataError, match="must rise"):
        Session(
            player="p",
            seed=0,
            rules=Rules(),
            budget=Budget(),
            hits=np.array([0, 0]),
            start_tick=np.array([0, 50]),
            stop_tick=np.array([100, 200]),
            finished=np.array([True, True]),
            n_ticks=300,
            samples=3,
        )
