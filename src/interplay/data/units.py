"""Units: what is known of each recorded unit, beside its activity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes, require_ids
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest


@dataclass(frozen=True, eq=False, kw_only=True)
class Units:
    """The units table: one row per neuron, cell, region or person.

    Parameters
    ----------
    n : int
        Number of units N.
    id : (N,) text array or None
        Names, each once; "0", "1", ... where None.
    position_um : (N, 2) or (N, 3) float array, micrometres, or None
        NaN where unknown.
    group : (N,) text array or None
        Region, tetrode, assembly ...; "" where unknown.
    sign : (N,) int array in {-1, 0, +1} or None
        Inhibitory, unknown, excitatory.
    """

    n: int
    id: NDArray[np.str_] = field(default=cast(Any, None))
    position_um: NDArray[np.float64] | None = None
    group: NDArray[np.str_] = field(default=cast(Any, None))
    sign: NDArray[np.int64] = field(default=cast(Any, None))

    def __post_init__(self) -> None:
        if self.n < 0:
            raise DataError(f"`n` must be a number of units >= 0, got {self.n}.")
        shapes = Shapes(N=self.n)
        name = np.array([str(i) for i in range(self.n)], dtype=str) if self.id is None else self.id
        group = np.full(self.n, "", dtype="<U1") if self.group is None else self.group
        sign = np.zeros(self.n, dtype=np.int64) if self.sign is None else self.sign
        checked: dict[str, Any] = {
            "id": shapes.array("id", name, "N", "text"),
            "group": shapes.array("group", group, "N", "text"),
            "sign": shapes.array("sign", sign, "N", "int"),
        }
        if self.position_um is not None:
            checked["position_um"] = shapes.array("position_um", self.position_um, "N D", finite=False)
            if shapes.sizes["D"] not in (2, 3):
                raise DataError(f"`position_um` must have 2 or 3 columns, got {shapes.sizes['D']}.")
        ids, repeats = np.unique(checked["id"], return_counts=True)
        if (repeats > 1).any():
            raise DataError(f"`id` must name each unit once, got {str(ids[repeats > 1][0])!r} more than once.")
        if not np.isin(checked["sign"], (-1, 0, 1)).all():
            raise DataError("`sign` must be -1 (inhibitory), 0 (unknown) or +1 (excitatory).")
        for key, value in checked.items():
            object.__setattr__(self, key, value)

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        known = [k for k in ("position_um",) if getattr(self, k) is not None]
        known += ["group"] if (self.group != "").any() else []
        known += ["sign"] if (self.sign != 0).any() else []
        return f"Units({self.n} units, known: {', '.join(known) or 'ids only'})"

    @cached_property
    def digest(self) -> str:
        """Digest of the content."""
        return digest("Units", self.id, self.position_um, self.group, self.sign)

    def select(self, units: Iterable[int]) -> Units:
        """Keep some units, in the order given."""
        k = np.asarray(list(units), dtype=np.int64)
        require_ids("units", k, self.n, "n")
        place = None if self.position_um is None else self.position_um[k]
        return Units(n=len(k), id=self.id[k], position_um=place, group=self.group[k], sign=self.sign[k])
