from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Intervals, Series
from interplay.report import page, plays, section_session

HITS = [0, 2, 0, 1, 5, 0, 3, 0, 1, 0, 0, 4]


@pytest.fixture
def session(make):
    recording = make.recording(duration=600.0)
    stop = np.arange(1, 13) * 50.0
    time = np.arange(0, 600, 0.1)
    x = np.abs((time * 200) % 1200 - 600)
    game = Series(
        time=time, values=np.column_stack([np.full(len(time), 175.0), x, 300 + 200 * np.sin(time)]),
        names=("paddle_y", "ball_x", "ball_y"), unit="px",
    )  # fmt: skip
    rallies = Intervals(start=np.append(0, stop[:-1]), stop=stop, label=np.array([str(h) for h in HITS]))
    return replace(recording, behavior={"game": game}, epochs={"rallies": rallies})


def test_a_recording_with_rallies_plays(session, make):
    assert plays(session)
    assert not plays(make.recording())
    named = Intervals(start=[0.0], stop=[1.0], label=np.array(["good"]))
    assert not plays(replace(session, epochs={"rallies": named}))


def test_the_session_is_set_beside_chance_and_the_published(session):
    section = section_session(session)
    assert section.lead[0].startswith("12 rallies in 10.0 min: 1.33 hits per rally, and 50.0 % aces")
    assert "not told apart from chance (58.3 %)" in section.lead[0]
    tiles = {t.label: (t.value, t.note) for t in section.tiles}
    assert tiles["rallies"] == ("12", "longest: 5 hits")
    assert tiles["hits per rally"] == ("1.33", "chance 0.71")
    rows = [[str(c).replace("\N{NO-BREAK SPACE}", " ") for c in row] for row in section.tables[0].rows]
    early, late = np.array(HITS[:6]), np.array(HITS[6:])
    assert rows[0][2] == f"{early.mean():.2f} \N{RIGHTWARDS ARROW} {late.mean():.2f}"
    assert rows[0][3] == "50.0 % \N{RIGHTWARDS ARROW} 50.0 %"
    assert any(r[0].startswith("Human cortical") for r in rows)


@pytest.mark.parametrize(("hits", "words"), [([0] * 60, "more than chance"), ([1] * 60, "fewer than chance")])
def test_a_clear_difference_is_called_one(session, hits, words):
    stop = np.arange(1, 61) * 10.0
    rallies = Intervals(start=np.append(0, stop[:-1]), stop=stop, label=np.array([str(h) for h in hits]))
    assert words in section_session(replace(session, epochs={"rallies": rallies})).lead[0]


def test_the_track_gives_a_glimpse_and_films(session):
    keys = [f.key for f in section_session(session).figures]
    assert keys == ["game-course", "game-glimpse", "game-films"]
    films = section_session(session).figures[2]
    assert films.alt == "Rally 2, served at 50 s: 2 hits. Rally 12, served at 550 s: 4 hits"


def test_without_a_track_the_course_remains(session):
    keys = [f.key for f in section_session(replace(session, behavior={})).figures]
    assert keys == ["game-course"]


def test_the_pause_before_a_serve_is_no_part_of_a_film(session):
    game = session.behavior["game"]
    keep = (game.time < 50) | (game.time >= 58)
    cut = Series(time=game.time[keep], values=game.values[keep], names=game.names, unit="px")
    films = section_session(replace(session, behavior={"game": cut})).figures[2]
    assert films.alt.startswith("Rally 2, served at 58 s")


def test_without_rallies_there_is_nothing_to_say(make):
    with pytest.raises(DataError, match="rallies"):
        section_session(make.recording())


def test_the_chapter_fits_a_page(session):
    assert "The game" in page([section_session(session)], title="A session")
