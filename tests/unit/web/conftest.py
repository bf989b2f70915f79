import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("watched_players", Path(__file__).with_name("players.py"))
_players = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_players)


@pytest.fixture
def players():
    return _players
