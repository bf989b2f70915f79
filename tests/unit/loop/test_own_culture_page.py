"""The code on the page about one's own culture runs as it stands."""

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from interplay.testing.dish_files import write_session
from interplay.testing.mock_neurons import MockNeurons, channel_set, stim_design

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "play_your_own_culture.md"


@pytest.fixture
def blocks():
    if not PAGE.is_file():
        pytest.skip("no docs beside the tests")
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.S)


def test_a_backend_of_ones_own(blocks) -> None:
    place: dict = {"print": lambda *_: None}
    exec(blocks[0], place)  # the page is ours
    assert place["session"].catches > 0.6


def test_hardware(blocks, monkeypatch) -> None:
    neurons = MockNeurons()

    @contextmanager
    def connect():
        yield neurons

    fake = ModuleType("cl")
    fake.open, fake.ChannelSet, fake.StimDesign = connect, channel_set, stim_design  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cl", fake)
    place: dict = {"print": lambda *_: None}
    exec(blocks[1], place)
    assert place["session"].seconds == pytest.approx(60, abs=9)
    assert neurons.sent
    assert len(place["session"].recording.events) > 1000


def test_a_recording(blocks, tmp_path, monkeypatch) -> None:
    write_session(tmp_path / "my_session_folder", n_channels=30)
    monkeypatch.chdir(tmp_path)
    place: dict = {}
    exec(blocks[2], place)
    assert place["session"].n_rallies == 3
