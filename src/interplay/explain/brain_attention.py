"""Attention between brain regions, by region and network, and its change between conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import digest
from interplay.data import Cohort
from interplay.explain.brain_pooling import Pooled, pool_maps, present_regions
from interplay.explain.brain_results import AttentionChange, AttentionImportance, ChangeFamily
from interplay.stats.joint_results import JointTest
from interplay.stats.joint_tests import joint_permutation_test

Floats = NDArray[np.float64]
Part = Literal["all", "positive", "negative", "size"]
Family = Literal["network", "block", "region", "edge"]
Design = Literal["auto", "paired", "independent"]


@dataclass(frozen=True, kw_only=True)
class BrainAttention:
    """Read maps of attention: which regions and networks pay it, which receive it, and where it changes.

    Parameters
    ----------
    modality : {"function", "structure"}
        What the maps were made from: says which regions a scan has.
    part : {"all", "positive", "negative", "size"}
        Of signed maps: the entries as they are, the positive ones alone (others 0), the negative ones alone (their
        size), or the size of all.
    unit : {"even", "raw"}
        With "even", maps are multiplied by the number of regions that the scan has: 1 is what attention spread evenly
        would give, however many regions are missing.
    level : float, in (0, 1)
        Of intervals and tests.

    Raises
    ------
    ConfigError
        If a word is unknown or the level out of range.

    Notes
    -----
    Maps hold in row i what region i pays to each region j. The published reading calls row sums outgoing and column
    sums incoming importance. Where rows are shares, a row sums to 1 whatever the brain does: we leave out what a region
    pays to itself, so that outgoing importance says how much it draws on others at all, and take means instead of sums,
    so that networks of different size compare.

    Attention is what a model draws on, not coupling: in simulations it rose inside the network whose coupling fell, and
    models that scale by the training scans answer to a mere change of amplitude as well; take a model that scales each
    scan by itself (`scale_by`="scan") for a change between sessions, and look at correlations beside it.

    References
    ----------
    Khajehnejad, Habibollahi, Stoliker, Razi (2025), arXiv 2506.18314, for importance by rows and columns and the design
    before and after. Nichols, Holmes (2002), Hum Brain Mapp 15:1, for the test.

    Examples
    --------
    Four regions in two networks; after, the second network hears more of itself.

    >>> from interplay.data import Units
    >>> rng = np.random.default_rng(0)
    >>> maps = np.full((12, 4, 4), 0.25) + rng.normal(0, 0.01, (12, 4, 4))
    >>> maps[1::2, 2:, 2:] += 0.1
    >>> cohort = Cohort.of(
    ...     rng.normal(size=(12, 9, 4)),
    ...     regions=Units(n=4, group=np.array(["a", "a", "b", "b"])),
    ...     subject=np.repeat(list("uvwxyz"), 2),
    ...     session=["before", "after"] * 6,
    ... )
    >>> change = BrainAttention().change(maps, cohort, first="before", second="after")
    >>> [(a, b, round(d, 1)) for a, b, d, p in change.found("block")]
    [('b', 'b', 0.4)]
    """

    modality: Literal["function", "structure"] = "function"
    part: Part = "all"
    unit: Literal["even", "raw"] = "even"
    level: float = 0.95

    def __post_init__(self) -> None:
        words = (
            ("modality", self.modality, ("function", "structure")),
            ("part", self.part, get_args(Part)),
            ("unit", self.unit, ("even", "raw")),
        )
        for name, value, valid in words:
            if value not in valid:
                raise ConfigError(unknown_name(f"`{name}`", str(value), valid))
        require_setting("level", self.level, above=0, below=1)

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("khajehnejad2025brainsymphony",)

    def importance(
        self, maps: ArrayLike, cohort: Cohort, *, condition: str = "", by: str = "session"
    ) -> AttentionImportance:
        """Give what every region and network pays and receives, subject by subject.

        Parameters
        ----------
        maps : (S, R, R) float array
            Of the scans of `cohort`, row: who attends; NaN throughout where a scan has none.
        cohort : Cohort
        condition : str
            Value of `by`; all scans where empty.
        by : str
            "session", or a covariate.

        Returns
        -------
        AttentionImportance

        Raises
        ------
        DataError
            If shapes disagree, a map is partly undefined between regions that the scan has, the condition is unknown,
            or no scan has a map.
        """
        pooled, gone = self._pooled(maps, cohort)
        rows = np.flatnonzero(
            pooled.there & (np.ones(len(cohort), bool) if not condition else _of(cohort, by, condition))
        )
        if not len(rows):
            raise DataError(f"no scan{f' of {by}={condition!r}' if condition else ''} has a map. Choose other scans.")
        pooled, subject = pooled.by_subject(rows, cohort.subject)
        return AttentionImportance(
            config=self,
            made_from=digest("attention", np.asarray(maps), cohort.subject, cohort.session, condition, by),
            notes=(*gone, *_several(rows, subject)),
            citations=self.citations,
            condition=condition,
            modality=self.modality,
            part=self.part,
            unit=self.unit,
            subject=subject,
            regions=cohort.regions.id,
            networks=cohort.regions.group,
            network_names=pooled.names,
            outgoing=pooled.outgoing,
            incoming=pooled.incoming,
            network_outgoing=pooled.network_outgoing,
            network_incoming=pooled.network_incoming,
            block=pooled.block,
            mean_map=_mean(pooled.maps),
            level=self.level,
        )

    def change(
        self,
        maps: ArrayLike,
        cohort: Cohort,
        *,
        first: str,
        second: str,
        by: str = "session",
        design: Design = "auto",
        families: tuple[Family, ...] = ("network", "block", "region"),
        resamples: int = 9999,
        seed: int = 0,
    ) -> AttentionChange:
        """Test where attention differs between two conditions.

        Parameters
        ----------
        maps, cohort
            As in `importance`.
        first, second : str
            Values of `by`.
        by : str
            "session", or a covariate of texts.
        design : {"auto", "paired", "independent"}
            Paired where at least two subjects have both conditions (the others are left out, and counted in the notes);
            independent where none has both.
        families : tuple of {"network", "block", "region", "edge"}
            What is tested; corrected over the family, not over families. Choose one before looking, or multiply by
            their number.
        resamples, seed
            As in `joint_permutation_test`.

        Returns
        -------
        AttentionChange

        Raises
        ------
        DataError
            As `importance`; also if fewer than two subjects remain on a side, or the design does not fit.
        ConfigError
            If a family is unknown, or needs networks that the atlas does not name.
        """
        _require_families(families)
        if first == second:
            raise ConfigError(f"`first` and `second` must differ, got {first!r} twice. Name two conditions.")
        pooled, gone = self._pooled(maps, cohort)
        notes = list(gone)
        families = _possible(families, pooled, notes)
        sides = [np.flatnonzero(pooled.there & _of(cohort, by, value)) for value in (first, second)]
        kind, sides = _arranged(design, sides, cohort.subject, (first, second), notes)
        (a, who), (b, other) = (pooled.by_subject(rows, cohort.subject) for rows in sides)
        for rows, subject in ((sides[0], who), (sides[1], other)):
            notes += _several(rows, subject)
        tested: dict[str, ChangeFamily] = {
            name: _tested(name, a, b, kind, level=self.level, resamples=resamples, seed=seed) for name in families
        }
        if any(not np.isfinite(t.threshold) for t in tested.values()):
            notes.append(f"so few subjects that no corrected p can be {1 - self.level:.3g} or less")
        return AttentionChange(
            config=self,
            made_from=digest("change", np.asarray(maps), cohort.subject, cohort.session, first, second, by),
            seed=seed,
            notes=tuple(dict.fromkeys(notes)),
            citations=(*self.citations, "nichols2002permutation"),
            first=first,
            second=second,
            by=by,
            design=kind,
            modality=self.modality,
            part=self.part,
            unit=self.unit,
            n_first=len(who),
            n_second=len(other),
            regions=cohort.regions.id,
            networks=cohort.regions.group,
            network_names=pooled.names,
            mean_first=_mean(a.maps),
            mean_second=_mean(b.maps),
            level=self.level,
            families=tested,
        )

    def _pooled(self, maps: ArrayLike, cohort: Cohort) -> tuple[Pooled, tuple[str, ...]]:
        shapes = Shapes(S=len(cohort), R=cohort.n_regions)
        given = np.asarray(shapes.array("maps", maps, "S R R", finite=False), dtype=np.float64)
        present = present_regions(cohort, self.modality)
        pooled = pool_maps(given, present, cohort, part=self.part, even=self.unit == "even")
        lost = len(cohort) - int(pooled.there.sum())
        return pooled, ((f"{lost} of {len(cohort)} scans have no map and were left out",) if lost else ())


def _of(cohort: Cohort, by: str, value: str) -> NDArray[np.bool_]:
    """Say which scans are of a condition."""
    column = cohort.session if by == "session" else cohort.covariate(by)
    if column.dtype.kind != "U":
        raise DataError(f"`by`={by!r} must name texts, got {column.dtype} values. Turn numbers into named classes.")
    rows: NDArray[np.bool_] = column == value
    if not rows.any():
        raise DataError(unknown_name(f"value of {by!r}", value, tuple(map(str, np.unique(column)))))
    return rows


def _arranged(
    design: str, sides: list[NDArray[np.int64]], subject: NDArray[np.str_], names: tuple[str, str], notes: list[str]
) -> tuple[Literal["paired", "independent"], list[NDArray[np.int64]]]:
    """Choose the design, and keep the scans that it can use."""
    if design not in get_args(Design):
        raise ConfigError(unknown_name("`design`", design, get_args(Design)))
    who = [np.unique(subject[rows]) for rows in sides]
    both = np.intersect1d(who[0], who[1])
    if design == "paired" or (design == "auto" and len(both) >= 2):
        if len(both) < 2:
            raise DataError(
                f"a paired test needs at least 2 subjects with maps of both {names[0]!r} and {names[1]!r}, got "
                f"{len(both)}. Add subjects, or take design='independent'."
            )
        lost = len(np.union1d(who[0], who[1])) - len(both)
        if lost:
            notes.append(f"{lost} subject{'s' if lost > 1 else ''} with one of the two conditions only left out")
        return "paired", [rows[np.isin(subject[rows], both)] for rows in sides]
    if design == "auto" and len(both):
        raise DataError(
            f"two conditions need at least 2 subjects with maps of both, or different subjects on each side; got one "
            f"({both[0]!r}) with both {names[0]!r} and {names[1]!r}. Add subjects, or leave its scans out."
        )
    if len(both):
        raise DataError(
            f"an independent test must have different subjects on both sides, got {len(both)} with both {names[0]!r} "
            f"and {names[1]!r} ({both[0]!r}). Take design='paired', or leave their scans out."
        )
    if min(map(len, who)) < 2:
        raise DataError(
            f"an independent test needs at least 2 subjects on each side, got {len(who[0])} of {names[0]!r} and "
            f"{len(who[1])} of {names[1]!r}. Add subjects."
        )
    return "independent", sides


def _tested(name: str, a: Pooled, b: Pooled, kind: Literal["paired", "independent"], **settings: Any) -> ChangeFamily:
    x, y = (_outcomes(name, side) for side in (a, b))
    shape = x.shape[1:]
    found: JointTest = joint_permutation_test(x.reshape(len(x), -1), y.reshape(len(y), -1), kind=kind, **settings)
    fields = ("difference", "low", "high", "statistic", "effect", "pvalue", "corrected", "fdr")
    return ChangeFamily(
        name=name,
        threshold=found.threshold,
        exact=found.exact,
        arrangements=len(found.null),
        **{field: getattr(found, field).reshape(shape) for field in fields},
    )


def _outcomes(name: str, side: Pooled) -> Floats:
    if name == "network":
        return np.stack([side.network_outgoing, side.network_incoming], axis=1)
    if name == "region":
        return np.stack([side.outgoing, side.incoming], axis=1)
    if name == "block":
        return side.block
    apart = side.maps.copy()
    apart[:, np.arange(apart.shape[1]), np.arange(apart.shape[1])] = np.nan
    return apart


def _require_families(families: tuple[str, ...]) -> None:
    if isinstance(families, str) or not families:
        raise ConfigError(f"`families` must be a tuple of at least one name, got {families!r}. Put it in a tuple.")
    for name in families:
        if name not in get_args(Family):
            raise ConfigError(unknown_name("`families`", str(name), get_args(Family)))


def _possible(families: tuple[Family, ...], pooled: Pooled, notes: list[str]) -> tuple[Family, ...]:
    """Leave out what needs networks where the atlas names none; an error where nothing else was asked."""
    if len(pooled.names):
        return families
    kept = tuple(name for name in families if name not in ("network", "block"))
    if not kept:
        raise ConfigError(
            f"`families` {families} need networks, but no region names one. Give `regions.group`, or take ('region',)."
        )
    if len(kept) < len(families):
        notes.append("the atlas names no networks: tested by region only")
    return kept


def _several(rows: NDArray[np.int64], subject: NDArray[np.str_]) -> tuple[str, ...]:
    return ("several scans of a subject in one condition were averaged",) if len(rows) > len(subject) else ()


def _mean(maps: Floats) -> Floats:
    known = np.isfinite(maps).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(known > 0, np.where(np.isfinite(maps), maps, 0.0).sum(axis=0) / np.maximum(known, 1), np.nan)
