"""LIF units in Triton's kernels: those of the processor, spike by spike and slope by slope.

Without a graphics card Triton's interpreter runs them, and they are compiled for cards but not run. INTERPLAY_PEERS may
name the folder that holds Triton.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.slow]

#: Exponentials and logarithms of two libraries, in double precision, and one rounding to the type of the units.
CLOSE = {"float64": 1e-13, "float32": 2.5e-7}


def asked(script, folder):
    """Run a script of this folder in a process of its own: Triton reads its environment when it is imported."""
    environment = os.environ | {"TRITON_CACHE_DIR": str(folder)}
    path = Path(__file__).with_name(script)
    found = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, env=environment)
    assert found.returncode == 0, found.stderr[-2000:]
    return json.loads(found.stdout)


@pytest.fixture
def triton():
    looked = [os.environ.get("INTERPLAY_PEERS", ""), *sys.path]
    if not any((Path(folder) / "triton" / "language").is_dir() for folder in looked if folder):
        pytest.skip("no Triton here; set INTERPLAY_PEERS to the folder that holds it")


def test_spikes_are_the_same_and_slopes_as_near_as_rounding(triton, tmp_path):
    rows = asked("lif_in_triton.py", tmp_path)["rows"]
    assert len(rows) > 60
    for row in rows:
        apart = row.pop("apart")
        assert apart["spikes"] == 0, row
        assert {"to current", "to decay", "to membrane", "to spikes"} <= apart.keys(), row
        assert ("to square" in apart) >= (row["recurrent"] and row["rule"] == "half")
        assert max(apart.values()) < CLOSE[row["type"]], (row, apart)


def test_kernels_compile_for_cards(triton, tmp_path):
    pytest.importorskip("torch")
    if sys.platform != "linux":
        pytest.skip("Triton compiles on Linux")
    assert min(asked("lif_ptx.py", tmp_path)) > 1000
