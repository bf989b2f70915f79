"""What the settings of a method become in training: every safeguard arrives at the loop and at the loss."""

from dataclasses import asdict

import numpy as np
import pytest

from interplay.represent import TAVRNN, VGRNN, StatisticsGRU
from interplay.represent.fitting import plan_of
from interplay.testing import random_snapshots

SMALL = {"hidden": 6, "latent": 3}


def snapshots():
    return random_snapshots(np.random.Generator(np.random.Philox(8)), n_snapshots=5, n_nodes=6, directed=False)


def test_the_plan_of_the_defaults_has_every_safeguard():
    assert asdict(plan_of(TAVRNN(), "cpu")) == {
        "epochs": 400,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "clip": 1.0,
        "patience": 50,
        "tolerance": 1e-3,
        "keep": "best",
        "warm_up": 100,
        "retreats": 5,
        "device": "cpu",
        "dtype": "float32",
        "checkpoint_every": 25,
        "seed": 0,
        "threads": 1,
    }


def test_every_setting_of_training_arrives_in_the_plan():
    settings = {
        "epochs": 7,
        "learning_rate": 0.03,
        "clip": 2.5,
        "patience": 3,
        "tolerance": 0.2,
        "keep": "last",
        "warm_up": 4,
        "dtype": "float64",
        "seed": 11,
    }
    plan = asdict(plan_of(VGRNN(**settings), "cuda:1"))
    assert {name: plan[name] for name in (*settings, "device", "retreats", "threads")} == {
        **settings,
        "device": "cuda:1",
        "retreats": 5,
        "threads": 1,
    }


def test_published_training_and_statistics_do_not_warm_up():
    published = TAVRNN.published()
    assert (published.warm_up, published.clip) == (0, None)
    plan = plan_of(published, "cpu")
    assert (plan.warm_up, plan.clip, plan.patience, plan.keep) == (0, None, None, "last")
    statistics = plan_of(StatisticsGRU(), "cpu")
    assert (statistics.warm_up, statistics.retreats, statistics.threads) == (0, 5, 1)


def test_warming_up_reaches_the_loss_and_the_epoch_that_is_kept():
    s = snapshots()
    result = TAVRNN(**SMALL, epochs=6, warm_up=4, dtype="float64").fit(s)
    loss, likelihood, divergence = (result.loss[name] for name in ("loss", "likelihood", "divergence"))
    assert loss[0] == likelihood[0]
    shares = np.array([0, 0.25, 0.5, 0.75, 1, 1])
    assert (divergence > 0.01).all()
    np.testing.assert_allclose(loss, likelihood + shares * divergence, rtol=1e-12)
    assert result.best_epoch == 4 + int(np.argmin(loss[4:]))
    cold = TAVRNN(**SMALL, epochs=1, warm_up=0, dtype="float64").fit(s)
    assert cold.loss["loss"][0] == pytest.approx(cold.loss["likelihood"][0] + cold.loss["divergence"][0], rel=1e-12)
    assert cold.loss["likelihood"][0] != likelihood[0]
