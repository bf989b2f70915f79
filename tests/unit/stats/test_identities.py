"""Finding subjects again: by hand, by a loop, and where nothing can be told."""

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.stats import identification


def test_by_a_loop():
    rng = np.random.Generator(np.random.Philox(1))
    base = rng.normal(size=(7, 9))
    first, second = base + rng.normal(size=base.shape), base + rng.normal(size=base.shape)
    found = identification(first, second)
    hits, below, own, other = [], [], [], []
    for here, there in ((first, second), (second, first)):
        for i in range(7):
            r = [np.corrcoef(here[i], there[j])[0, 1] for j in range(7)]
            hits.append(int(np.argmax(r)) == i)
            below.append(sum(x < r[i] for x in r) / 6)
            own.append(r[i])
            other += [x for j, x in enumerate(r) if j != i]
    assert found.accuracy == np.mean(hits)
    assert found.rank == pytest.approx(np.mean(below))
    assert found.differential == pytest.approx(100 * (np.mean(own) - np.mean(other)))
    assert found.similarity[2, 4] == pytest.approx(np.corrcoef(first[2], second[4])[0, 1])
    assert found.chance == 1 / 7


def test_order_of_subjects_and_scale_do_not_matter():
    rng = np.random.Generator(np.random.Philox(2))
    first, second = rng.normal(size=(2, 6, 5))
    order = np.array([3, 0, 5, 1, 2, 4])
    one, other = identification(first, second), identification(5 * first[order] - 2, 3 * second[order])
    assert (one.accuracy, one.rank) == pytest.approx((other.accuracy, other.rank))


def test_subjects_that_cannot_be_told_apart_share_the_hit():
    same = np.tile([1.0, 2.0, 4.0], (4, 1))
    found = identification(same, same)
    assert found.accuracy == pytest.approx(0.25)
    assert found.rank == pytest.approx(0.5)


def test_features_that_do_not_vary_find_nobody():
    found = identification(np.ones((3, 4)), np.ones((3, 4)))
    assert np.isnan(found.similarity).all()
    assert found.accuracy == 0
    assert np.isnan(found.differential)


@pytest.mark.parametrize("shape", [(1, 4), (4, 1)])
def test_too_little_is_refused(shape):
    with pytest.raises(DataError, match="two subjects"):
        identification(np.ones(shape), np.ones(shape))
