import numpy as np
import pytest
from tests.oracles import graph_tasks

from interplay._core.errors import ConfigError, DataError
from interplay.measures import disparity

KINDS = ("range", "variance", "deviation", "ratio", "shortfall")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [[0.2, 0.5, 0.35], [0.1], [0.0, 0.0], [np.nan, 0.3, 0.7], [0.25, 0.25]])
def test_every_kind_is_what_loops_give(kind, values):
    assert disparity(values, kind) == pytest.approx(graph_tasks.disparity(values, kind), abs=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_groups_lie_on_the_last_axis(kind):
    table = np.random.default_rng(0).random((3, 2, 4))
    table[0, 1, 2] = np.nan
    found = disparity(table, kind)
    assert found.shape == (3, 2)
    assert found[0, 1] == pytest.approx(graph_tasks.disparity(table[0, 1], kind))


def test_the_published_variance_is_of_percentages():
    shares = np.array([0.07, 0.21])
    assert 10_000 * disparity(shares, "variance") == pytest.approx(np.var(100 * shares)) == pytest.approx(49.0)


@pytest.mark.parametrize("kind", KINDS)
def test_no_group_with_a_value_has_no_disparity(kind):
    assert np.isnan(disparity([np.nan, np.nan], kind))
    assert np.isnan(disparity(np.empty(0), kind))
    assert disparity(np.empty((3, 0)), kind).shape == (3,)


def test_odd_values_are_refused():
    with pytest.raises(DataError, match="infinity"):
        disparity([0.1, np.inf])
    with pytest.raises(DataError, match="single number"):
        disparity(0.3)
    with pytest.raises(DataError, match="ratio"):
        disparity([-0.1, 0.2], "ratio")
    with pytest.raises(ConfigError, match="variance"):
        disparity([0.1, 0.2], "varience")
