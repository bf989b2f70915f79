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


def _global_state():
    torch = sys.modules.get("torch")
    kind, words, place, *_ = np.random.get_state()  # noqa: NPY002 - only watched
    state = {"numpy's global generator": (kind, words.tobytes(), place)}
    if torch:
        state["torch's global generator"] = torch.random.get_rng_state().numpy().tobytes()
        state["torch's default dtype"] = torch.get_default_dtype()
    return state


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Fail a test that draws from or seeds a global generator, or changes torch's default type."""
    before = _global_state()
    result = yield
    after = _global_state()
    changed = [name for name, value in before.items() if after[name] != value]
    assert not changed, f"the test changed {', '.join(changed)}"
    return result
