"""Every registered representation keeps the promises of its kind; the suite itself sees each of them broken."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from interplay.data import Snapshots
from interplay.represent import METHODS, EmbeddingResult
from interplay.testing import check_representation, random_recording, random_snapshots


def snapshots(n_nodes=6):
    rng = np.random.Generator(np.random.Philox(5))
    return random_snapshots(rng, n_snapshots=6, n_nodes=n_nodes, directed=False, absent=True)


def rename(parameters, order):
    """Columns of the first layer belong to nodes; the last one, to the history node where there is one."""
    weight = parameters["features.weight"].copy()
    weight[:, : len(order)] = parameters["features.weight"][:, order]
    return parameters | {"features.weight": weight}


@pytest.mark.parametrize("name", METHODS)
def test_methods_keep_their_promises(name):
    tied = name != "statistics"
    check_representation(METHODS[name](epochs=4), snapshots(), rename=rename if tied else None, samples=tied)


@pytest.mark.parametrize("features", ["correlation", "weights", "degree", "rates", "random", "walks"])
def test_features_keep_the_promises(features):
    recording = random_recording(np.random.Generator(np.random.Philox(6)), n_units=6, span=(0.0, 8.0), traces=False)
    check_representation(
        METHODS["tavrnn"](features=features, epochs=3, hidden=8, latent=3),
        replace(snapshots(), present=np.ones((6, 6), bool)),
        recording=recording if features in ("correlation", "rates") else None,
        rename=rename if features in ("correlation", "weights") else None,
        relabels=features != "random",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"edges": "signed", "convolution": "sage", "query": "mean", "window": 2, "layers": 2, "dtype": "float64"},
        {"edges": "weighted", "convolution": "gin", "frozen_gru": True, "reconstruct_all": True, "validation": 0.3},
    ],
)
def test_variants_keep_the_promises(changes):
    method = METHODS["tavrnn"](epochs=3, hidden=8, latent=3, **changes)
    check_representation(method, snapshots(), rename=rename)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """A little method, right, or wrong in one way: strengths summed over the windows so far, and a draw."""

    epochs: int = 3
    seed: int = 0
    fault: str = ""

    def fit(self, data, *, recording=None, train_until=None, checkpoint=None):
        stop = data.bounds[:, 1]
        count = len(stop) if train_until is None else int((stop <= train_until).sum())
        trace = [1.0 + data.weight.sum() * (self.fault == "fit on all")] * self.epochs
        if checkpoint is not None:
            if self.fault == "resume" and checkpoint.exists():
                trace[-1] = 2.0
            if self.fault != "no checkpoint":
                checkpoint.write_text("")
        result = EmbeddingResult(
            config=self if self.fault != "config" else None,
            made_from=data.digest,
            seed=self.seed,
            method="sums",
            embedding=np.zeros((0, 0, 0)),
            spread=None,
            history=None,
            attention=None,
            loss={"loss": np.array(trace)},
            bounds=data.bounds,
            present=data.present,
            trained=np.arange(len(stop)) < count + (self.fault == "trains later"),
            reconstruction={},
            parameters={"scale": np.ones(())},
        )
        if self.fault == "global":
            np.random.random()  # noqa: NPY002
        return self.embed(result, data)

    def embed(self, result, data, *, recording=None, sample_seed=None):
        w = np.abs(data.dense()) + (data.dense() != 0)
        sums = w.sum(axis=2).cumsum(axis=0)[:, :, None]
        if self.fault == "future":
            sums = sums + w.sum()
        if self.fault == "clock":
            sums = sums + data.bounds[0, 0]
        if self.fault == "order":
            sums = sums * np.arange(1.0, data.n_nodes + 1)[:, None]
        if self.fault == "draws":
            sums = sums + np.random.Generator(np.random.PCG64()).random()
        if sample_seed is not None and self.fault != "never draws":
            sums = sums + np.random.Generator(np.random.Philox(sample_seed)).random(sums.shape)
        attention = np.full((len(data),) * 2, 1 / len(data)) if self.fault == "attention" else None
        same = data.digest == result.made_from
        trained = result.trained if same else np.zeros(len(data), bool)
        return replace(
            result,
            embedding=sums if self.fault != "not a number" else sums * np.nan,
            attention=attention,
            made_from=data.digest,
            bounds=data.bounds,
            present=data.present,
            trained=trained if self.fault != "claims" else ~trained,
        )


def test_a_right_method_passes():
    check_representation(Sums(), snapshots())


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("config", "must carry the settings"),
        ("not a number", "`embedding` must be finite"),
        ("attention", "nothing may attend to later windows"),
        ("draws", "fitting twice must give the same bits"),
        ("global", "leave global random state"),
        ("future", "later windows must not change earlier vectors"),
        ("fit on all", "the loss differs"),
        ("trains later", "windows that end later must not train"),
        ("clock", "a shifted clock"),
        ("order", "relabelled nodes must give relabelled vectors"),
        ("never draws", "another sample seed must give another draw"),
        ("claims", "all windows train unless"),
        ("resume", "a training taken up again must go on"),
        ("no checkpoint", "a checkpoint must be written"),
    ],
)
def test_the_suite_sees_a_broken_promise(fault, message):
    state = np.random.get_state()  # noqa: NPY002
    try:
        with pytest.raises(AssertionError, match=message):
            check_representation(Sums(fault=fault), snapshots())
    finally:
        np.random.set_state(state)  # noqa: NPY002


def test_snapshots_must_be_long_enough_for_the_check():
    with pytest.raises(AssertionError, match="at least four windows"):
        check_representation(Sums(), Snapshots.take(snapshots(), range(3)))
