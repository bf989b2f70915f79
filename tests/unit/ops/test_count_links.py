"""Log-density, score and information of counts against definitions and differences."""

import math

import numpy as np
import pytest
from tests.oracles import switching as oracle

from interplay.ops.count_links import count_expected, count_log_density, count_rates, count_score

CODES = {"exp": 0, "softplus": 1, "sigmoid": 2}


@pytest.mark.parametrize("link", CODES)
def test_density_score_and_information(link):
    rng = np.random.default_rng(0)
    u, x = rng.normal(size=(40, 3)) * 2, rng.poisson(1.0, size=(40, 3)).astype(float)
    share = rng.uniform(size=40)
    code = CODES[link]
    total = np.empty(40)
    count_log_density(x, u, code, total)
    each = np.array(
        [[oracle.count_log_density(a, b, link) for a, b in zip(*row, strict=True)] for row in zip(x, u, strict=True)]
    )
    np.testing.assert_allclose(total, each.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(count_expected(x, u, share, code), share @ each, rtol=1e-12)
    score, fisher = np.empty_like(u), np.empty_like(u)
    count_score(x, u, share, code, score, fisher)
    step = 1e-5
    up = np.array(
        [
            [oracle.count_log_density(a, b + step, link) for a, b in zip(*row, strict=True)]
            for row in zip(x, u, strict=True)
        ]
    )
    down = np.array(
        [
            [oracle.count_log_density(a, b - step, link) for a, b in zip(*row, strict=True)]
            for row in zip(x, u, strict=True)
        ]
    )
    np.testing.assert_allclose(score, share[:, None] * (up - down) / (2 * step), atol=1e-8)
    rate = np.empty_like(u)
    count_rates(u, code, rate)
    # The information is the mean square of the score under the model.
    counts = np.arange(200.0)
    law = np.exp(counts * np.log(rate[0, 0]) - rate[0, 0] - np.array([math.lgamma(c + 1) for c in counts]))
    one, ones = np.empty((200, 1)), np.empty((200, 1))
    count_score(counts[:, None], np.full((200, 1), u[0, 0]), np.ones(200), code, one, ones)
    assert ones[0, 0] == pytest.approx(law @ one[:, 0] ** 2, rel=1e-9)


@pytest.mark.parametrize("link", CODES)
def test_far_predictors_stay_finite(link):
    u, x = np.array([[-800.0, -40.0, 40.0, 800.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    out, score, fisher = np.empty(1), np.empty_like(u), np.empty_like(u)
    count_log_density(x, u, CODES[link], out)
    count_score(x, u, np.ones(1), CODES[link], score, fisher)
    assert np.isfinite(out).all()
    assert np.isfinite(score).all()
    assert np.isfinite(fisher).all()
