"""A made-up lender, for trying policies out: nobody's data."""

from __future__ import annotations

import numpy as np

from interplay._core.checks import require_setting
from interplay.influence.strategic.setting import StrategicSetting

_LOW, _HIGH = 300.0, 850.0


def lending_setting(
    *,
    n_values: int = 20,
    decision_cost: float = 0.7,
    cost_per_100: float = 0.4,
    gap: float = 70.0,
    minority: float = 0.3,
) -> StrategicSetting:
    """Simulate applicants for credit in two groups, one of which starts lower.

    Parameters
    ----------
    n_values : int, >= 2
        Scores, evenly from 300 to 850.
    decision_cost : float, in [0, 1]
        Least repayment probability at which a loan pays.
    cost_per_100 : float, >= 0
        What 100 points cost to gain, in units of a sure loan; losing points is free.
    gap : float, points
        How much lower the mean score of the minority is (640 is that of the majority).
    minority : float, in [0, 1]
        Share of the minority.

    Returns
    -------
    StrategicSetting
        Groups "majority" and "minority"; scores are normal with a spread of 80 points, cut to the range and binned; the
        probability of repayment is logistic in the score, one half at 580, with a scale of 60 points.

    Raises
    ------
    ConfigError
        If a number is outside its range.
    """
    require_setting("n_values", n_values, least=2, whole=True)
    require_setting("cost_per_100", cost_per_100, least=0)
    require_setting("gap", gap, above=-1e6, below=1e6)
    require_setting("minority", minority, least=0, most=1)
    score = np.linspace(_LOW, _HIGH, n_values)
    means = np.array([640.0, 640.0 - gap])
    part = np.exp(-0.5 * ((score - np.clip(means, _LOW, _HIGH)[:, None]) / 80.0) ** 2)
    group_mass = part / part.sum(axis=1, keepdims=True) * np.array([[1 - minority], [minority]])
    return StrategicSetting(
        mass=group_mass.sum(axis=0) / group_mass.sum(),
        outcome=1 / (1 + np.exp(-(score - 580.0) / 60.0)),
        decision_cost=decision_cost,
        cost=np.maximum(score[None, :] - score[:, None], 0) / 100 * cost_per_100,
        group_mass=group_mass / group_mass.sum(),
        groups=np.array(["majority", "minority"]),
        values=np.array([f"{s:.0f}" for s in score]),
    )
