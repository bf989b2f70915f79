"""With every switch of the published code, a fit's first loss is the one that plain numpy derives by hand.

What is published: see `test_represent_parity`.
"""

import numpy as np
import pytest

from interplay._core.rng import stream
from interplay.represent import TAVRNN
from interplay.testing import random_snapshots

T, N, H, D = 4, 5, 6, 3


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


def by_hand(adjacency, known, noise, p, *, width):
    """Loss, its parts and the attention, window by window as the published notebook has them; `p` by name."""

    def linear(name, x):
        # A bias of the keys adds the same to every score, so the softmax does not see it; ours has none.
        return x @ p[f"{name}.weight"].T + p.get(f"{name}.bias", 0.0)

    def glorot(name, block=0, wide=width):
        return p[f"{name}.weight"][0][:, block * wide : (block + 1) * wide]

    n = N + 1
    hidden, attended = np.zeros((n, width)), []
    likelihood = divergence = 0.0
    rows = np.zeros((T, T))
    for t in range(T):
        a = np.ones((n, n))
        a[:N, :N] = adjacency[t] != 0
        np.fill_diagonal(a, 1)
        root = 1 / np.sqrt(a.sum(axis=1))
        hat = root[:, None] * a * root[None, :]
        phi_x = relu(linear("features", known[t]))

        inner = relu(hat @ np.hstack([phi_x, hidden]) @ glorot("encoder"))
        mean = hat @ inner @ glorot("posterior", 0, D)
        spread = softplus(hat @ inner @ glorot("posterior", 1, D)) + 1e-10
        before = relu(linear("prior", hidden))
        prior_mean, prior_spread = linear("prior_mean", before), softplus(linear("prior_spread", before)) + 1e-10
        z = mean + spread * noise[t]

        u = np.hstack([phi_x, relu(linear("latents", z))])
        own, state, reset = (f"recurrence.0.from_{part}" for part in ("input", "state", "reset"))

        def gate(block, heard, name, at, u=u, hat=hat, own=own):
            slot = slice(block * width, (block + 1) * width)
            there = slice(at * width, (at + 1) * width)
            gated = hat @ u @ p[f"{own}.weight"][0][:, slot] + p[f"{own}.bias"][slot]
            return gated + hat @ heard @ p[f"{name}.weight"][0][:, there] + p[f"{name}.bias"][there]

        s, r = sigmoid(gate(0, hidden, state, 0)), sigmoid(gate(1, hidden, state, 1))
        c = np.tanh(gate(2, r * hidden, reset, 0))
        moved = s * hidden + (1 - s) * c

        memory = [*attended, moved]
        keys = np.array([linear("attention.key", m[-1]) for m in memory])
        score = keys @ linear("attention.query", moved[-1]) / np.sqrt(width)
        alpha = np.exp(score) / np.exp(score).sum()
        hidden = sum(w * linear("attention.value", m) for w, m in zip(alpha, memory, strict=True))
        attended.append(hidden)
        rows[t, : t + 1] = alpha

        edges = a.sum()
        weight, norm = (n * n - edges) / edges, n * n / (2 * (n * n - edges))
        logit = z @ z.T
        likelihood += norm * np.mean(weight * a * softplus(-logit) + (1 - a) * softplus(logit))
        gap = 2 * np.log(prior_spread) - 2 * np.log(spread)
        gap += (spread**2 + (mean - prior_mean) ** 2) / prior_spread**2 - 1
        divergence += gap.sum(axis=1).mean() / (2 * n)
    return likelihood + divergence, likelihood, divergence, rows


@pytest.mark.parametrize("features", ["identity", "weights"])
def test_the_first_loss_is_the_published_one(features):
    import torch

    s = random_snapshots(np.random.Generator(np.random.Philox(9)), n_snapshots=T, n_nodes=N, directed=False)
    # A step too small to move anything: what comes back are the parameters at the start.
    config = TAVRNN.published(
        hidden=H, latent=D, epochs=1, learning_rate=1e-300, dtype="float64", features=features, seed=2
    )
    result = config.fit(s)
    generator = torch.Generator().manual_seed(int(stream(2, "train", 0).integers(2**63)))
    noise = torch.randn((T, N + 1, D), generator=generator, dtype=torch.float64).numpy()
    known = np.broadcast_to(np.eye(N + 1), (T, N + 1, N + 1))
    if features == "weights":
        known = np.ones((T, N + 1, N + 1))
        known[:, :N, :N] = np.abs(s.dense())
        known[:, np.arange(N), np.arange(N)] = 1
    expected = by_hand(s.dense(), known, noise, result.parameters, width=H)
    found = [result.loss[name][0] for name in ("loss", "likelihood", "divergence")]
    assert np.allclose(found, expected[:3], rtol=0, atol=1e-9)
    quiet = by_hand(s.dense(), known, 0 * noise, result.parameters, width=H)
    assert np.allclose(result.attention, quiet[3], rtol=0, atol=1e-9)


def test_by_default_neither_diagonal_nor_history_node_count():
    s = random_snapshots(np.random.Generator(np.random.Philox(9)), n_snapshots=T, n_nodes=N, directed=False)
    small = {"hidden": H, "latent": D, "epochs": 1}
    ours = TAVRNN(**small).fit(s)
    theirs = TAVRNN(**small, reconstruct_all=True).fit(s)
    assert ours.loss["divergence"][0] == theirs.loss["divergence"][0]
    assert ours.loss["likelihood"][0] != theirs.loss["likelihood"][0]
