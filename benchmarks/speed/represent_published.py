"""The formulation as published, derived from equations and notebook by ourselves: one message per edge, all anew.

Every convolution gathers the ends of all edges, normalises them anew and adds the messages up; every step projects the
keys and values of all states so far once more; identity features are a matrix. The numbers it computes are the model's
own; only the way is the plain one. It is not the authors' code.
"""

import math

import torch
from torch import nn
from torch.nn import functional


class Convolution(nn.Module):
    def __init__(self, width, out, *, bias=False):
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(width, out)))
        self.bias = nn.Parameter(torch.zeros(out)) if bias else None

    def forward(self, x, edges):
        x = x @ self.weight
        src, dst = edges
        degree = torch.zeros(len(x)).index_add_(0, dst, torch.ones(len(dst)))
        root = degree.rsqrt()
        message = x[src] * (root[src] * root[dst])[:, None]
        out = torch.zeros_like(x).index_add(0, dst, message)
        return out if self.bias is None else out + self.bias


class Published(nn.Module):
    def __init__(self, n_features, hidden=32, latent=8):
        super().__init__()
        self.hidden = hidden
        self.features, self.latents = nn.Linear(n_features, hidden), nn.Linear(latent, hidden)
        self.encoder = Convolution(2 * hidden, hidden)
        self.mean, self.spread = Convolution(hidden, latent), Convolution(hidden, latent)
        self.prior = nn.Linear(hidden, hidden)
        self.prior_mean, self.prior_spread = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.inputs = nn.ModuleList(Convolution(2 * hidden, hidden, bias=True) for _ in range(3))
        self.states = nn.ModuleList(Convolution(hidden, hidden, bias=True) for _ in range(3))
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))

    def forward(self, windows, features):
        """windows: list of (2, E) edges, self-loops and the history node's included; features: list of (n, F)."""
        past, loss = [], 0.0
        state = torch.zeros(len(features[0]), self.hidden)
        for edges, x in zip(windows, features, strict=True):
            known = torch.relu(self.features(x))
            inner = torch.relu(self.encoder(torch.cat([known, state], 1), edges))
            mean, spread = self.mean(inner, edges), functional.softplus(self.spread(inner, edges))
            foreseen = torch.relu(self.prior(state))
            prior_mean, prior_spread = self.prior_mean(foreseen), functional.softplus(self.prior_spread(foreseen))
            sample = mean + spread * torch.randn_like(spread)
            loss = loss + likelihood(sample, edges) + divergence(mean, spread, prior_mean, prior_spread)
            state = self.attend(self.step(torch.cat([known, torch.relu(self.latents(sample))], 1), state, edges), past)
            past.append(state)
        return loss

    def step(self, known, state, edges):
        keep, reset = (torch.sigmoid(self.inputs[k](known, edges) + self.states[k](state, edges)) for k in range(2))
        candidate = torch.tanh(self.inputs[2](known, edges) + self.states[2](reset * state, edges))
        return keep * state + (1 - keep) * candidate

    def attend(self, state, past):
        states = torch.stack([*past, state])
        scores = self.key(states[:, -1]) @ self.query(state[-1]) / math.sqrt(self.hidden)
        return (torch.softmax(scores, 0)[:, None, None] * self.value(states)).sum(0)


def likelihood(sample, edges):
    n = len(sample)
    joined = torch.zeros(n, n)
    joined[edges[0], edges[1]] = 1
    total = joined.sum()
    loss = functional.binary_cross_entropy_with_logits(sample @ sample.T, joined, pos_weight=(n * n - total) / total)
    return n * n / (2 * (n * n - total)) * loss


def divergence(mean, spread, prior_mean, prior_spread):
    eps = 1e-10
    rows = 2 * (prior_spread + eps).log() - 2 * (spread + eps).log() - 1
    rows = rows + (spread**2 + (mean - prior_mean) ** 2) / prior_spread**2
    return 0.5 * rows.sum(1).mean() / len(mean)
