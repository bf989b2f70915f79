"""How unsure predictions are, and how well that tells foreign samples, by enumeration."""

import math

import numpy as np
import pytest

from interplay import measures
from interplay._core.errors import DataError


def test_entropy_and_confidence_by_hand():
    probabilities = [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]]
    assert measures.predictive_entropy(probabilities) == pytest.approx([math.log(2), 0, math.log(3)])
    assert measures.least_confidence(probabilities) == pytest.approx([0.5, 0, 2 / 3])


def test_information_is_the_divergence_of_the_draws_from_their_mean():
    """Its other definition: mean over draws of KL(draw ‖ mean)."""
    rng = np.random.default_rng(0)
    drawn = rng.dirichlet(np.ones(4), size=(6, 5))
    mean = drawn.mean(axis=0)
    expected = [
        sum(
            sum(drawn[d, s, c] * math.log(drawn[d, s, c] / mean[s, c]) for c in range(4)) for d in range(6)
        ) / 6
        for s in range(5)
    ]  # fmt: skip
    assert measures.draw_information(drawn) == pytest.approx(expected)
    assert measures.draw_information(drawn[:1]).tolist() == [0.0] * 5
    # Two draws, each certain of another class, disagree by one bit.
    assert measures.draw_information([[[1.0, 0.0]], [[0.0, 1.0]]]) == pytest.approx([math.log(2)])


def test_areas_by_pairs():
    rng = np.random.default_rng(1)
    own, foreign = rng.integers(0, 6, 40) / 4, rng.integers(2, 9, 25) / 4
    found = measures.detect_foreign(own, foreign)
    pairs = [(f > o) + 0.5 * (f == o) for f in foreign for o in own]
    assert found.auroc == pytest.approx(sum(pairs) / len(pairs))
    precision = [
        sum(x >= f for x in foreign) / (sum(x >= f for x in foreign) + sum(x >= f for x in own)) for f in foreign
    ]
    assert found.aupr_foreign == pytest.approx(sum(precision) / len(precision))
    turned = [sum(x <= o for x in own) / (sum(x <= o for x in own) + sum(x <= o for x in foreign)) for o in own]
    assert found.aupr_own == pytest.approx(sum(turned) / len(turned))
    cuts = [c for c in set(foreign) | set(own) if np.mean(foreign >= c) >= 0.95]
    assert found.false_alarms == pytest.approx(np.mean(own >= max(cuts)))
    assert (found.n_own, found.n_foreign) == (40, 25)


@pytest.mark.parametrize("n", [1, 19, 20, 21, 60, 100])
def test_the_threshold_refuses_95_in_100(n):
    foreign = np.arange(n, dtype=float)
    found = measures.detect_foreign(foreign - 0.5, foreign)
    allowed = [c for c in foreign if np.mean(foreign >= c) >= 0.95]
    assert found.false_alarms == pytest.approx(np.mean(foreign - 0.5 >= max(allowed)))


def test_extremes():
    apart = measures.detect_foreign([0.0, 0.1], [0.5, 0.6])
    assert (apart.auroc, apart.aupr_foreign, apart.aupr_own, apart.false_alarms) == (1, 1, 1, 0)
    same = measures.detect_foreign([0.3] * 4, [0.3] * 4)
    assert (same.auroc, same.aupr_foreign, same.false_alarms) == (0.5, 0.5, 1)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(DataError, match="must each hold a sample, got 0 and 1"):
        measures.detect_foreign([], [0.1])
    with pytest.raises(DataError, match="`own` must be finite"):
        measures.detect_foreign([np.nan], [0.1])
    with pytest.raises(DataError, match="`drawn` must hold at least one draw"):
        measures.draw_information(np.zeros((0, 2, 2)))
    with pytest.raises(DataError, match="`drawn` must sum to 1"):
        measures.draw_information([[[0.5, 0.6]]])
