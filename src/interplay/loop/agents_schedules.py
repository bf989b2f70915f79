"""Numbers that change while an agent learns: exploration, look-ahead, discount, sparsity."""

from __future__ import annotations

import math


def linear(step: int, first: float, last: float, over: int) -> float:
    """Go from `first` at step 0 to `last` at step `over` on a line, and stay there.

    Parameters
    ----------
    step : int, >= 0
    first, last : float
    over : int, steps
        0 means `last` from the beginning.

    Returns
    -------
    float
    """
    return last if step >= over else first + (last - first) * step / over


def geometric(step: int, first: float, last: float, over: int) -> float:
    """Go from `first` at step 0 to `last` at step `over` by equal factors, and stay there.

    Parameters
    ----------
    step : int, >= 0
    first, last : float, > 0
    over : int, steps
        0 means `last` from the beginning.

    Returns
    -------
    float
    """
    return last if step >= over else math.exp(linear(step, math.log(first), math.log(last), over))


def look_ahead(step: int, n_steps: tuple[int, int], discount: tuple[float, float], over: int) -> tuple[int, float]:
    """Anneal the number of steps and the discount after a reset: n and 1 - γ fall by equal factors.

    Parameters
    ----------
    step : int, updates since the last reset, >= 0
    n_steps : (first, last)
    discount : (first, last), each in [0, 1)
    over : int, updates
        0 means the last values from the beginning.

    Returns
    -------
    n : int
        Rounded to the nearest whole step.
    gamma : float

    References
    ----------
    Schwarzer et al. (2023), ICML (arXiv 2305.19452), section 4: n from 10 to 3, γ from 0.97 to 0.997.
    """
    first, last = discount
    return round(geometric(step, *n_steps, over)), 1.0 - geometric(step, 1.0 - first, 1.0 - last, over)


def sparsity(step: int, final: float, start: int, stop: int) -> float:
    """Tell the share of weights to be pruned: s_F [1 - (1 - (t - t₀) / (t₁ - t₀))³].

    Parameters
    ----------
    step : int, t
    final : float, s_F, in [0, 1]
    start, stop : int, t₀ < t₁
        0 before `start`, `final` from `stop` on.

    Returns
    -------
    float, in [0, final]

    References
    ----------
    Zhu, Gupta (2017), arXiv 1710.01878, eq. 1; used for value networks by Obando-Ceron et al. (2024), arXiv 2402.12479.
    """
    if step <= start:
        return 0.0
    done = min(1.0, (step - start) / (stop - start))
    return float(final * (1.0 - (1.0 - done) ** 3))
