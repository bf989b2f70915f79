"""How far groups stand apart: one number from one value per group."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name

#: Ways to say how far apart groups are.
DisparityKind = Literal["range", "variance", "deviation", "ratio", "shortfall"]


def disparity(values: ArrayLike, kind: DisparityKind = "range") -> NDArray[np.float64] | float:
    """Say how far the values of groups are apart. 0 is equality; lower is better.

    Parameters
    ----------
    values : (G,) or (..., G) float array
        One value per group on the last axis, for example the share of its members that is reached. NaN: a group without
        a value (nobody is in it), which does not count. Infinity is refused.
    kind : {"range", "variance", "deviation", "ratio", "shortfall"}
        "range": greatest minus least. "variance": mean squared distance from the plain mean over groups, divided by G
        (of shares in per cent it is 10 000 times that of shares). "deviation": its root. "ratio": 1 - least / greatest,
        for values >= 0; 0 where all are 0. "shortfall": mean minus least.

    Returns
    -------
    float, or (...,) float64 array
        >= 0. 0 for one group; NaN where no group has a value.

    Raises
    ------
    ConfigError
        If `kind` is unknown.
    DataError
        If `values` has no axis, holds an infinity, or a negative number with "ratio".

    Notes
    -----
    Groups count alike, whatever their size. The variance is the disparity of Khajehnejad et al. (2022), taken there of
    percentages; the range that of Khajehnejad et al. (2020) for two groups, and of demographic parity; the ratio is one
    minus the four-fifths rule's.

    References
    ----------
    Khajehnejad et al. (2022), AAAI, section 3.

    Examples
    --------
    >>> disparity([0.2, 0.5, 0.35])
    0.3
    """
    if kind not in get_args(DisparityKind):
        raise ConfigError(unknown_name("`kind`", kind, get_args(DisparityKind)))
    table = np.asarray(values, dtype=np.float64)
    if table.ndim == 0:
        raise DataError("`values` must have one value per group on its last axis, got a single number.")
    if np.isinf(table).any():
        raise DataError("`values` must be finite or NaN, got an infinity. Leave NaN where a group has no value.")
    known = ~np.isnan(table)
    count = known.sum(axis=-1)
    least = np.where(known, table, np.inf).min(axis=-1, initial=np.inf)
    most = np.where(known, table, -np.inf).max(axis=-1, initial=-np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "range":
            apart = most - least
        elif kind == "ratio":
            if (least < 0).any():
                raise DataError(f"`values` must be >= 0 for the ratio, got {np.min(least)}. Use the range.")
            apart = np.where(most > 0, 1.0 - least / most, 0.0)
        else:
            mean = np.where(known, table, 0.0).sum(axis=-1) / count
            if kind == "shortfall":
                apart = np.maximum(mean - least, 0.0)
            else:
                apart = np.where(known, (table - mean[..., None]) ** 2, 0.0).sum(axis=-1) / count
                apart = np.sqrt(apart) if kind == "deviation" else apart
    found = np.where(count > 0, apart, np.nan)
    return float(found) if found.ndim == 0 else found
