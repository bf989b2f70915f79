"""Hidden chains of Poisson counts beside hmmlearn's: likelihood, posterior and path of several runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay._core.rng import stream
from interplay.infer.emissions import CountEmission
from interplay.ops.hidden_chain import likeliest_path, smooth_chain

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def hmmlearn():
    """Ask the interpreter named by INTERPLAY_PEERS, or this one if it has hmmlearn."""
    python = os.environ.get("INTERPLAY_PEERS", sys.executable)
    if subprocess.run([python, "-c", "import hmmlearn"], capture_output=True, check=False).returncode:
        pytest.skip("no hmmlearn here; set INTERPLAY_PEERS to an interpreter that has it")

    def ask(**given):
        script = Path(__file__).with_name("hmmlearn_chain.py")
        done = subprocess.run(
            [python, str(script)], input=json.dumps(given), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return ask


def test_chain_equals_hmmlearn(hmmlearn):
    rng = stream(0, "hmmlearn")
    rates, initial = rng.uniform(0.1, 2.0, (3, 4)), rng.dirichlet(np.ones(3))
    transition = rng.dirichlet(np.ones(3) + 5 * np.eye(3)[0], 3)
    counts = rng.poisson(1.0, (300, 4))
    theirs = hmmlearn(
        rates=rates.tolist(), initial=initial.tolist(), transition=transition.tolist(), counts=counts.tolist(),
        lengths=[120, 180],
    )  # fmt: skip
    emission, x = CountEmission(0), counts.astype(float)
    density = np.column_stack([emission.log_density(x, np.tile(np.log(r), (300, 1)), np.ones(4)) for r in rates])
    posterior, moves, path = np.empty((300, 3)), np.empty((3, 3)), np.empty(300, np.int64)
    chain = density, np.array([0, 120, 300]), np.log(initial), np.log(transition)
    total = smooth_chain(*chain, posterior, moves).sum() + emission.constant(x)
    best = likeliest_path(*chain, path).sum() + emission.constant(x)
    assert total == pytest.approx(theirs["score"], rel=1e-10)
    assert best == pytest.approx(theirs["best"], rel=1e-10)
    np.testing.assert_allclose(posterior, theirs["posterior"], atol=1e-9)
    assert path.tolist() == theirs["path"]
    assert moves.sum() == pytest.approx(298)
