"""Cohort: scans of many subjects over one set of regions, function and structure side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.data.units import Units


class CohortSplit(NamedTuple):
    """Rows of a cohort, split so that no subject is on two sides.

    Attributes
    ----------
    train, validation, test : int64 arrays
        Rows, rising.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Cohort:
    """S scans of subjects over the same R regions; function, structure, or both of each.

    Parameters
    ----------
    regions : Units
        The atlas: R names, and the network of each as `group`.
    subject : (S,) text array
        Who; a subject may have several scans.
    series : (L, R) float array or None
        Regional signals of all scans, one after the other; may be mapped from a file. A region that a scan lacks is NaN
        throughout it. None where no scan has function.
    pointer : (S + 1,) int array or None
        Scan s owns the samples ``pointer[s]:pointer[s + 1]``; none where function is missing.
    dt_s : float, s, > 0
        Step between samples; of all scans.
    structure : (M, R, R) float array or None
        Connectivity matrices ``structure[m, src, dst]``, signed or not, directed or not; finite but for rows and
        columns of missing regions, which are NaN. May be mapped.
    structure_of : (S,) int array or None
        Row of `structure` that belongs to a scan, -1 where it is missing. Scans may share one. None: one each.
    session : (S,) text array or None
        Condition or visit, as "before" and "after"; "" where None.
    covariates : mapping of str to (S,) arrays
        Age, group, sex ...: numbers (NaN where unknown) or texts ("" where unknown).
    notes : tuple of str
        What a loader guessed or left out.

    Raises
    ------
    DataError
        If shapes disagree, a scan has neither function nor structure, (subject, session) is given twice, or values are
        infinite. Values of mapped arrays are not read here; models check the scans they read.
    """

    regions: Units
    subject: NDArray[np.str_]
    series: NDArray[Any] | None = None
    pointer: NDArray[np.int64] = field(default=cast(Any, None))
    dt_s: float = 1.0
    structure: NDArray[Any] | None = None
    structure_of: NDArray[np.int64] = field(default=cast(Any, None))
    session: NDArray[np.str_] = field(default=cast(Any, None))
    covariates: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shapes = Shapes(R=self.regions.n)
        checked: dict[str, Any] = {"subject": shapes.array("subject", self.subject, "S", "text")}
        n = len(checked["subject"])
        if n == 0 or self.regions.n == 0:
            what = "`subject` must name at least one scan" if n == 0 else "`regions` must hold at least one region"
            raise DataError(f"{what}, got none. Keep some.")
        session = np.full(n, "", dtype="<U1") if self.session is None else self.session
        checked["session"] = shapes.array("session", session, "S", "text")
        checked |= self._function(shapes, n) | self._structure(shapes, n)
        covariates = {str(k): _covariate(str(k), v, n) for k, v in self.covariates.items()}
        checked |= {"covariates": MappingProxyType(covariates), "notes": tuple(self.notes)}
        for key, value in checked.items():
            object.__setattr__(self, key, value)
        empty = (np.diff(self.pointer) == 0) & (self.structure_of < 0)
        if empty.any():
            k = int(np.argmax(empty))
            raise DataError(
                f"every scan must have function or structure: scan {k} (subject {str(self.subject[k])!r}) has neither. "
                "Leave it out."
            )
        _require_once(self.subject, self.session)

    def _function(self, shapes: Shapes, n: int) -> dict[str, Any]:
        number = isinstance(self.dt_s, int | float | np.number) and not isinstance(self.dt_s, bool)
        if not (number and np.isfinite(self.dt_s) and self.dt_s > 0):
            raise DataError(
                f"`dt_s` must be a positive number of seconds, got {self.dt_s!r}. Give the repetition time."
            )
        if self.series is None:
            if self.pointer is not None and np.any(self.pointer):
                raise DataError("`pointer` must be all 0 without `series`. Leave it out, or give the series.")
            return {"pointer": np.zeros(n + 1, np.int64), "dt_s": float(self.dt_s)}
        series = _view("series", self.series, 2, shapes.sizes["R"])
        if self.pointer is None:
            raise DataError(
                "`pointer` must say which samples belong to which scan. Use `Cohort.of` for a list of scans."
            )
        pointer = shapes.array("pointer", self.pointer, f"{n + 1}", "int")
        if pointer[0] != 0 or pointer[-1] != len(series) or (np.diff(pointer) < 0).any():
            raise DataError(
                f"`pointer` must rise from 0 to L={len(series)}, the samples of `series`; got {pointer[0]} to "
                f"{pointer[-1]}."
            )
        return {"series": series, "pointer": pointer, "dt_s": float(self.dt_s)}

    def _structure(self, shapes: Shapes, n: int) -> dict[str, Any]:
        if self.structure is None:
            if self.structure_of is not None and np.any(np.asarray(self.structure_of) >= 0):
                raise DataError("`structure_of` must be all -1 without `structure`. Leave it out, or give matrices.")
            return {"structure_of": np.full(n, -1)}
        structure = _view("structure", self.structure, 3, shapes.sizes["R"])
        if self.structure_of is None and len(structure) != n:
            raise DataError(
                f"`structure` must hold one matrix per scan, S={n}, where `structure_of` is left out; got "
                f"{len(structure)}. Say with `structure_of` whose they are, -1 where a scan has none."
            )
        owner = np.arange(n) if self.structure_of is None else self.structure_of
        owner = shapes.array("structure_of", owner, "S", "int")
        if owner.min() < -1 or owner.max() >= len(structure):
            raise DataError(
                f"`structure_of` must lie in [-1, M={len(structure)}), got {owner.min()} to {owner.max()}. "
                "Number the matrices from 0."
            )
        return {"structure": structure, "structure_of": owner}

    @classmethod
    def of(
        cls,
        series: Iterable[ArrayLike | None],
        *,
        regions: Units,
        subject: ArrayLike,
        structure: Iterable[ArrayLike | None] | None = None,
        **columns: Any,
    ) -> Cohort:
        """Build from one array per scan.

        Parameters
        ----------
        series : S arrays (T, R), or None where a scan has no function
            Lengths may differ.
        regions : Units
        subject : (S,) texts
        structure : S arrays (R, R) or None, or None
            None where a scan, or every scan, has no structure.
        **columns
            `dt_s`, `session`, `covariates`, `notes`.

        Returns
        -------
        Cohort
        """
        who = np.asarray(subject, dtype=str)
        parts = [None if x is None else _view(f"series[{k}]", x, 2, regions.n) for k, x in enumerate(series)]
        if len(parts) != len(who):
            raise DataError(
                f"`series` must give one entry per scan, S={len(who)}, got {len(parts)}. Use None for none."
            )
        there = [x for x in parts if x is not None]
        lengths = [0 if x is None else len(x) for x in parts]
        matrices = [None] * len(who) if structure is None else list(structure)
        if len(matrices) != len(who):
            raise DataError(
                f"`structure` must give one entry per scan, S={len(who)}, got {len(matrices)}. Use None for none."
            )
        given = [_view(f"structure[{k}]", w, 2, regions.n) for k, w in enumerate(matrices) if w is not None]
        has = np.array([w is not None for w in matrices])
        return cls(
            regions=regions,
            subject=who,
            series=np.concatenate(there) if there else None,
            pointer=np.concatenate([[0], np.cumsum(lengths)]),
            structure=np.stack(given) if given else None,
            structure_of=np.where(has, np.cumsum(has) - 1, -1),
            **columns,
        )

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.subject)

    def __repr__(self) -> str:
        both = f"{self.has_function.sum()} with function, {self.has_structure.sum()} with structure"
        known = f", knows {', '.join(self.covariates)}" if self.covariates else ""
        return f"Cohort({len(self)} scans of {self.n_subjects} subjects, {self.n_regions} regions, {both}{known})"

    @property
    def n_regions(self) -> int:
        """Number of regions R."""
        return self.regions.n

    @property
    def n_subjects(self) -> int:
        """Number of different subjects."""
        return len(np.unique(self.subject))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(S,) int64 array: samples of each scan, 0 where function is missing."""
        return np.diff(self.pointer)

    @property
    def has_function(self) -> NDArray[np.bool_]:
        """(S,) bool array."""
        return np.asarray(self.lengths > 0)

    @property
    def has_structure(self) -> NDArray[np.bool_]:
        """(S,) bool array."""
        return np.asarray(self.structure_of >= 0)

    @cached_property
    def digest(self) -> str:
        """Digest of everything but the notes. Reads all of it."""
        columns = (self.subject, self.session, self.pointer, self.structure_of, dict(self.covariates))
        rows = [digest(self.scan(s)) for s in range(len(self)) if self.lengths[s]]
        matrices = [] if self.structure is None else [digest(np.asarray(w)) for w in self.structure]
        return digest("Cohort", self.regions.digest, *columns, self.dt_s, rows, matrices)

    def named(self, s: int) -> str:
        """Name a scan for a message: its row, its subject, its session."""
        session = f", session {str(self.session[s])!r}" if self.session[s] else ""
        return f"scan {s} (subject {str(self.subject[s])!r}{session})"

    def scan(self, s: int) -> NDArray[Any]:
        """Regional signals of one scan, (T, R); a view. Raises DataError where function is missing."""
        s = range(len(self))[s]
        if self.series is None or not self.lengths[s]:
            raise DataError(f"{self.named(s)} has no function. Ask `has_function` first.")
        return self.series[self.pointer[s] : self.pointer[s + 1]]

    def matrix(self, s: int) -> NDArray[Any]:
        """Structure of one scan, (R, R) ``[src, dst]``; a view. Raises DataError where it is missing."""
        s = range(len(self))[s]
        if self.structure is None or self.structure_of[s] < 0:
            raise DataError(f"{self.named(s)} has no structure. Ask `has_structure` first.")
        return cast(NDArray[Any], self.structure[self.structure_of[s]])

    def covariate(self, name: str) -> NDArray[Any]:
        """(S,) column of the covariates; an unknown name is an error that lists the known ones."""
        from interplay._core.errors import unknown_name

        if name not in self.covariates:
            raise DataError(unknown_name("covariate", name, self.covariates))
        return self.covariates[name]

    def take(self, scans: ArrayLike) -> Cohort:
        """Keep some scans, in the order given.

        Parameters
        ----------
        scans : (K,) ints or (S,) bools

        Returns
        -------
        Cohort
            Signals are copied where the kept scans do not stand side by side; structure is shared.
        """
        rows = np.asarray(scans)
        if rows.dtype == bool:
            rows = np.flatnonzero(Shapes(S=len(self)).array("scans", rows, "S", "bool"))
        rows = Shapes().array("scans", rows, "K", "int")
        require_ids("scans", rows, len(self), "S")
        side_by_side = len(rows) > 0 and bool((np.diff(rows) == 1).all())
        series = None
        if self.series is not None and self.lengths[rows].any():
            whole = slice(self.pointer[rows[0]], self.pointer[rows[-1] + 1])
            series = self.series[whole] if side_by_side else np.concatenate([self._rows(s) for s in rows])
        return replace(
            self,
            subject=self.subject[rows],
            session=self.session[rows],
            series=series,
            pointer=np.concatenate([[0], np.cumsum(self.lengths[rows])]),
            structure_of=self.structure_of[rows],
            covariates={k: v[rows] for k, v in self.covariates.items()},
        )

    def _rows(self, s: int) -> NDArray[Any]:
        assert self.series is not None
        return self.series[self.pointer[s] : self.pointer[s + 1]]

    def select(self, regions: Iterable[int]) -> Cohort:
        """Keep some regions, in the order given; copies."""
        kept = np.asarray(list(regions), dtype=np.int64)
        require_ids("regions", kept, self.n_regions, "R")
        return replace(
            self,
            regions=self.regions.select(kept),
            series=None if self.series is None else self.series[:, kept],
            structure=None if self.structure is None else self.structure[:, kept][:, :, kept],
        )

    def only(self, modality: str) -> Cohort:
        """Leave one modality out: keep the "function" or the "structure" of the scans that have it."""
        if modality not in ("function", "structure"):
            raise DataError(f"`modality` must be 'function' or 'structure', got {modality!r}.")
        if not (self.has_function if modality == "function" else self.has_structure).any():
            raise DataError(f"`modality` must be one that a scan has: no scan has {modality}. Keep the other one.")
        if modality == "function":
            kept = self.take(self.has_function)
            return replace(kept, structure=None, structure_of=None)  # type: ignore[arg-type]
        kept = self.take(self.has_structure)
        return replace(kept, series=None, pointer=None)  # type: ignore[arg-type]

    def split(self, *, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> CohortSplit:
        """Split by subject: all scans of a subject go to one side.

        Parameters
        ----------
        validation, test : float, in [0, 1), together < 1
            Shares of the subjects, rounded to whole ones; at least one each where not 0.
        seed : int, >= 0

        Returns
        -------
        CohortSplit

        Raises
        ------
        DataError
            If a share is out of range, or no subject is left to train on.
        """
        if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
            raise DataError(f"`validation` and `test` must be shares that leave something, got {validation}, {test}.")
        who, number = np.unique(self.subject, return_inverse=True)
        sizes = [max(1, round(share * len(who))) if share else 0 for share in (validation, test)]
        if sum(sizes) >= len(who):
            raise DataError(f"a split needs more subjects than {len(who)}: {sizes[0]} and {sizes[1]} are held out.")
        order = stream(seed, "cohort", "split").permutation(len(who))
        side = np.zeros(len(who), np.int64)
        side[order[: sizes[0]]] = 1
        side[order[sizes[0] : sum(sizes)]] = 2
        train, watch, held = (np.flatnonzero(side[number] == k) for k in range(3))
        return CohortSplit(train, watch, held)


def _view(name: str, value: ArrayLike, n_axes: int, n_regions: int) -> NDArray[Any]:
    """Keep a view of an array of real numbers whose last axes are regions; its values are not read if it is mapped."""
    mapped = _is_mapped(value)
    array = np.asarray(value)
    samples = n_axes == 3 or name.startswith("series")
    regional = array.shape[1:] if samples else array.shape
    if array.dtype.kind not in "iuf" or array.ndim != n_axes or any(size != n_regions for size in regional):
        wanted = {"series": "(samples, R)"}.get(name.split("[")[0], "(M, R, R)" if n_axes == 3 else "(R, R)")
        raise DataError(
            f"`{name}` must be {wanted} numbers over the R={n_regions} regions of the atlas, got shape {array.shape} "
            f"of {array.dtype}. Use the atlas of the data, or put the regions in its order."
        )
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    if not mapped and np.isinf(array).any():
        where = tuple(int(k) for k in np.argwhere(np.isinf(array))[0])
        raise DataError(
            f"`{name}` must not be infinite: {name}{list(where)}={array[where]}. Use NaN for missing regions."
        )
    view = array.view()
    view.flags.writeable = False
    return view


def _is_mapped(value: Any) -> bool:
    """Tell an array that lies in a file, or is a view of one that does."""
    while isinstance(value, np.ndarray):
        if isinstance(value, np.memmap):
            return True
        value = value.base
    return False


def _covariate(name: str, value: ArrayLike, n: int) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "Ubiuf" or array.shape != (n,):
        raise DataError(
            f"covariate `{name}` must be (S={n},) numbers or texts, got shape {array.shape} of {array.dtype}."
        )
    view = array.view()
    view.flags.writeable = False
    return view


def _require_once(subject: NDArray[np.str_], session: NDArray[np.str_]) -> None:
    pairs, counts = np.unique(np.stack([subject, session], axis=1), axis=0, return_counts=True)
    if (counts > 1).any():
        k = int(np.argmax(counts > 1))
        raise DataError(
            f"a subject's scans must differ in `session`: {str(pairs[k, 0])!r}, session {str(pairs[k, 1])!r}, is given "
            f"{counts[k]} times. Name the sessions apart."
        )
