"""The published model in plain double-precision numpy: forward pass, and the two terms of the bound, one by one.

Weights come by name from the network's own parameters; everything else is written from the equations. Gates: S keeps
the past. Loops over nodes and pairs wherever that is what the equation says.
"""

import math

import numpy as np

EPS = 1e-10


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def normalised(a):
    """Deg^-1/2 A Deg^-1/2; self-loops are in A already."""
    degree = a.sum(axis=1)
    out = np.zeros_like(a)
    for i in range(len(a)):
        for j in range(len(a)):
            out[i, j] = a[i, j] / math.sqrt(degree[i] * degree[j])
    return out


def forward(p, a, x, noise, *, attention=True, window=None):
    """Go through the windows.

    p: dict of arrays. a: (T, n, n) with ones on the diagonal, history node last. x: (T, n, F). noise: (T, n, D).
    """
    hidden = p["features.bias"].shape[0]
    windows, n, _ = a.shape
    state = np.zeros((n, hidden))
    past = []
    out = {key: [] for key in ("mean", "spread", "prior_mean", "prior_spread", "sample", "state")}
    weights = np.zeros((windows, windows))
    g_in, b_in = p["recurrence.0.from_input.weight"][0], p["recurrence.0.from_input.bias"]
    g_h, b_h = p["recurrence.0.from_state.weight"][0], p["recurrence.0.from_state.bias"]
    g_r, b_r = p["recurrence.0.from_reset.weight"][0], p["recurrence.0.from_reset.bias"]
    first, second, third = slice(0, hidden), slice(hidden, 2 * hidden), slice(2 * hidden, 3 * hidden)
    for t in range(windows):
        ahat = normalised(a[t])
        phi_x = relu(x[t] @ p["features.weight"].T + p["features.bias"])

        prior = relu(state @ p["prior.weight"].T + p["prior.bias"])
        out["prior_mean"].append(prior @ p["prior_mean.weight"].T + p["prior_mean.bias"])
        out["prior_spread"].append(softplus(prior @ p["prior_spread.weight"].T + p["prior_spread.bias"]) + EPS)

        e = relu(ahat @ np.hstack([phi_x, state]) @ p["encoder.weight"][0])
        latent = p["posterior.weight"].shape[2] // 2
        mean = ahat @ e @ p["posterior.weight"][0][:, :latent]
        spread = softplus(ahat @ e @ p["posterior.weight"][0][:, latent:]) + EPS
        z = mean + spread * noise[t]

        phi_z = relu(z @ p["latents.weight"].T + p["latents.bias"])
        u = np.hstack([phi_x, phi_z])
        s = sigmoid(ahat @ u @ g_in[:, first] + b_in[first] + ahat @ state @ g_h[:, first] + b_h[first])
        r = sigmoid(ahat @ u @ g_in[:, second] + b_in[second] + ahat @ state @ g_h[:, second] + b_h[second])
        c = np.tanh(ahat @ u @ g_in[:, third] + b_in[third] + ahat @ (r * state) @ g_r + b_r)
        stepped = s * state + (1 - s) * c

        if attention:
            reached = [*range(t)] if window is None else [*range(max(0, t - window + 1), t)]
            m = [past[tau] for tau in reached] + [stepped]
            query = p["attention.query.weight"] @ stepped[-1] + p["attention.query.bias"]
            score = np.array([query @ (p["attention.key.weight"] @ one[-1]) / math.sqrt(hidden) for one in m])
            alpha = np.exp(score - score.max())
            alpha /= alpha.sum()
            weights[t, [*reached, t]] = alpha
            state = np.zeros_like(stepped)
            for one, share in zip(m, alpha, strict=True):
                state += share * (one @ p["attention.value.weight"].T + p["attention.value.bias"])
        else:
            state = stepped
        past.append(state)
        for key, value in (("mean", mean), ("spread", spread), ("sample", z), ("state", state)):
            out[key].append(value)
    return {key: np.array(value) for key, value in out.items()} | {"attention": weights}


def likelihood(z, a, counted):
    """One window's weighted Bernoulli term; counted: (n, n) bool. All counted: the published one."""
    n_pairs, edges = int(counted.sum()), float(a[counted].sum())
    weight, norm = (n_pairs - edges) / edges, n_pairs / (2 * (n_pairs - edges))
    total = 0.0
    for i, j in np.argwhere(counted):
        logit = float(z[i] @ z[j])
        total += weight * softplus(-logit) if a[i, j] else softplus(logit)
    return norm * total / n_pairs


def divergence(mq, sq, mp, sp, members):
    """One window's term over the given nodes."""
    total = 0.0
    for i in members:
        row = 2 * np.log(sp[i]) - 2 * np.log(sq[i]) + (sq[i] ** 2 + (mq[i] - mp[i]) ** 2) / sp[i] ** 2 - 1
        total += row.sum() / len(members)
    return total / (2 * len(members))


def strength_and_sign(z, edges, coefficients, signed):
    """One window's mean cost over its edges [(i, j, weight)]."""
    size = np.array([abs(w) for _, _, w in edges])
    target = (size - size.mean()) / size.std() if size.std() > 1e-6 * size.mean() else np.zeros_like(size)
    total = 0.0
    for (i, j, w), wanted in zip(edges, target, strict=True):
        said = coefficients[:, :-1] @ (z[i] * z[j]) + coefficients[:, -1]
        total += 0.5 * (said[0] - wanted) ** 2
        if signed:
            total += softplus(said[1]) if w < 0 else softplus(-said[1])
    return total / len(edges)


def heard(kind, edges, weights, present, x, *, history):
    """Gather one window node by node: what each of the n nodes hears, parts side by side.

    edges: {(i, j): weight} with i < j, units only. x: (n, F), the history node last if there is one.
    """
    n = len(x)
    size = {pair: abs(w) for pair, w in edges.items()}
    mean = sum(size.values()) / len(size) if size else 1.0
    ways = []
    for (i, j), w in edges.items():
        a = 1.0 if weights == "binary" else size[i, j] / mean
        which = 1 if weights == "signed" and w < 0 else 0
        ways += [(i, j, a, which), (j, i, a, which)]
    if history:
        for i in range(n - 1):
            if present[i]:
                ways += [(i, n - 1, 1.0, 0), (n - 1, i, 1.0, 0)]
    if kind == "gcn":
        ways += [(i, i, 1.0, 0) for i in range(n)]
    degree = [sum(a for i, _, a, _ in ways if i == node) for node in range(n)]
    parts = [np.zeros_like(x) for _ in range(2 if weights == "signed" else 1)]
    for i, j, a, which in ways:
        factor = {"gcn": a / math.sqrt(degree[i] * degree[j]), "sage": a / max(degree[i], 1e-300), "gin": a}[kind]
        parts[which][i] += factor * x[j]
    return np.hstack(parts if kind == "gcn" else [x, *parts])
