"""The page of a tournament with its pictures; drawing them is what takes the time."""

import importlib.util
from pathlib import Path

import pytest

from interplay.report import game_page, sections_game

pytestmark = pytest.mark.slow

_spec = importlib.util.spec_from_file_location("made_tournaments", Path(__file__).with_name("made_tournaments.py"))
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)


def test_every_figure_is_drawn_twice_and_told_in_words():
    figures = [f for s in sections_game(_made.make_tournament(n_seeds=2)) for f in s.figures]
    assert {f.key.split("-")[0] for f in figures} == {"players", "curves", "cells", "film"}
    for figure in figures:
        assert len(figure.alt) > 20
        assert figure.svg.startswith("<svg")
        assert figure.narrow_svg.startswith("<svg")


def test_equal_results_give_equal_bytes():
    result = _made.make_tournament(n_seeds=2)
    assert game_page(result) == game_page(result)


def test_a_large_tournament_stays_small_on_disk():
    assert len(game_page(_made.make_tournament(small=False, n_seeds=30)).encode()) < 3_000_000
