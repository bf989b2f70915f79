"""Simulation of rate circuits written down plainly. No code is shared with the library."""

import hashlib
import math

import numpy as np

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def phi(kind, parameters, z):
    a, b = (*parameters, 0.0, 0.0)[:2]
    return {
        "identity": lambda: z,
        "relu": lambda: max(z, 0.0),
        "clip": lambda: min(max(z, 0.0), a),
        "threshold_linear": lambda: a * max(z - b, 0.0),
        "leaky_relu": lambda: z if z > 0 else a * z,
        "soft_threshold": lambda: math.copysign(max(abs(z) - a, 0.0), z),
        "tanh": lambda: math.tanh(z),
        "logistic": lambda: 1 / (1 + math.exp(-a * (z - b))),
        "softplus": lambda: math.log1p(math.exp(z)),
        "power": lambda: a * max(z, 0.0) ** b,
    }[kind]()


def scramble(word):
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def deviate(seed, name, run, step, unit):
    """A normal deviate of Box and Muller from the hash of the event."""
    word = scramble(scramble((seed + GOLDEN) & MASK))
    first = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    for part in (first, run, step, unit):
        word = scramble(word ^ scramble((part + GOLDEN) & MASK))
    radius, turn = ((word >> 32) + 0.5) / 2**32, ((word & 0xFFFFFFFF) + 0.5) / 2**32
    return math.sqrt(-2 * math.log(radius)) * math.cos(2 * math.pi * turn)


def run_rk4(weights, kinds, tau, drive, start, dt, n_steps, noise=0.0, seed=0, name="circuit", run=0):
    """States (n_steps + 1, N); `drive(step)` gives the input of a step."""
    n = len(tau)

    def slope(x, u):
        z = [u[i] + sum(weights[i][j] * x[j] for j in range(n)) for i in range(n)]
        return np.array([(phi(*kinds[i], z[i]) - x[i]) / tau[i] for i in range(n)])

    x, kept = np.array(start, float), [np.array(start, float)]
    for step in range(n_steps):
        u = drive(step)
        k1 = slope(x, u)
        k2 = slope(x + dt / 2 * k1, u)
        k3 = slope(x + dt / 2 * k2, u)
        k4 = slope(x + dt * k3, u)
        x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        for i in range(n):
            if noise:
                sd = noise * math.sqrt(1 - math.exp(-2 * dt / tau[i]))
                x[i] += sd * deviate(seed, name, run, step, i)
        kept.append(x)
    return np.array(kept)
