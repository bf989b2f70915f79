"""Thresholds against their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import Snapshots
from interplay._core.errors import ConfigError, DataError
from interplay.infer import absolute, disparity, proportional, significant
from interplay.infer.thresholds import disparity_alpha


@st.composite
def networks(draw):
    n, directed = draw(st.integers(2, 6)), draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    w = np.round(rng.normal(size=(3, n, n)), 1) * (rng.random((3, n, n)) < 0.7)
    p = rng.integers(1, 21, size=w.shape) / 20
    if not directed:
        w, p = (np.triu(a, 1) + np.triu(a, 1).transpose(0, 2, 1) for a in (w, p))
        p = np.maximum(p, 0.0)
    present = rng.random((3, n)) < 0.9
    bounds = [[0, 1], [1, 2], [2, 3]]
    return Snapshots.from_dense(w, bounds, directed=directed, pvalues=p, present=present)


def edges(snapshots, s):
    cut = slice(snapshots.pointer[s], snapshots.pointer[s + 1])
    columns = (snapshots.src, snapshots.dst, snapshots.weight, snapshots.pvalues)
    return list(zip(*(c[cut].tolist() for c in columns), strict=True))


@given(net=networks(), density=st.sampled_from([0.1, 0.25, 0.5, 1.0]))
@settings(max_examples=40, deadline=None)
def test_proportional_keeps_the_strongest(net, density):
    kept = proportional(net, density)
    for s in range(3):
        n = int(net.present[s].sum())
        wanted = round(density * n * (n - 1) / (1 if net.directed else 2))
        ranked = sorted(edges(net, s), key=lambda e: (-abs(e[2]), e[0], e[1]))
        assert edges(kept, s) == sorted(e for e in ranked[:wanted] if e[2] != 0)


@given(
    net=networks(), threshold=st.sampled_from([0.0, 0.3, 1.0]), sign=st.sampled_from(["both", "positive", "negative"])
)
@settings(max_examples=40, deadline=None)
def test_absolute_keeps_what_reaches_the_threshold(net, threshold, sign):
    kept = absolute(net, threshold, sign=sign)
    allowed = {"both": lambda w: True, "positive": lambda w: w > 0, "negative": lambda w: w < 0}[sign]
    for s in range(3):
        assert edges(kept, s) == [e for e in edges(net, s) if abs(e[2]) >= threshold and allowed(e[2])]


@given(net=networks())
@settings(max_examples=40, deadline=None)
def test_disparity_follows_its_formula(net):
    alpha = disparity_alpha(net)
    for s in range(3):
        a = net.matrix(s)
        for e in range(net.pointer[s], net.pointer[s + 1]):
            i, j, w = net.src[e], net.dst[e], net.weight[e]
            if w == 0:
                assert alpha[e] == 1
                continue
            layer = np.where(a * w > 0, abs(a), 0.0)
            ends = (layer[i], layer[:, j])  # an undirected network is symmetric
            values = [(1 - abs(w) / end.sum()) ** ((end > 0).sum() - 1) for end in ends]
            assert alpha[e] == pytest.approx(min(values), abs=1e-12)


def test_disparity_keeps_the_dominant_edge_of_each_sign():
    w = np.zeros((1, 7, 7))
    w[0, 0, 1:] = [10, 0.1, 0.1, -5, -0.1, -0.1]
    star = Snapshots.from_dense(w + w.transpose(0, 2, 1), [[0, 1]], directed=False)
    assert disparity(star).weight.tolist() == [10.0, -5.0]


@given(net=networks(), correction=st.sampled_from(["benjamini_hochberg", "none"]))
@settings(max_examples=40, deadline=None)
def test_significant_follows_the_step_up_rule(net, correction):
    kept = significant(net, 0.31, correction=correction)
    for s in range(3):
        all_edges = edges(net, s)
        p = sorted(e[3] for e in all_edges)
        if correction == "none":
            limit = 0.31
        else:
            limit = max([v for k, v in enumerate(p, 1) if v <= 0.31 * k / len(p)], default=-1.0)
        assert edges(kept, s) == [e for e in all_edges if e[3] <= limit]


def test_threshold_messages():
    net = Snapshots.from_dense(np.zeros((1, 2, 2)), [[0, 1]], directed=True)
    with pytest.raises(ConfigError, match=r"`density` must be > 0 and <= 1, got 0"):
        proportional(net, 0)
    with pytest.raises(ConfigError, match=r"`threshold` must be >= 0, got -1"):
        absolute(net, -1)
    with pytest.raises(ConfigError, match=r"`alpha` must be > 0 and < 1, got 1"):
        disparity(net, 1)
    with pytest.raises(DataError, match="`snapshots` must carry p-values, these carry none"):
        significant(net)
