import numpy as np
import pytest

from interplay import ConfigError
from interplay.loop.feedback import Protocol, Shuffle


def test_a_hit_is_ten_pulses_on_all_sites_one_every_10_ms() -> None:
    pulses = Protocol().predictable(0.01)
    assert [p.tick for p in pulses] == list(range(10))
    assert all(p.delay_s == pytest.approx(0.0, abs=1e-9) for p in pulses)
    assert {(p.site, p.amplitude_mv) for p in pulses} == {(-1, 75.0)}
    assert Protocol().ticks("hit", 0.01) == 10


def test_a_miss_is_twenty_pulses_at_random_times_and_sites_within_4_s() -> None:
    pulses = [p for event in range(200) for p in Protocol().unpredictable(8, 0.01, 5, event)]
    assert len(pulses) == 4000
    times = np.array([p.tick * 0.01 + p.delay_s for p in pulses])
    assert (times >= 0).all()
    assert (times < 4.0).all()
    assert all(0 <= p.delay_s < 0.01 for p in pulses)
    assert all((np.diff(times[k : k + 20]) >= 0).all() for k in range(0, 4000, 20))
    assert np.histogram(times, 8, (0, 4))[0] == pytest.approx(np.full(8, 500.0), abs=100)  # 4.8 standard errors
    assert np.bincount([p.site for p in pulses]) == pytest.approx(np.full(8, 500.0), abs=100)
    assert {p.amplitude_mv for p in pulses} == {150.0}


def test_the_draw_belongs_to_seed_and_event() -> None:
    draw = Protocol().unpredictable
    assert draw(8, 0.01, 5, 3) == draw(8, 0.01, 5, 3)
    assert draw(8, 0.01, 5, 3) != draw(8, 0.01, 5, 4)
    assert draw(8, 0.01, 5, 3) != draw(8, 0.01, 6, 3)


def test_shuffled_feedback_keeps_the_share_and_loses_the_meaning() -> None:
    shuffle = Shuffle(0.4, 1)
    happened = ["hit" if k % 10 < 4 else "miss" for k in range(4000)]
    told = [shuffle.draw(h) for h in happened]  # type: ignore[arg-type]
    assert np.mean([t == "hit" for t in told]) == pytest.approx(0.4, abs=0.03)
    after_hits = np.mean([t == "hit" for t, h in zip(told, happened, strict=True) if h == "hit"])
    assert after_hits == pytest.approx(0.4, abs=0.04)


def test_what_is_told_hangs_on_earlier_events_only() -> None:
    past = ["hit", "miss", "miss", "hit", "miss"]
    for n in range(len(past)):
        told = []
        for last in ("hit", "miss"):
            shuffle = Shuffle(0.4, 3)
            told.append([shuffle.draw(h) for h in (*past[:n], last)])  # type: ignore[arg-type]
        assert told[0] == told[1]
    share = np.mean([Shuffle(0.4, seed).draw("hit") == "hit" for seed in range(2000)])
    assert share == pytest.approx(0.4, abs=0.04)


@pytest.mark.parametrize("name", ["hit_mv", "hit_hz", "hit_s", "miss_mv", "miss_hz", "miss_s"])
def test_settings_out_of_range_are_refused(name) -> None:
    with pytest.raises(ConfigError, match=name):
        Protocol(**{name: 0.0})
