"""Coupled Poisson regression by dense matrices and scipy's optimiser, written from the definition."""

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import chi2


def design(counts, basis):
    """Rows of bins whose history is whole: constant, then K columns per source; by the definition, double loops."""
    n_bins, n = counts.shape
    lags, k = basis.shape
    rows = np.zeros((n_bins, 1 + n * k))
    rows[:, 0] = 1.0
    for t in range(lags, n_bins):
        for j in range(n):
            for b in range(k):
                rows[t, 1 + j * k + b] = sum(basis[lag, b] * counts[t - 1 - lag, j] for lag in range(lags))
    return rows[lags:], counts[lags:]


def mean_of(eta, link):
    return np.exp(eta) if link == "exp" else np.logaddexp(0.0, eta)


def log_likelihood(theta, x, y, link):
    mean = mean_of(x @ theta, link)
    return float((y * np.log(mean) - mean - gammaln(y + 1)).sum())


def fit(x, y, ridge, link):
    """Maximum of the likelihood less ridge / 2 |coefficients|^2 (the constant is free)."""
    weight = np.full(x.shape[1], ridge)
    weight[0] = 0.0

    def loss(theta):
        return -log_likelihood(theta, x, y, link) + 0.5 * (weight * theta**2).sum()

    def slope(theta):
        eta = x @ theta
        mean = mean_of(eta, link)
        rise = mean if link == "exp" else 1 / (1 + np.exp(-eta))
        return x.T @ (rise * (1 - y / mean)) + weight * theta

    start = np.zeros(x.shape[1])
    start[0] = np.log(y.mean()) if link == "exp" else np.log(np.expm1(y.mean()))
    theta = minimize(loss, start, jac=slope, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000}).x
    for _ in range(20):
        theta = theta - np.linalg.solve(hessian(theta, x, y, link) + np.diag(weight), slope(theta))
    return theta


def hessian(theta, x, y, link):
    """Second derivatives of the loss by central differences of its slope at every bin."""
    eta, step = x @ theta, 1e-4

    def rise(at):
        mean = mean_of(at, link)
        return (mean if link == "exp" else 1 / (1 + np.exp(-at))) * (1 - y / mean)

    curve = (rise(eta + step) - rise(eta - step)) / (2 * step)
    return x.T @ (curve[:, None] * x)


def larger(model, other):
    """Along the axes v with other v = s model v, the larger variance: V^-T max(1, s) V^-1 where V' model V = 1."""
    share, axes = eigh(other, model)
    back = np.linalg.inv(axes)
    return back.T @ np.diag(np.maximum(share, 1.0)) @ back


def covariance(theta, x, y, ridge, link, sandwich):
    weight = np.full(x.shape[1], ridge)
    weight[0] = 0.0
    information = hessian(theta, x, y, link)
    bread = np.linalg.inv(information + np.diag(weight))
    if sandwich:
        eta = x @ theta
        mean = mean_of(eta, link)
        slope = (mean if link == "exp" else 1 / (1 + np.exp(-eta))) * (1 - y / mean)
        information = x.T @ ((slope**2)[:, None] * x)
    return bread @ information @ bread


def wald(theta, covariance, group):
    w, block = theta[group], covariance[np.ix_(group, group)]
    return chi2.sf(w @ np.linalg.solve(block, w), len(group))


def group_lasso(x, y, strength, groups, steps=4000):
    """Proximal gradient steps (exponential link); the first entry of `groups` is not penalised."""
    theta = np.zeros(x.shape[1])
    theta[0] = np.log(y.mean())
    momentum, before, t = theta.copy(), theta.copy(), 1.0
    rate = 1.0 / np.linalg.eigvalsh(x.T @ (x * max(y.mean() * 8, 0.5)))[-1]
    for _ in range(steps):
        slope = x.T @ (np.exp(x @ momentum) - y)
        theta = momentum - rate * slope
        for group in groups[1:]:
            size = np.linalg.norm(theta[group])
            theta[group] *= max(0.0, 1 - rate * strength * np.sqrt(len(group)) / max(size, 1e-300))
        if (momentum - theta) @ (theta - before) > 0:
            t = 1.0
        following = (1 + np.sqrt(1 + 4 * t * t)) / 2
        momentum = theta + (t - 1) / following * (theta - before)
        before, t = theta.copy(), following
    return theta
