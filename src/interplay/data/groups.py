"""Groups: which of a few groups every node belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest

#: Below it, every whole number has a float of its own.
_MOST_WHOLE = 2.0**53


@dataclass(frozen=True, eq=False, kw_only=True)
class Groups:
    """A partition of N nodes into G named groups; a group may be empty.

    Parameters
    ----------
    code : (N,) int array, in [0, G)
        Group of each node.
    names : (G,) text array
        Each once. A name without members is an empty group: its shares are NaN.
    column : str
        What the groups are of, for example "region".

    Raises
    ------
    DataError
        If a code has no name, or a name is repeated.
    """

    code: NDArray[np.int64]
    names: NDArray[np.str_]
    column: str = "group"

    def __post_init__(self) -> None:
        shapes = Shapes()
        code = shapes.array("code", self.code, "N", "int")
        names = shapes.array("names", self.names, "G", "text")
        if len(np.unique(names)) != len(names):
            raise DataError(
                f"`names` must name each group once, got {twice(names)!r} more than once. Join the groups that are one."
            )
        require_ids("code", code, len(names), "G")
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "names", names)

    @classmethod
    def of(cls, values: ArrayLike, *, column: str = "group", unknown: str | None = None) -> Groups:
        """Group nodes by equal values.

        Parameters
        ----------
        values : (N,) text, bool, int or float array
            Groups are in order of their value: numbers by size, texts by alphabet.
        column : str
        unknown : str or None
            Name of the group of nodes without a value ("" or NaN); it comes last. None refuses such nodes.

        Returns
        -------
        Groups

        Raises
        ------
        DataError
            If a node has no value and `unknown` is None, a value is infinite, or `values` is no column.
        """
        given = np.asarray(values)
        if given.ndim != 1 or given.dtype.kind not in "Ubiuf":
            raise DataError(
                f"`values` must be one text or number per node, (N,), got shape {given.shape} of {given.dtype}."
            )
        if given.dtype.kind == "f" and np.isinf(given).any():
            raise DataError(
                f"`{column}` must be finite, or NaN for no value: node {int(np.argmax(np.isinf(given)))} has "
                f"{given[np.isinf(given)][0]}. Correct it."
            )
        missing = given == "" if given.dtype.kind == "U" else np.isnan(given.astype(np.float64))
        if missing.any() and unknown is None:
            raise DataError(
                f"`{column}` must have a value for every node: node {int(np.argmax(missing))} has none, nor have "
                f"{int(missing.sum())} in all. Name a group for them with `unknown`, or leave these nodes out."
            )
        known, inverse = np.unique(given[~missing], return_inverse=True)
        if known.dtype.kind == "f":
            known = known + known.dtype.type(0)  # no -0.0
            if (known == np.round(known)).all() and (np.abs(known) < _MOST_WHOLE).all():
                known = known.astype(np.int64)
        names = [str(v) for v in known.tolist()]
        code = np.full(len(given), len(names), dtype=np.int64)
        code[~missing] = inverse
        if missing.any():
            names.append(str(unknown))
        return cls(code=code, names=np.array(names, dtype=str), column=column)

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {size}" for name, size in zip(self.names[:6], self.sizes[:6], strict=True))
        return f"Groups({self.column}; {sizes}{', ...' if len(self) > 6 else ''})"

    @property
    def n_nodes(self) -> int:
        """N."""
        return len(self.code)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(G,) int64 array: members of each group."""
        return np.bincount(self.code, minlength=len(self.names))

    @cached_property
    def digest(self) -> str:
        """Digest of the content."""
        return digest("Groups", self.code, self.names, self.column)

    def members(self, group: int | str) -> NDArray[np.int64]:
        """Ids of a group's nodes, rising; the group by its place or its name."""
        if isinstance(group, str):
            place = np.flatnonzero(self.names == group)
            if len(place) == 0:
                raise DataError(f"`group` must be one of {', '.join(self.names)}, got {group!r}.")
            group = int(place[0])
        elif not -len(self) <= group < len(self):
            raise DataError(f"`group` must be a name or lie in [-G, G={len(self)}), got {group}. Look at `names`.")
        return np.flatnonzero(self.code == range(len(self))[group])


def twice(values: NDArray[Any]) -> str:
    """Find the least value that occurs more than once."""
    found, count = np.unique(values, return_counts=True)
    return str(found[count > 1][0])
