"""Maps between regions, pooled: by region, by network, by pair of networks, by subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Cohort

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Maps of S scans (or subjects) and their means over other regions; NaN where undefined.

    Attributes
    ----------
    there : (S,) bool array
        Scans that have a map.
    names : (K,) text array
        Networks, in the order of the atlas.
    maps : (S, R, R) float64 array
    outgoing, incoming : (S, R) float64 arrays
    network_outgoing, network_incoming : (S, K) float64 arrays
    block : (S, K, K) float64 array
    """

    there: NDArray[np.bool_]
    names: NDArray[np.str_]
    maps: Floats
    outgoing: Floats
    incoming: Floats
    network_outgoing: Floats
    network_incoming: Floats
    block: Floats

    def by_subject(self, rows: NDArray[np.int64], subject: NDArray[np.str_]) -> tuple[Pooled, NDArray[np.str_]]:
        """Average the chosen scans of each subject; subjects come in alphabetical order."""
        who, place = np.unique(subject[rows], return_inverse=True)
        if len(who) == len(rows):
            order = rows[np.argsort(place)]
            return self._each(lambda values: values[order]), who
        return self._each(
            lambda values: np.stack([_known_mean(values[rows[place == k]]) for k in range(len(who))])
        ), who

    def _each(self, change: Callable[[Floats], Floats]) -> Pooled:
        maps = change(self.maps)
        return Pooled(
            there=np.ones(len(maps), bool),
            names=self.names,
            maps=maps,
            outgoing=change(self.outgoing),
            incoming=change(self.incoming),
            network_outgoing=change(self.network_outgoing),
            network_incoming=change(self.network_incoming),
            block=change(self.block),
        )


def present_regions(cohort: Cohort, modality: str) -> NDArray[np.bool_]:
    """Say which regions each scan has.

    Parameters
    ----------
    cohort : Cohort
    modality : {"function", "structure"}

    Returns
    -------
    (S, R) bool array
        False throughout for scans without the modality.
    """
    out = np.zeros((len(cohort), cohort.n_regions), bool)
    for s in range(len(cohort)):
        if modality == "function" and cohort.has_function[s]:
            out[s] = ~np.isnan(cohort.scan(s)[0])
        elif modality == "structure" and cohort.has_structure[s]:
            out[s] = ~np.isnan(cohort.matrix(s)).all(axis=1)
    return out


def pool_maps(maps: Floats, present: NDArray[np.bool_], cohort: Cohort, *, part: str, even: bool) -> Pooled:
    """Pool maps over other regions.

    Parameters
    ----------
    maps : (S, R, R) float64 array
        Row: who attends. NaN throughout where a scan has none.
    present : (S, R) bool array
        Rows and columns of other regions are not read.
    cohort : Cohort
        Names its networks.
    part : {"all", "positive", "negative", "size"}
    even : bool
        Multiply by the number of regions present.

    Returns
    -------
    Pooled

    Raises
    ------
    DataError
        If a map is undefined between regions that the scan has, or there are fewer than two regions.
    """
    if cohort.n_regions < 2:
        raise DataError(f"`maps` must join at least 2 regions, got {cohort.n_regions}. One region has no others.")
    between = present[:, :, None] & present[:, None, :]
    there = np.asarray(~np.isnan(maps).all(axis=(1, 2)) & present.any(axis=1))
    bad = there[:, None, None] & between & ~np.isfinite(maps)
    if bad.any():
        s, i, j = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"`maps` must be finite between regions that a scan has, got {maps[s, i, j]} at [{i}, {j}] of "
            f"{cohort.named(s)}. Give NaN throughout for a scan without a map."
        )
    share = np.where(between & there[:, None, None], _part(maps, part), np.nan)
    if even:
        share = share * present.sum(axis=1)[:, None, None]
    apart = share.copy()
    own = np.arange(cohort.n_regions)
    apart[:, own, own] = np.nan
    outgoing, incoming = _known_mean(apart, axis=2), _known_mean(apart, axis=1)
    group = cohort.regions.group
    first_seen = np.unique(group, return_index=True)[1]
    names = group[np.sort(first_seen)]
    names = names[names != ""]
    return Pooled(
        there=there,
        names=names,
        maps=share,
        outgoing=outgoing,
        incoming=incoming,
        network_outgoing=_by_network(outgoing, group, names),
        network_incoming=_by_network(incoming, group, names),
        block=_blocks(apart, group, names),
    )


def _part(maps: Floats, part: str) -> Floats:
    if part == "positive":
        return np.maximum(maps, 0.0)
    if part == "negative":
        return np.maximum(-maps, 0.0)
    return np.abs(maps) if part == "size" else maps


def _by_network(values: Floats, group: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    found = np.full((len(values), len(names)), np.nan)
    for k, name in enumerate(names):
        found[:, k] = _known_mean(values[:, group == name], axis=1)
    return found


def _blocks(maps: Floats, group: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    member = (group[:, None] == names).astype(np.float64)
    known = np.isfinite(maps)
    total = np.einsum("ia,sij,jb->sab", member, np.where(known, maps, 0.0), member, optimize=True)
    count = np.einsum("ia,sij,jb->sab", member, known.astype(np.float64), member, optimize=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count)


def _known_mean(values: Floats, axis: int = 0) -> Floats:
    """Mean of what is known; NaN where nothing is, without a warning."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / count)
