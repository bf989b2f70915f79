"""The signed graph transformer as the published code computes it, in loops, and places from matrices by definition."""

import math

import numpy as np


def linear(x, weight, bias=None):
    return x @ weight.T + (0 if bias is None else bias)


def layer_norm(x, weight, bias):
    mean = x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + 1e-5)
    return (x - mean) / spread * weight + bias


def signed_shares(scores, graph, count_absent=True, there=None):
    """Rows of sign(e) exp(|e|) / sum exp(|e|), e = score times weight; one entry at a time, no maximum taken off."""
    n = len(scores)
    out = np.zeros((n, n))
    for i in range(n):
        heard = [j for j in range(n) if (there is None or there[j]) and (count_absent or graph[i, j] != 0)]
        total = sum(math.exp(abs(scores[i, j] * graph[i, j])) for j in heard)
        for j in heard:
            e = scores[i, j] * graph[i, j]
            out[i, j] = np.sign(e) * math.exp(abs(e)) / total
    return out


def weightings(graph, attention):
    """What weighs attention, one matrix per hop, as published (degrees of |W|, powers by repeated products)."""
    if attention == "first_hop":
        return [graph]
    if attention == "multi_hop":
        power = graph @ graph
        return [graph, power / (np.sqrt((power**2).sum()) + 1e-8)]
    degree = np.abs(graph).sum(axis=1)
    scale = np.diag(1 / np.sqrt(degree + 1e-10))
    step = scale @ graph @ scale
    return [np.eye(len(graph)) + sum(0.1**k * np.linalg.matrix_power(step, k) for k in range(1, 10))]


def layer(x, graphs, p, heads, **switches):
    """One post-norm layer on (R, D) vectors; `p` holds its parameters by their published names."""
    parts = [linear(x, p[f"{name}_linear.weight"], p[f"{name}_linear.bias"]) for name in "qkv"]
    size = x.shape[1] // heads
    gathered = []
    for h in range(heads):
        q, k, v = (part[:, h * size : (h + 1) * size] for part in parts)
        shares = [signed_shares(q @ k.T / math.sqrt(size), graph, **switches) for graph in graphs]
        gathered.append(sum(shares) / len(graphs) @ v)
    heard = linear(np.concatenate(gathered, axis=1), p["out_linear.weight"], p["out_linear.bias"])
    x = layer_norm(x + heard, p["layer_norm1.weight"], p["layer_norm1.bias"])
    hidden = np.maximum(linear(x, p["ffn.0.weight"], p["ffn.0.bias"]), 0)
    added = linear(hidden, p["ffn.2.weight"], p["ffn.2.bias"])
    return layer_norm(x + added, p["layer_norm2.weight"], p["layer_norm2.bias"])


def edge_score(source, target, p):
    """Weight of one edge: three layers on both vectors side by side."""
    x = np.concatenate([source, target])
    x = np.maximum(linear(x, p["first.weight"], p["first.bias"]), 0)
    x = np.maximum(linear(x, p["second.weight"], p["second.bias"]), 0)
    return linear(x, p["last.weight"], p["last.bias"])[0]


def angles(matrix):
    """1 - angle / pi of every two rows."""
    n = len(matrix)
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            size = np.linalg.norm(matrix[i]) * np.linalg.norm(matrix[j])
            cosine = matrix[i] @ matrix[j] / size if size > 0 else 0.0
            out[i, j] = 1 - math.acos(max(-1.0, min(1.0, cosine))) / math.pi
    return out


def normalised_laplacian(affinity):
    scale = np.diag(1 / np.sqrt(affinity.sum(axis=1)))
    return np.eye(len(affinity)) - scale @ affinity @ scale


def diffusion_map(matrix, count, kept):
    """Eigenvectors of the random walk itself, which is not symmetric; root mean square 1, times l / (1 - l)."""
    n = len(matrix)
    sparse = np.zeros_like(matrix)
    for i in range(n):
        for j in np.argsort(-matrix[i], kind="stable")[:kept]:
            sparse[i, j] = matrix[i, j]
    affinity = angles(sparse)
    density = affinity.sum(axis=1)
    affinity = affinity / np.sqrt(np.outer(density, density))
    walk = affinity / affinity.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(walk)
    order = np.argsort(-values.real)[1 : count + 1]
    out = []
    for k in order:
        v, value = vectors[:, k].real, values[k].real
        v = v / math.sqrt((v**2).mean()) * value / (1 - value)
        out.append(v * np.sign(v[np.argmax(np.abs(v))]))
    return np.stack(out, axis=1)
