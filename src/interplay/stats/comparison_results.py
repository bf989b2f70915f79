"""What the comparisons of groups give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, eq=False, kw_only=True)
class PairedTest:
    """A paired t-test.

    Attributes
    ----------
    statistic : float
        t of second minus first; positive where the second is larger.
    df : float
    pvalue : float, in [0, 1]
        Two-sided.
    n : int
        Pairs.
    difference, low, high : float
        Mean of second minus first, and its 95 % t interval.
    effect : float
        Mean difference over the standard deviation of the differences (Cohen's d_z).
    """

    statistic: float
    df: float
    pvalue: float
    n: int
    difference: float
    low: float
    high: float
    effect: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Anova:
    """A one-way analysis of variance.

    Attributes
    ----------
    kind : {"fisher", "welch"}
        Equal variances assumed, or not.
    statistic : float
        F.
    df_between, df_within : float
    pvalue : float, in [0, 1]
    effect : float
        Share of variance between groups, eta squared.
    """

    kind: Literal["fisher", "welch"]
    statistic: float
    df_between: float
    df_within: float
    pvalue: float
    effect: float


@dataclass(frozen=True, eq=False, kw_only=True)
class PairwiseDifference:
    """Two groups out of several, corrected for having looked at all pairs.

    Attributes
    ----------
    first, second : str
        Names of the groups.
    difference, low, high : float
        Mean of the first minus mean of the second, and its simultaneous 95 % interval.
    pvalue : float, in [0, 1]
        Adjusted.
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    pvalue: float


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupTest:
    """Several groups compared: whether they are equal, and which pairs differ.

    Attributes
    ----------
    groups : tuple of str
    counts : tuple of int
    means, deviations : tuple of float
    anova, welch : Anova
    posthoc : {"tukey", "games-howell"}
        Which procedure `pairs` come from.
    pairs : tuple of PairwiseDifference
    notes : tuple of str
        Groups that could not be compared, and why.
    """

    groups: tuple[str, ...]
    counts: tuple[int, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    anova: Anova
    welch: Anova
    posthoc: Literal["tukey", "games-howell"]
    pairs: tuple[PairwiseDifference, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Effect:
    """One row of an analysis of variance.

    Attributes
    ----------
    name : str
    sum_of_squares : float
    df, df_error : float
    statistic : float
        F.
    pvalue : float, in [0, 1]
    effect : float
        Partial eta squared.
    """

    name: str
    sum_of_squares: float
    df: float
    df_error: float
    statistic: float
    pvalue: float
    effect: float


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedAnova:
    """One factor between subjects, one within.

    Attributes
    ----------
    groups : tuple of str
    counts : tuple of int
        Subjects per group.
    conditions : tuple of str
    means : tuple of tuple of float
        One row per group, one column per condition.
    between, within, interaction : Effect
    """

    groups: tuple[str, ...]
    counts: tuple[int, ...]
    conditions: tuple[str, ...]
    means: tuple[tuple[float, ...], ...]
    between: Effect
    within: Effect
    interaction: Effect
