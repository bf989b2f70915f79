"""What attention between brain regions comes to: importance of regions and networks, and change between conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, unknown_name
from interplay._core.provenance import Result

Floats = NDArray[np.float64]

#: Fields of an `AttentionImportance` that have an interval over subjects.
_BY_SUBJECT = ("outgoing", "incoming", "network_outgoing", "network_incoming", "block")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AttentionImportance(Result):
    """How much every region and network attends, and is attended to, in one condition.

    Everything is a mean over other regions: what a region pays to itself is left out.

    Attributes
    ----------
    condition : str
        Empty where all scans were taken.
    modality : {"function", "structure"}
    part : {"all", "positive", "negative", "size"}
    unit : {"even", "raw"}
        With "even", 1 is what attention spread evenly over the regions of a scan would give.
    subject : (n,) text array
        Scans of one subject were averaged first.
    regions, networks : (R,) text arrays
    network_names : (K,) text array
        In the order of the atlas; regions without a network belong to none.
    outgoing, incoming : (n, R) float64 arrays
        What a region pays to the others (row of the map), and what they pay to it (column). NaN where it is missing.
    network_outgoing, network_incoming : (n, K) float64 arrays
        Means over a network's regions.
    block : (n, K, K) float64 array
        Mean of what regions of one network (row) pay to regions of another (column); NaN for one region with itself.
    mean_map : (R, R) float64 array
        Mean over subjects, own attention included.
    level : float, in (0, 1)
        Of `interval`.
    """

    condition: str
    modality: str
    part: str
    unit: str
    subject: NDArray[np.str_]
    regions: NDArray[np.str_]
    networks: NDArray[np.str_]
    network_names: NDArray[np.str_]
    outgoing: Floats
    incoming: Floats
    network_outgoing: Floats
    network_incoming: Floats
    block: Floats
    mean_map: Floats
    level: float = 0.95

    def interval(self, field: str) -> tuple[Floats, Floats, Floats]:
        """Give the mean over subjects and its t interval, entry by entry.

        Parameters
        ----------
        field : {"outgoing", "incoming", "network_outgoing", "network_incoming", "block"}

        Returns
        -------
        mean, low, high : float64 arrays, shaped as one subject's
            NaN bounds where fewer than two subjects know an entry.

        Raises
        ------
        DataError
            If the field is unknown.
        """
        from scipy.special import stdtrit

        if field not in _BY_SUBJECT:
            raise DataError(unknown_name("field", field, _BY_SUBJECT))
        values: Floats = getattr(self, field)
        known = np.isfinite(values).sum(axis=0)
        filled = np.where(np.isfinite(values), values, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = filled.sum(axis=0) / known
            off = np.where(np.isfinite(values), values - mean, 0.0)
            error = np.sqrt(np.square(off).sum(axis=0) / (known - 1) / known)
        reach = np.where(known > 1, stdtrit(np.maximum(known - 1, 1), (1 + self.level) / 2) * error, np.nan)
        return mean, mean - reach, mean + reach


@dataclass(frozen=True, eq=False, kw_only=True)
class ChangeFamily:
    """Outcomes that were tested together: no chance finding among all of them, with the chance stated.

    Attributes
    ----------
    name : {"network", "block", "region", "edge"}
        network: (2, K), outgoing and incoming; block: (K, K), who pays to whom; region: (2, R), outgoing and incoming;
        edge: (R, R). All arrays below have that shape.
    difference, low, high : float64 arrays
        Mean of second minus first, with its t interval, entry by entry.
    statistic, effect : float64 arrays
        t, and the size of the effect (d_z where paired, else Cohen's d).
    pvalue, corrected, fdr : float64 arrays, in (0, 1]
        Of the entry alone, family-wise over the whole family, and as a false discovery rate. NaN where not tested.
    threshold : float
        Size of t from which on `corrected` is at most 1 - level; infinite where so few subjects cannot reach it.
    exact : bool
        Whether all arrangements were enumerated.
    arrangements : int
    """

    name: str
    difference: Floats
    low: Floats
    high: Floats
    statistic: Floats
    effect: Floats
    pvalue: Floats
    corrected: Floats
    fdr: Floats
    threshold: float
    exact: bool
    arrangements: int


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AttentionChange(Result):
    """Where attention differs between two conditions, tested over subjects.

    Attributes
    ----------
    first, second : str
        Conditions; differences are second minus first.
    by : str
        "session", or the covariate.
    design : {"paired", "independent"}
        The same subjects twice, or different ones.
    modality, part, unit : str
        As in `AttentionImportance`.
    n_first, n_second : int
        Subjects of each; equal where paired.
    regions, networks : (R,) text arrays
    network_names : (K,) text array
    mean_first, mean_second : (R, R) float64 arrays
        Mean maps over subjects, own attention included.
    level : float, in (0, 1)
    families : mapping of str to ChangeFamily
    """

    first: str
    second: str
    by: str
    design: str
    modality: str
    part: str
    unit: str
    n_first: int
    n_second: int
    regions: NDArray[np.str_]
    networks: NDArray[np.str_]
    network_names: NDArray[np.str_]
    mean_first: Floats
    mean_second: Floats
    level: float
    families: Mapping[str, ChangeFamily]

    def found(self, family: str = "block", *, most: float | None = None) -> list[tuple[str, str, float, float]]:
        """List what differs family-wise, strongest first.

        Parameters
        ----------
        family : str
            Of `families`.
        most : float, in (0, 1], or None
            Largest corrected p; 1 - `level` where None.

        Returns
        -------
        list of (from, to, difference, corrected p)
            Of a network or region alone, the other side is "others".

        Raises
        ------
        DataError
            If the family was not tested.
        """
        if family not in self.families:
            raise DataError(unknown_name("family", family, self.families))
        tested = self.families[family]
        names = self.network_names if family in ("network", "block") else self.regions
        with np.errstate(invalid="ignore"):
            rows = np.argwhere(tested.corrected <= (1 - self.level if most is None else most) + 1e-12)
        out = []
        for i, j in sorted(map(tuple, rows.tolist()), key=lambda at: -abs(tested.statistic[at])):
            if family in ("block", "edge"):
                ends = (str(names[i]), str(names[j]))
            else:
                ends = (str(names[j]), "others") if i == 0 else ("others", str(names[j]))
            out.append((*ends, float(tested.difference[i, j]), float(tested.corrected[i, j])))
        return out
