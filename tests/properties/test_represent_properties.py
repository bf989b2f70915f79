"""Any network over time: relabelling units relabels their embedding; adding windows leaves the earlier ones alone."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import snapshots

from interplay.represent.architecture import Architecture
from interplay.represent.module import VariationalGraphNetwork
from interplay.tensors import seeded_torch, snapshot_tensors

ARCHITECTURES = st.builds(
    Architecture,
    hidden=st.just(5),
    latent=st.just(2),
    convolution=st.sampled_from(["gcn", "sage", "gin"]),
    edges=st.sampled_from(["binary", "weighted", "signed"]),
    query=st.sampled_from(["history", "mean", None]),
    window=st.sampled_from([None, 1, 2]),
    layers=st.sampled_from([1, 2]),
    recurrent=st.booleans(),
)


def latents(windows, features, architecture):
    data = snapshot_tensors(windows, features=features, dtype="float64")
    with seeded_torch(0, "test"), torch.no_grad():
        return VariationalGraphNetwork(architecture, data.n_features).double()(data)[0]


@settings(max_examples=40, deadline=None)
@given(snapshots(directed=False).filter(len), ARCHITECTURES, st.randoms(use_true_random=False))
def test_relabelling_relabels(windows, architecture, random):
    order = list(range(windows.n_nodes))
    random.shuffle(order)
    features = np.random.Generator(np.random.Philox(2)).normal(size=(len(windows), windows.n_nodes, 3))
    one = latents(windows, features, architecture)
    other = latents(windows.select(order), features[:, order], architecture)
    n = windows.n_nodes
    assert torch.allclose(one.mean[:, [*order, n]], other.mean, atol=1e-10)
    assert torch.allclose(one.prior_mean[:, [*order, n]], other.prior_mean, atol=1e-10)
    if one.attention is not None:
        assert torch.allclose(one.attention, other.attention, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(snapshots(directed=False).filter(len), ARCHITECTURES, st.data())
def test_a_prefix_is_embedded_as_in_the_whole(windows, architecture, data):
    stop = data.draw(st.integers(1, len(windows)))
    whole = latents(windows, None, architecture)
    prefix = latents(windows.take(range(stop)), None, architecture)
    assert torch.isfinite(whole.mean).all()
    assert torch.allclose(whole.mean[:stop], prefix.mean, atol=1e-12)
    if whole.attention is not None:
        rows = whole.attention.numpy()
        assert np.allclose(rows.sum(1), 1)
        assert (np.triu(rows, 1) == 0).all()
