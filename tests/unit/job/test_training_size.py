"""The rule of size: bounded work, whatever the data; what the plan sets stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.job import Plan
from interplay.job import training_size as rule
from interplay.job.training_size import training_size


@settings(deadline=None)  # the first call imports the methods
@given(st.integers(3, 5000), st.integers(3, 20000), st.integers(1, 10))
def test_the_work_is_bounded_whatever_the_size(n_windows, n_nodes, seeds):
    size = training_size(Plan(embedding_seeds=seeds), n_windows, n_nodes)
    n = size.nodes or n_nodes
    trained = len(size.trained(np.ones(n_windows, bool)))
    work = 2 * seeds * size.epochs * rule._work(trained, n)
    least = 2 * seeds * rule._LEAST_EPOCHS * rule._work(rule._LEAST_WINDOWS, rule._LEAST_NODES)
    assert work <= 2 * max(rule._BUDGET, least)  # twice, since windows are thinned by whole steps
    assert rule._LEAST_EPOCHS <= size.epochs <= rule._EPOCHS
    assert min(n_windows, rule._LEAST_WINDOWS) <= trained <= rule._MOST_WINDOWS
    assert size.nodes is None or rule._LEAST_NODES <= size.nodes < n_nodes


def test_a_small_network_gets_all_of_it():
    size = training_size(Plan(), 8, 10)
    assert (size.epochs, size.seeds, size.step, size.nodes) == (rule._EPOCHS, rule._SEEDS, 1, None)
    assert "8 windows of 10 nodes" in size.note


@pytest.mark.parametrize(
    ("method", "epochs", "warm_up"),
    [("auto", None, 100), ("vgae", 40, 36), ("vgrnn", 1, 0), ("tavrnn", 400, 100), ("statistics", 40, 0)],
)
def test_most_of_a_short_training_is_warm_up(method, epochs, warm_up):
    size = training_size(Plan(represent=method, epochs=epochs), 8, 10)
    assert size.warm_up == warm_up
    assert (f"{warm_up} of them warm-up" in size.note) == (warm_up > 0)


def test_a_large_one_is_cut_down_and_says_so():
    size = training_size(Plan(), 40, 5881)
    assert size.nodes is not None
    assert size.nodes < 1000
    many = training_size(Plan(), 2000, 100)
    assert many.step > 1
    assert f"every {rule.ordinal(many.step)} window trained on" in many.note


def test_what_the_plan_sets_stands():
    plan = Plan(epochs=7, embedding_seeds=4, embedding_nodes=50)
    size = training_size(plan, 5000, 900)
    assert (size.epochs, size.seeds, size.step, size.nodes) == (7, 4, 1, 50)
    assert "by size" not in size.note


def test_nodes_stay_where_they_must():
    assert training_size(Plan(), 40, 5881, may_drop_nodes=False).nodes is None


@pytest.mark.parametrize("step", [1, 3])
def test_windows_are_thinned_among_those_that_can_be_learnt_from(step):
    learnable = np.array([True, False, True, True, True, False, True])
    size = rule.TrainingSize(epochs=1, seeds=1, step=step)
    assert size.trained(learnable).tolist() == np.flatnonzero(learnable)[::step].tolist()


def test_ordinals_are_written_as_they_are_said():
    said = [rule.ordinal(k) for k in (2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112)]
    assert said == ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th", "112th"]
