"""DYNOTEARS as published: samples, scipy's exponential, every weight as two, each minimisation from the last round."""

import numpy as np
from scipy.linalg import expm
from scipy.optimize import minimize


def dynotears(x, past, lambda_w, lambda_a, *, tolerance=1e-8, fall=2.2e-9, slope=1e-5):
    """Fit ``x = x W + past A + noise``; x (n, d), past (n, p d). Gives W over A, (d + p d, d), and the cyclicity."""
    n, d = x.shape
    q = past.shape[1]

    def split(v):
        w, a = v[: 2 * d * d], v[2 * d * d :]
        return (w[: d * d] - w[d * d :]).reshape(d, d), (a[: q * d] - a[q * d :]).reshape(q, d)

    def objective(v, rho, alpha):
        w, a = split(v)
        residual = x - x @ w - past @ a
        power = expm(w * w)
        h = np.trace(power) - d
        in_w = -x.T @ residual / n + (rho * h + alpha) * 2 * power.T * w
        in_a = -past.T @ residual / n
        value = 0.5 / n * (residual**2).sum() + 0.5 * rho * h * h + alpha * h
        value += lambda_w * v[: 2 * d * d].sum() + lambda_a * v[2 * d * d :].sum()
        parts = [in_w + lambda_w, lambda_w - in_w, in_a + lambda_a, lambda_a - in_a]
        return value, np.concatenate([part.ravel() for part in parts])

    bounds = [(0, 0) if i == j else (0, None) for i in range(d) for j in range(d)] * 2 + [(0, None)] * (2 * q * d)
    v, rho, alpha, h = np.zeros(2 * d * d + 2 * q * d), 1.0, 0.0, np.inf
    options = {"ftol": fall, "gtol": slope, "maxiter": 100_000, "maxfun": 200_000}
    for _ in range(100):
        while rho < 1e20:
            found = minimize(objective, v, (rho, alpha), "L-BFGS-B", jac=True, bounds=bounds, options=options).x
            now = np.trace(expm(split(found)[0] ** 2)) - d
            if now <= 0.25 * h:
                break
            rho *= 10
        v, h = found, now
        alpha += rho * h
        if h <= tolerance:
            break
    return np.vstack(split(v)), h


def objective_of(x, past, weights, lambda_w, lambda_a):
    """Half the mean squared error plus the penalties."""
    d = x.shape[1]
    residual = x - x @ weights[:d] - past @ weights[d:]
    return (
        0.5 / len(x) * (residual**2).sum() + lambda_w * np.abs(weights[:d]).sum() + lambda_a * np.abs(weights[d:]).sum()
    )


def lasso(x, y, penalty, rounds=300):
    """Minimise ``|y - x b|^2 / 2n + penalty sum |b|`` one coordinate at a time."""
    n, b = len(x), np.zeros(x.shape[1])
    size = (x * x).sum(axis=0) / n
    left = y.astype(float)
    for _ in range(rounds):
        for k in range(len(b)):
            pull = x[:, k] @ left / n + size[k] * b[k]
            new = np.sign(pull) * max(abs(pull) - penalty, 0.0) / size[k]
            left = left - x[:, k] * (new - b[k])
            b[k] = new
    return b
