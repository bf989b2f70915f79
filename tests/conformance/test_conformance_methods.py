"""Every registered inference method and measure keeps the promises of its kind."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from interplay import measures
from interplay.data import Recording, Snapshots
from interplay.infer import METHODS
from interplay.infer.results import NetworkResult
from interplay.testing import check_estimator, check_measure, random_recording, random_snapshots

SHORT = {"window_s": 10.0, "step_s": 5.0}
#: What a method needs beside its defaults to be quick here.
QUICK = {
    "boltzmann": {"n_updates": 50, "n_chains": 32, "temperatures": 50, "watched_sweeps": 50},
    "dynamic-bayes": {"compare": False, "tolerance": 1e-4},
    "factors": {"rank": 2, "restarts": 2, "rounds": 20, "blocks": False},
    "switching": {"restarts": 1, "iterations": 10},
    "transfer-entropy": {"max_delay": 2},
    "tspe": {"bin_s": 0.01},
}
#: Methods whose surrogates, where they have them, are drawn by the engine of all or their own.
TESTED = [name for name in METHODS if "surrogates" in {f.name for f in fields(METHODS[name])}]


def recording(gap=None):
    return random_recording(np.random.Generator(np.random.Philox(5)), n_units=5, span=(0.0, 40.0), gap=gap)


@pytest.mark.parametrize("gap", [None, (12.0, 14.0)])
@pytest.mark.parametrize("name", METHODS)
def test_methods_keep_their_promises(name, gap):
    check_estimator(METHODS[name](**SHORT, **QUICK.get(name, {})), recording(gap))


@pytest.mark.parametrize("name", TESTED)
def test_methods_with_surrogates_keep_their_promises(name):
    check_estimator(METHODS[name](**SHORT, **QUICK.get(name, {}), surrogates=19), recording(), relabels=False)


def network(directed):
    rng = np.random.Generator(np.random.Philox(6))
    return random_snapshots(rng, n_snapshots=1, n_nodes=12, density=0.4, directed=directed).matrix(0)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("name", measures.MEASURES)
def test_measures_keep_their_promises(name, directed):
    measure = measures.MEASURES[name]
    if measure.on != "any" and measure.on != ("directed" if directed else "undirected"):
        pytest.skip(f"{name} is reported for {measure.on} networks only")
    check_measure(measure, network(directed), directed=directed)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """A little estimator, right, or wrong in one way."""

    fault: str = ""

    def fit(self, data: Recording, *, progress=None):
        bounds = np.array([[k * 10.0, k * 10.0 + 10.0] for k in range(4)]) + data.span[0]
        counts = data.events.counts(bounds).astype(float)
        if self.fault == "future":
            counts += data.events.counts()
        if self.fault == "global":
            np.random.random()  # noqa: NPY002
        if self.fault == "order":
            counts *= np.arange(data.n_units)
        if self.fault == "clock":
            counts *= data.span[0] + 1
        weights = np.sqrt(counts[:, :, None] * counts[:, None, :])
        snapshots = Snapshots.from_dense(weights, bounds, directed=False)
        made_from = "elsewhere" if self.fault == "digest" else data.digest
        result = NetworkResult(config=self, made_from=made_from, snapshots=snapshots, method="c", quantity="q")
        return replace(result, config=Counts()) if self.fault == "config" else result


def test_the_suite_passes_a_right_estimator():
    check_estimator(Counts(), recording())


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("future", "what comes after a window must not change its network"),
        ("order", "relabelled units must give relabelled networks"),
        ("clock", "a shifted clock must shift the windows"),
        ("digest", "must carry the digest of its input"),
        ("config", "must carry the settings that made it"),
        ("global", "must leave numpy's global generator alone"),
    ],
)
def test_the_suite_notices_a_wrong_estimator(fault, message):
    state = np.random.get_state()  # noqa: NPY002
    try:
        with pytest.raises(AssertionError, match=message):
            check_estimator(Counts(fault=fault), recording())
    finally:
        np.random.set_state(state)  # noqa: NPY002


@dataclass(frozen=True, kw_only=True)
class Wrong:
    function: object
    name: str = "wrong"
    kind: str = "node"
    needs: tuple = ()
    options: tuple = ()
    part: None = None


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a: 1.0, "must give one number per node"),
        (lambda a: np.nansum(a, axis=0) * np.arange(len(a)), "relabelled nodes must give a relabelled answer"),
        (lambda a: np.nansum(a, axis=0), "an absent node must have no value"),
    ],
)
def test_the_suite_notices_a_wrong_measure(function, message):
    with pytest.raises(AssertionError, match=message):
        check_measure(Wrong(function=function), network(True), directed=True)
