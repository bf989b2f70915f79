"""The published Perceiver in plain numpy, token by token, in double precision; attention over a lattice by loops."""

import math

import numpy as np
from scipy.special import erf


def lattice_sums(p, q, u, x, inverse, present):
    """Give, for one scan and head, the sums of alpha / sigma over times, over regions, and with the samples."""
    n_regions, n_times = x.shape
    m, n, y = np.zeros_like(p), np.zeros_like(q), np.zeros_like(u)
    share = np.zeros_like(p)
    for g in range(len(p)):
        score = {}
        for r in range(n_regions):
            for t in range(n_times):
                if present[r]:
                    near = [x[r, t + k - 2] if 0 <= t + k - 2 < n_times else 0.0 for k in range(5)]
                    plain = p[g, r] + q[g, t] + sum(a * b for a, b in zip(u[g], near, strict=True))
                    score[r, t] = (plain * inverse[r, t], near)
        most = max((value for value, _ in score.values()), default=0.0)
        whole = sum(math.exp(value - most) for value, _ in score.values())
        for (r, t), (value, near) in score.items():
            alpha = math.exp(value - most) / whole
            share[g, r] += alpha
            m[g, r] += alpha * inverse[r, t]
            n[g, t] += alpha * inverse[r, t]
            y[g] += alpha * inverse[r, t] * np.array(near)
    return m, n, y, share


def linear(x, state, name):
    """Multiply by the transposed weights, and add the bias where there is one."""
    return x @ state[f"{name}.weight"].T + state.get(f"{name}.bias", 0.0)


def normalised(x, state, name):
    """Take mean and deviation out, channel by channel in and scale."""
    centred = x - x.mean(-1, keepdims=True)
    return (
        centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * state[f"{name}.weight"] + state[f"{name}.bias"]
    )


def gelu(x):
    """Give x times the normal distribution function."""
    return x * (1 + erf(x / math.sqrt(2))) / 2


def attended(query, key, value, heads, blind=()):
    """Mix values by the softmax of scaled products, head by head; give the mix and the weights."""
    wide = query.shape[1] // heads
    mixed, weights = [], []
    for h in range(heads):
        part = slice(h * wide, (h + 1) * wide)
        score = query[:, part] @ key[:, part].T / math.sqrt(wide)
        score[:, list(blind)] = -np.inf
        score -= score.max(1, keepdims=True)
        np.exp(score, out=score)
        score /= score.sum(1, keepdims=True)
        mixed.append(score @ value[:, part])
        weights.append(score)
    return np.hstack(mixed), weights


def convolved(series, state):
    """Give the 64 channels of every sample of (R, T), zeros beyond the ends."""
    wide = np.pad(series, ((0, 0), (2, 2)))
    out = np.zeros((*series.shape, 64)) + state["conv1d.bias"]
    for k in range(5):
        out += wide[:, k : k + series.shape[1], None] * state["conv1d.weight"][:, 0, k]
    return out


def published_forward(context, fusion, regions, times, series, positions, heads=2):
    """Give restored series, latents, and the attention per region, of one scan."""
    n_regions, n_times = series.shape
    tokens = np.concatenate(
        [
            np.repeat(linear(regions, fusion, "roi_proj")[:, None], n_times, axis=1),
            np.repeat(linear(times, fusion, "time_proj")[None], n_regions, axis=0),
            linear(convolved(series, context), fusion, "signal_proj"),
        ],
        axis=-1,
    )
    tokens = normalised(linear(tokens, fusion, "input_proj"), fusion, "input_ln").reshape(n_regions * n_times, -1)
    weights, biases = np.split(fusion["cross_attn.in_proj_weight"], 3), np.split(fusion["cross_attn.in_proj_bias"], 3)
    query = (fusion["latents"] + positions) @ weights[0].T + biases[0]
    key, value = (tokens @ weights[k].T + biases[k] for k in (1, 2))
    mixed, seen = attended(query, key, value, heads)
    regional = np.mean([w.reshape(len(w), n_regions, n_times).sum(-1) for w in seen], axis=0)
    latents = normalised(linear(mixed, fusion, "cross_attn.out_proj"), fusion, "cross_attn_norm")
    block = "latent_transformers.0"
    q, k, v = np.split(linear(normalised(latents, fusion, f"{block}.norm1"), fusion, f"{block}.attn.qkv"), 3, axis=1)
    latents = latents + linear(attended(q, k, v, heads)[0], fusion, f"{block}.attn.fc_out")
    inner = gelu(linear(normalised(latents, fusion, f"{block}.norm2"), fusion, f"{block}.mlp.0"))
    latents = latents + linear(inner, fusion, f"{block}.mlp.2")
    return linear(gelu(linear(latents, fusion, "head.0")), fusion, "head.2"), latents, regional
