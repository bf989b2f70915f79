"""Granger causality beside statsmodels and elephant, phase indices beside mne-connectivity."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay import Recording, Series
from interplay.infer import Granger, PhaseLocking

pytestmark = pytest.mark.peer

PYTHON = os.environ.get("INTERPLAY_PEERS", sys.executable)


def ask(peer, x, **settings):
    """Ask the interpreter named by INTERPLAY_PEERS, or this one if it has the peer."""
    if subprocess.run([PYTHON, "-c", f"import {peer}"], capture_output=True, check=False).returncode:
        pytest.skip(f"no {peer} here; set INTERPLAY_PEERS to an interpreter that has it")
    given = json.dumps({"peer": peer, "x": x.tolist(), "settings": settings})
    script = Path(__file__).with_name("pair_peers.py")
    done = subprocess.run([PYTHON, str(script)], input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def process(n_samples, n_units=4):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_samples, n_units))
    for t in range(2, n_samples):
        x[t] += 0.4 * x[t - 1]
        x[t, 1] += 0.5 * x[t - 2, 0]
        x[t, 2] -= 0.5 * x[t - 1, 1]
    return x


def fitted(method, x, dt_s=1.0, **settings):
    span = len(x) * dt_s
    recording = Recording(traces=Series.regular(x, dt_s=dt_s))
    return method(window_s=span, step_s=span, **settings).fit(recording).snapshots


@pytest.mark.slow
def test_pairwise_granger_is_that_of_statsmodels():
    x = process(150)
    theirs = ask("statsmodels", x, order=3, top=6)
    ours = fitted(Granger, x, order=3, conditional=False)
    np.testing.assert_allclose(ours.pvalues, [p for _, p in theirs["alone"]], rtol=1e-6)
    f = np.expm1(ours.weight) * (147 - 7) / 3
    np.testing.assert_allclose(f, [value for value, _ in theirs["alone"]], rtol=1e-8)
    loose = fitted(Granger, x, order=3, conditional=False, law="chi2")
    np.testing.assert_allclose(loose.pvalues, theirs["chi2"], rtol=1e-6)
    chosen = fitted(Granger, x, max_order=6)
    fixed = fitted(Granger, x[6 - theirs["order"] :], order=theirs["order"])  # the same samples predicted
    np.testing.assert_allclose(chosen.weight, fixed.weight, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("theirs", "kind"),
    [("plv", "plv"), ("ppc", "ppc"), ("wpli", "wpli"), ("wpli2_debiased", "debiased_wpli")],
)
def test_phase_indices_are_those_of_mne(theirs, kind):
    x, dt_s = process(1000), 0.01
    expected = np.array(ask("mne_connectivity", x, length=50, dt_s=dt_s, low=5.9, high=20.1, method=theirs))[
        np.tril_indices(4, -1)
    ]
    found = fitted(PhaseLocking, x, dt_s, kind=kind, segment_s=0.5, band=(5.9, 20.1)).matrix(0)[np.tril_indices(4, -1)]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.slow
def test_elephant_finds_about_the_same_causality():
    # Its fit takes lagged covariances of the whole series and rounds to five digits: equal up to the ends.
    x = process(3000, 3)
    theirs = ask("elephant", x, order=2)
    pair = fitted(Granger, x[:, :2], order=2, conditional=False).matrix(0)
    given = fitted(Granger, x, order=2).matrix(0)
    assert pair[0, 1] == pytest.approx(theirs[0], rel=0.02)
    assert max(given[1, 0], theirs[1]) < 0.005
