"""Groups compared: before and after in the same subjects, and several groups with every pair of them.

These are the tests that the published analyses of the dish used, so that ours can stand beside theirs. They assume
normal scores; with 30 sessions a group and skewed scores their p-values are approximate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay.stats.comparison_results import Anova, Effect, GroupTest, MixedAnova, PairedTest, PairwiseDifference
from interplay.stats.studentized_range import range_quantile, range_tail

Floats = NDArray[np.float64]


def paired_t(first: ArrayLike, second: ArrayLike) -> PairedTest:
    """Test whether the same subjects changed, by Student's t on their differences.

    Parameters
    ----------
    first, second : (n,) float array, finite, n >= 2
        Entry k of both belongs to subject k.

    Returns
    -------
    PairedTest
        Two-sided; positive where the second is larger.

    Raises
    ------
    DataError
        On fewer than 2 pairs, or lengths that differ.
    NumericalError
        If all differences are equal: t has no value then.

    Examples
    --------
    >>> round(paired_t([1.0, 2.0, 3.0], [2.0, 2.5, 5.0]).statistic, 3)
    2.646
    """
    from scipy.special import stdtr, stdtrit

    shapes = Shapes()
    before = shapes.array("first", first, "n")
    change = shapes.array("second", second, "n") - before
    n = len(change)
    if n < 2:
        raise DataError(f"`first` and `second` must hold at least 2 pairs, got {n}. One pair has no spread.")
    mean, spread = float(change.mean()), float(change.std(ddof=1))
    if _flat(change):
        raise NumericalError(f"the differences must vary, got {n} times {mean:g}. There is nothing to test against.")
    error = float(spread / np.sqrt(n))
    reach = float(stdtrit(n - 1, 0.975)) * error
    return PairedTest(
        statistic=mean / error,
        df=float(n - 1),
        pvalue=float(2 * stdtr(n - 1, -abs(mean / error))),
        n=n,
        difference=mean,
        low=mean - reach,
        high=mean + reach,
        effect=mean / spread,
    )


def relative_improvement(first: ArrayLike, second: ArrayLike) -> Floats:
    """Give 100 (second - first) / first, in per cent.

    Parameters
    ----------
    first, second : (n,) float array, finite

    Returns
    -------
    (n,) float array, %
        NaN where the first is 0: no change is relative to nothing. Whoever averages must say how many those are.
    """
    shapes = Shapes()
    before, after = shapes.array("first", first, "n"), shapes.array("second", second, "n")
    known = before != 0
    return np.where(known, 100.0 * (after - before) / np.where(known, before, 1.0), np.nan)


def compare_groups(
    values: Mapping[str, ArrayLike], *, posthoc: Literal["games-howell", "tukey"] = "games-howell"
) -> GroupTest:
    """Compare several independent groups, all at once and pair by pair.

    Parameters
    ----------
    values : mapping of str to (n,) float array, finite
        One entry per group. Groups of fewer than 2 values, or without any spread, cannot be judged: they are left out
        and named in the notes.
    posthoc : {"games-howell", "tukey"}
        Pairs without or with the assumption of equal variances. Games-Howell is the default since players differ in
        spread far more than in size.

    Returns
    -------
    GroupTest
        Fisher's and Welch's analysis of variance, and every pair with simultaneous 95 % intervals.

    Raises
    ------
    DataError
        If fewer than 2 groups can be judged.
    ConfigError
        On an unknown procedure.

    References
    ----------
    Welch (1951), Biometrika 38:330. Kramer (1956), Biometrics 12:307. Games, Howell (1976), J Educ Stat 1:113.
    """
    if posthoc not in ("games-howell", "tukey"):
        raise ConfigError(unknown_name("post-hoc procedure", posthoc, ("games-howell", "tukey")))
    groups = {name: Shapes().array(name, one, "n") for name, one in values.items()}
    judged = {name: one for name, one in groups.items() if len(one) > 1 and not _flat(one)}
    notes = tuple(
        f"{name} is left out: {'fewer than 2 values' if len(one) < 2 else 'no spread'}."
        for name, one in groups.items()
        if name not in judged
    )
    if len(judged) < 2:
        raise DataError(
            f"`values` must hold at least 2 groups with 2 different values each, got {len(judged)}. "
            f"{' '.join(notes) or 'Give more groups.'}"
        )
    counts = np.array([len(one) for one in judged.values()])
    means = np.array([one.mean() for one in judged.values()])
    variances = np.array([one.var(ddof=1) for one in judged.values()])
    fisher = _fisher(counts, means, variances)
    return GroupTest(
        groups=tuple(judged),
        counts=tuple(map(int, counts)),
        means=tuple(map(float, means)),
        deviations=tuple(map(float, np.sqrt(variances))),
        anova=fisher,
        welch=_welch(counts, means, variances, fisher.effect),
        posthoc=posthoc,
        pairs=_pairs(tuple(judged), counts, means, variances, equal=posthoc == "tukey"),
        notes=notes,
    )


def mixed_anova(scores: Mapping[str, ArrayLike], conditions: Sequence[str]) -> MixedAnova:
    """Analyse one factor between subjects and one within them; groups may differ in size.

    Parameters
    ----------
    scores : mapping of str to (n, C) float array, finite
        One entry per group; rows are subjects, columns conditions. A group needs 1 subject, all together 2 more than
        there are groups.
    conditions : sequence of C str, C >= 2

    Returns
    -------
    MixedAnova

    Raises
    ------
    DataError
        On fewer than 2 groups or conditions, or too few subjects.
    NumericalError
        If the subjects of all groups agree exactly, so that there is no error to test against.

    Notes
    -----
    Subjects have every condition, so the sums of squares add up whatever the sizes of the groups. The within effect
    weighs subjects equally (type II), not groups. Sphericity is assumed; with two conditions it holds of itself.

    References
    ----------
    Maxwell, Delaney (2004), Designing Experiments and Analyzing Data, chapter 12.
    """
    shapes = Shapes(C=len(conditions))
    groups = {name: np.asarray(Shapes(**shapes.sizes).array(name, one, "n C")) for name, one in scores.items()}
    total = sum(map(len, groups.values()))
    if len(groups) < 2 or len(conditions) < 2:
        raise DataError(f"`scores` must have 2 groups and 2 conditions, got {len(groups)} and {len(conditions)}.")
    if any(len(one) == 0 for one in groups.values()) or total < len(groups) + 2:
        raise DataError(
            f"`scores` must have a subject per group and 2 more than groups, got {total} in {len(groups)} groups."
        )
    c, table = len(conditions), np.concatenate(list(groups.values()))
    grand, by_condition = table.mean(), table.mean(axis=0)
    between = condition = interaction = subjects = rest = 0.0
    for one in groups.values():
        middle, cells, own = one.mean(), one.mean(axis=0), one.mean(axis=1, keepdims=True)
        between += c * len(one) * (middle - grand) ** 2
        subjects += c * float(((own - middle) ** 2).sum())
        condition += len(one) * float(((by_condition - grand) ** 2).sum())
        interaction += len(one) * float(((cells - middle - by_condition + grand) ** 2).sum())
        rest += float(((one - own - cells + middle) ** 2).sum())
    between_df, subject_df = len(groups) - 1, total - len(groups)
    return MixedAnova(
        groups=tuple(groups),
        counts=tuple(map(len, groups.values())),
        conditions=tuple(conditions),
        means=tuple(tuple(map(float, one.mean(axis=0))) for one in groups.values()),
        between=_effect("group", float(between), between_df, subjects, subject_df, table),
        within=_effect("condition", condition, c - 1, rest, subject_df * (c - 1), table),
        interaction=_effect("group x condition", interaction, between_df * (c - 1), rest, subject_df * (c - 1), table),
    )


def _flat(values: Floats) -> bool:
    """Say whether values differ by no more than rounding."""
    return bool(np.ptp(values) <= 8 * np.finfo(np.float64).eps * np.abs(values).max())


def _effect(name: str, sum_of_squares: float, df: int, error: float, df_error: int, table: Floats) -> Effect:
    from scipy.special import fdtrc

    if error <= 64 * np.finfo(np.float64).eps * float((table**2).sum()):
        raise NumericalError(f"the subjects must differ to test the {name}, but they agree exactly.")
    statistic = (sum_of_squares / df) / (error / df_error)
    return Effect(
        name=name,
        sum_of_squares=sum_of_squares,
        df=float(df),
        df_error=float(df_error),
        statistic=statistic,
        pvalue=float(fdtrc(df, df_error, statistic)),
        effect=sum_of_squares / (sum_of_squares + error),
    )


def _fisher(counts: NDArray[np.int64], means: Floats, variances: Floats) -> Anova:
    from scipy.special import fdtrc

    grand = (counts * means).sum() / counts.sum()
    between = float((counts * (means - grand) ** 2).sum())
    within = float(((counts - 1) * variances).sum())
    df_between, df_within = len(counts) - 1, int(counts.sum()) - len(counts)
    statistic = (between / df_between) / (within / df_within)
    return Anova(
        kind="fisher",
        statistic=statistic,
        df_between=float(df_between),
        df_within=float(df_within),
        pvalue=float(fdtrc(df_between, df_within, statistic)),
        effect=between / (between + within),
    )


def _welch(counts: NDArray[np.int64], means: Floats, variances: Floats, effect: float) -> Anova:
    from scipy.special import fdtrc

    k, weights = len(counts), counts / variances
    share = weights / weights.sum()
    spread = (weights * (means - (share * means).sum()) ** 2).sum() / (k - 1)
    lost = float(((1 - share) ** 2 / (counts - 1)).sum())
    statistic = float(spread / (1 + 2 * (k - 2) / (k**2 - 1) * lost))
    df_within = (k**2 - 1) / (3 * lost)
    return Anova(
        kind="welch",
        statistic=statistic,
        df_between=float(k - 1),
        df_within=df_within,
        pvalue=float(fdtrc(k - 1, df_within, statistic)),
        effect=effect,
    )


def _pairs(
    names: tuple[str, ...], counts: NDArray[np.int64], means: Floats, variances: Floats, *, equal: bool
) -> tuple[PairwiseDifference, ...]:
    k = len(names)
    first, second = np.triu_indices(k, 1)
    share = variances / counts
    if equal:
        df_all = counts.sum() - k
        pooled = ((counts - 1) * variances).sum() / df_all
        error = np.sqrt(pooled / 2 * (1 / counts[first] + 1 / counts[second]))
        df = np.full(len(first), float(df_all))
    else:
        both = share[first] + share[second]
        error = np.sqrt(both / 2)
        df = both**2 / (share[first] ** 2 / (counts[first] - 1) + share[second] ** 2 / (counts[second] - 1))
    difference = means[first] - means[second]
    reach = range_quantile(0.05, k, df) * error
    pvalues = range_tail(np.abs(difference) / error, k, df)
    return tuple(
        PairwiseDifference(
            first=names[i],
            second=names[j],
            difference=float(difference[m]),
            low=float(difference[m] - reach[m]),
            high=float(difference[m] + reach[m]),
            pvalue=float(pvalues[m]),
        )
        for m, (i, j) in enumerate(zip(first, second, strict=True))
    )
