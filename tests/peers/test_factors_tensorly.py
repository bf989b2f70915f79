"""Non-negative factors beside tensorly: from the same start, the same error or a lower one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay.ops.nonnegative import factorise, start_factors

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def tensorly():
    """Ask the interpreter named by INTERPLAY_PEERS, or this one if it has tensorly."""
    python = os.environ.get("INTERPLAY_PEERS", sys.executable)
    if subprocess.run([python, "-c", "import tensorly"], capture_output=True, check=False).returncode:
        pytest.skip("no tensorly here; set INTERPLAY_PEERS to an interpreter that has it")

    def ask(x, start):
        given = json.dumps({"x": x.tolist(), "start": [f.tolist() for f in start]})
        script = Path(__file__).with_name("tensorly_factors.py")
        done = subprocess.run([python, str(script)], input=given, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return ask


@pytest.mark.parametrize("seed", range(3))
def test_errors_are_as_low_as_tensorlys(tensorly, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    x = np.einsum("ir,jr,kr->ijk", *(rng.gamma(0.6, size=(n, 3)) for n in (9, 8, 7)))
    x += 0.1 * x.std() * rng.uniform(size=x.shape)
    start = start_factors(x.shape, 3, np.linalg.norm(x), rng)
    ours = factorise(x, start, rounds=3000, tolerance=1e-10).error
    # Local minima may differ; on these data both find the same.
    assert ours <= tensorly(x, start) + 1e-4
