import threading

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.loop import Budget, play
from interplay.loop.references import FrozenCentre, Oracle
from interplay.web import Show
from interplay.web import camera as cameras
from interplay.web.tap import Tap

SHORT = Budget(rallies=None, seconds=60.0, most_s=60.0)


@pytest.fixture
def every_tick(monkeypatch):
    """Show every tick, whatever the wall says."""
    monkeypatch.setattr(cameras, "FRAME_S", 0.0)


def film(make, budget=SHORT, seed=1, speed=None):
    frames, over = [], threading.Event()
    show = Show(make, seed=seed, budget=budget, speed=speed)

    def sink(frame):
        frames.append(frame)
        if frame["type"] == "end":
            over.set()

    show.listen(sink)
    show.start()
    assert over.wait(60)
    show.stop()
    return frames


def kinds(frames):
    return [f["type"] for f in frames]


def test_a_show_is_announced_shown_and_ended(every_tick):
    frames = film(FrozenCentre)
    assert kinds(frames[:2]) == ["preparing", "hello"]
    assert kinds(frames[2:]) == ["frame"] * (len(frames) - 3) + ["end"]
    hello = frames[1]
    assert (hello["player"], hello["seed"], hello["electrodes"]) == ("frozen", 1, None)
    assert hello["rules"]["paddle_px"] == 250
    assert hello["chance"] == {"mean_hits": 0.714, "aces": 0.583, "long_rallies": 0.072, "catches": 0.417}
    assert frames[-1]["why"] == "done"


def test_what_is_shown_is_what_was_played(every_tick):
    session = play(FrozenCentre(), budget=SHORT, seed=1)
    last = film(FrozenCentre)[-2]
    assert last["finished"] == session.n_rallies
    assert last["recent"] == session.hits[session.finished].tolist()
    assert last["mean_hits"] == pytest.approx(session.mean_hits, abs=1e-4)
    assert last["aces"] == pytest.approx(session.aces, abs=1e-4)
    assert last["long_rallies"] == pytest.approx(session.long_rallies, abs=1e-4)


def test_frames_show_ball_and_paddle_and_hide_the_ball_in_pauses(every_tick):
    frames = [f for f in film(FrozenCentre) if f["type"] == "frame"]
    times = [f["seconds"] for f in frames]
    assert times == sorted(times)
    play_frames = [f for f in frames if f["phase"] == "play"]
    assert all(0 <= f["ball"][0] <= 600 and 0 <= f["ball"][1] <= 600 and f["paddle"] == 175 for f in play_frames)
    pauses = [f for f in frames if f["phase"] == "pause"]
    assert pauses
    assert all(f["ball"] is None and f["left_s"] > 0 for f in pauses)
    marks = [k for f in frames for k, _ in f["events"]]
    assert marks.count("miss") == frames[-1]["finished"]
    assert marks[0] == "serve"


def test_an_oracle_is_seen_to_hit(every_tick):
    frames = film(Oracle)
    hits = [f for f in frames if f["type"] == "frame" and [k for k, _ in f["events"]] == ["hit"]]
    assert [f["hits"] for f in hits[:3]] == [1, 2, 3]


def test_every_spike_and_pulse_is_shown_once_at_its_time(every_tick, players):
    frames = [f for f in film(players.Cultured) if f["type"] in ("hello", "frame")]
    hello, frames = frames[0], frames[1:]
    assert hello["electrodes"]["group"].count("motor_left") == 2
    spikes = sorted((round(f["seconds"] - ago, 2), e) for f in frames for ago, e in zip(*f["spikes"], strict=True))
    # One spike a tick since the first serve, the baseline left out; the tick after the last frame is not shown.
    expected = [(round(k * 0.01, 2), (k + 100) % 10) for k in range(len(spikes))]
    assert spikes == expected
    assert len(spikes) > 5000
    assert all(ago >= 0 for f in frames for ago in f["spikes"][0])
    pulses = [(t, e) for f in frames for t, e in f["pulses"]]
    assert pulses[0] == (0.004, [1, 2])
    assert all(e == [1, 2] for _, e in pulses)
    assert frames[5]["rates"] == {"up": 1.5, "down": 0.5}


def test_a_pause_is_parted_into_stimulation_and_rest(every_tick, players):
    frames = [f for f in film(players.Cultured) if f["type"] == "frame"]
    pauses = [f["phase"] for f in frames if f["ball"] is None]
    assert {"stimulation", "rest"} == set(pauses)
    first = next(f for f in frames if f["ball"] is None)
    assert first["phase"] == "stimulation"


def test_too_many_spikes_are_thinned_and_counted(monkeypatch, players):
    monkeypatch.setattr(cameras, "FRAME_S", 1e9)
    monkeypatch.setattr(cameras, "MOST_SPIKES", 100)
    last = film(players.Cultured)[-2]
    assert last["n_spikes"] > 5000
    assert 50 <= len(last["spikes"][0]) == len(last["spikes"][1]) <= 100


def test_a_learner_is_shown_too(every_tick, players):
    frames = film(players.Learning)
    session = play(players.Learning(), budget=SHORT, seed=1)
    assert frames[1]["kind"] == "learner"
    assert frames[-2]["finished"] == session.n_rallies
    shown = [f for f in frames if f["type"] == "frame"]
    assert {f["phase"] for f in shown} == {"play", "pause"}
    balls = [tuple(f["ball"]) for f in shown if f["ball"]]
    # A serve heads for the far side, two pixels a tick, five ticks a decision.
    assert [x for x, _ in balls[:4]] == [300, 310, 320, 330]
    assert len(set(balls)) > 100


def test_watching_changes_nothing(players):
    """The tap passes everything: the same spikes drive the same session."""
    bare, tapped = players.Cells(), players.Cells()
    tap = Tap(tapped, 0.01)
    for backend in (bare, tap):
        backend.reset(0)
        backend.stim(np.array([3]), 75.0, 0.0)
    np.testing.assert_array_equal(bare.advance(30), tap.advance(30))
    assert bare.given == tapped.given
    assert tap.responds is True
    assert tap.channels is tapped.channels


def test_a_player_that_fails_is_reported(players):
    end = film(players.Failing)[-1]
    assert end["why"] == "failed"
    assert "out of <order>" in end["text"]


def test_a_player_that_cannot_be_made_is_reported():
    def make():
        raise ValueError("no such thing")

    end = film(make)[-1]
    assert end["why"] == "failed"
    assert "no such thing" in end["text"]


def test_stopping_ends_the_session():
    show = Show(FrozenCentre, speed=0.5)
    show.start()
    assert show.running
    show.stop()
    assert not show.running
    assert show.backlog()[-2]["why"] == "stopped"


def test_playing_again_takes_another_seed_and_keeps_the_speed():
    show = Show(FrozenCentre, speed=0.5)
    frames = []
    show.listen(frames.append)
    show.start()
    show.pace.set_speed(4.0)
    show.start(seed=9)
    show.stop()
    assert show.seed == 9
    assert show.pace.speed == 4.0
    runs = [f["run"] for f in frames if f["type"] == "preparing"]
    assert runs == [1, 2]


@pytest.mark.parametrize("seed", [-1, -5])
def test_negative_seeds_are_refused(seed):
    with pytest.raises(ConfigError, match="seed"):
        Show(FrozenCentre, seed=seed)
    with pytest.raises(ConfigError, match="seed"):
        Show(FrozenCentre).start(seed)
