"""Fixtures every test may use, and the guard that no test changes global state."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_dir():
    """The folder of real data; the test is skipped, with a reason, where it is absent."""
    folder = Path(os.environ.get("INTERPLAY_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set INTERPLAY_DATA to run this test")
    return folder


@pytest.fixture(autouse=True)
def _global_state_is_left_alone():
    """Fail a test that draws from or seeds a global generator, or changes torch's default type."""
    before = np.random.get_state()  # noqa: NPY002 - only watched
    torch = sys.modules.get("torch")
    word = torch.random.get_rng_state() if torch else None
    kind = torch.get_default_dtype() if torch else None
    yield
    after = np.random.get_state()  # noqa: NPY002
    assert before[2] == after[2], "the test moved numpy's global generator"
    assert np.array_equal(before[1], after[1]), "the test moved numpy's global generator"
    if torch:
        assert torch.equal(word, torch.random.get_rng_state()), "the test moved torch's global generator"
        assert kind == torch.get_default_dtype(), "the test changed torch's default dtype"
