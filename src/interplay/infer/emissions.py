"""What a sample says about the state: Poisson counts with a link, or Gaussian traces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: By the name a user gives.
LINKS = {"exp": 0, "softplus": 1, "sigmoid": 2}
#: Predictors beyond are held there by `interplay.ops.count_links` under the link "exp".
EXP_CEILING = 30.0


@dataclass(frozen=True, slots=True)
class CountEmission:
    """Poisson counts.

    Attributes
    ----------
    link : int
        As in `interplay.ops.count_links`.
    """

    link: int

    def log_density(
        self, x: NDArray[np.float64], u: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum over units, without the factorials: (T,)."""
        from interplay.ops.count_links import count_log_density

        out = np.empty(len(x))
        count_log_density(x, u, self.link, out)
        return out

    def expected(
        self, x: NDArray[np.float64], u: NDArray[np.float64], share: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum over samples, weighted: (N,)."""
        from interplay.ops.count_links import count_expected

        out: NDArray[np.float64] = count_expected(x, u, share, self.link)
        return out

    def score(
        self, x: NDArray[np.float64], u: NDArray[np.float64], share: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the derivative by the predictor and the Fisher information, both weighted: (T, N) each."""
        from interplay.ops.count_links import count_score

        score, fisher = np.empty(x.shape), np.empty(x.shape)
        count_score(x, u, share, self.link, score, fisher)
        return score, fisher

    def constant(self, x: NDArray[np.float64]) -> float:
        """Give what the other sums leave out: minus the log of the factorials."""
        from scipy.special import gammaln

        return -float(gammaln(x + 1.0).sum())

    def mean(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give expected counts: (T, N)."""
        from interplay.ops.count_links import count_rates

        out = np.empty(u.shape)
        count_rates(u, self.link, out)
        return out

    def base(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predictor that gives a mean."""
        held = np.maximum(mean, 1e-8)
        if self.link == LINKS["exp"]:
            return np.asarray(np.log(held))
        if self.link == LINKS["softplus"]:
            return np.where(held > 30.0, held, np.log(np.expm1(np.minimum(held, 30.0))))
        held = np.clip(held, 1e-6, 1 - 1e-6)
        return np.asarray(np.log(held / (1 - held)))


@dataclass(frozen=True, slots=True)
class TraceEmission:
    """Gaussian noise around the predictor, of one size per unit."""

    def log_density(
        self, x: NDArray[np.float64], u: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum over units: (T,)."""
        out: NDArray[np.float64] = -0.5 * ((x - u) ** 2 / noise + np.log(2 * np.pi * noise)).sum(axis=1)
        return out

    def expected(
        self, x: NDArray[np.float64], u: NDArray[np.float64], share: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum over samples, weighted: (N,)."""
        out: NDArray[np.float64] = share @ (-0.5 * ((x - u) ** 2 / noise + np.log(2 * np.pi * noise)))
        return out

    def score(
        self, x: NDArray[np.float64], u: NDArray[np.float64], share: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the derivative by the predictor and the Fisher information, both weighted: (T, N) each."""
        return share[:, None] * (x - u) / noise, share[:, None] * np.ones(x.shape) / noise

    def constant(self, x: NDArray[np.float64]) -> float:
        """Nothing is left out."""
        return 0.0

    def mean(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give expected samples: the predictor itself."""
        return u

    def base(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predictor that gives a mean: the mean itself."""
        return mean


Emission = CountEmission | TraceEmission
