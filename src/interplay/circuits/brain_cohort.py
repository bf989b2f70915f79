"""A simulated cohort whose truth is known: who differs, in what, and where it can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.circuits.brain_dynamics import simulate_linear_noise, simulate_phases
from interplay.data import Cohort, Units

Effect = Literal["function", "structure", "both"]
Dynamics = Literal["linear_noise", "kuramoto"]
Floats = NDArray[np.float64]
#: Largest eigenvalue of a coupling; from 1 on the dynamics do not settle.
_LARGEST = 0.95


@dataclass(frozen=True, kw_only=True)
class CohortSimulation:
    """Settings of a simulated cohort.

    Two causes stand behind every subject's age. The first strengthens the coupling inside the first network while the
    scan runs: no trace in structure. The second strengthens the edges between the two networks that are most strongly
    joined in the structure that is measured, while the dynamics go on without it (as if something compensated): no
    trace in function. Two more causes of the same kinds, inside the fourth network and between the next two networks,
    stand behind the group. `effect` says whether age and group follow the causes in function, in structure, or the sum
    of both.

    Parameters
    ----------
    n_subjects : int, >= 2
    n_regions : int, >= 2 `n_networks`
    n_networks : int, >= 2
        Planted groups of regions, of nearly equal size; with fewer than five the causes share networks, in turn.
    times : int, samples, >= 2
    dt_s : float, s, > 0
    tau_s : float, s, > 0
        Pace of linear noise: what a region does is forgotten by e in this time.
    sessions : {1, 2}
        With two, "before" and "after": in the second the coupling inside the last network is multiplied by `change`.
    change : float, > 0
    effect : {"function", "structure", "both"}
    strength : float, in [0, 1)
        Couplings and edges are multiplied by 1 + strength cause / sqrt(3): evenly from 1 - strength to 1 + strength, as
        causes are uniform with mean 0 and variance 1.
    residual : float, >= 0
        Standard deviation of what else moves age and group, in units of their causes' own.
    individual : float, >= 0
        Standard deviation of the logarithm of each subject's own factor per edge, in structure and dynamics alike.
    gain : float, in (0, 1)
        Of the coupling: largest eigenvalue of the mean subject's. A scan whose causes would drive it beyond 0.95 is
        scaled down to that, as a whole; the notes count them.
    shared : float, in [0, 1)
        Share of the noise that the regions of one network have in common (linear noise): what makes them go together.
    dynamics : {"linear_noise", "kuramoto"}
    noise : float, >= 0
        Standard deviation of the measurement, relative to each region's own.
    connectome : (n_regions, n_regions) float array or None
        Symmetric, without negative entries; None draws one.
    without_function, without_structure : float, in [0, 1), together <= 1
        Shares of subjects that lack a modality.
    missing : float, in [0, 1)
        Chance that a region is missing from a scan.
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    n_subjects: int = 120
    n_regions: int = 40
    n_networks: int = 5
    times: int = 120
    dt_s: float = 1.0
    tau_s: float = 3.0
    sessions: int = 1
    change: float = 0.5
    effect: Effect = "both"
    strength: float = 0.5
    residual: float = 0.3
    individual: float = 0.2
    gain: float = 0.55
    shared: float = 0.4
    dynamics: Dynamics = "linear_noise"
    noise: float = 0.3
    connectome: Any = None
    without_function: float = 0.0
    without_structure: float = 0.0
    missing: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        require_setting("n_subjects", self.n_subjects, least=2, whole=True)
        require_setting("n_networks", self.n_networks, least=2, whole=True)
        require_setting("n_regions", self.n_regions, least=2 * self.n_networks, whole=True)
        require_setting("times", self.times, least=2, whole=True)
        for name in ("dt_s", "tau_s", "change"):
            require_setting(name, getattr(self, name), above=0)
        require_setting("sessions", self.sessions, least=1, most=2, whole=True)
        for name in ("residual", "individual", "noise"):
            require_setting(name, getattr(self, name), least=0)
        require_setting("gain", self.gain, above=0, below=1)
        for name in ("strength", "shared", "without_function", "without_structure", "missing"):
            require_setting(name, getattr(self, name), least=0, below=1)
        require_setting("seed", self.seed, least=0, whole=True)
        if self.without_function + self.without_structure > 1:
            raise ConfigError("`without_function` and `without_structure` must not be more than 1 together.")
        for name, valid in (("effect", Effect), ("dynamics", Dynamics)):
            if getattr(self, name) not in get_args(valid):
                raise ConfigError(unknown_name(f"`{name}`", str(getattr(self, name)), get_args(valid)))

    def run(self) -> Cohort:
        """Draw the cohort.

        Returns
        -------
        Cohort
            `regions.group` names the planted networks; covariates are "age" (years), "group" ("a" or "b"), and the
            standardised causes "cause_function" and "cause_structure" of the age.

        Raises
        ------
        DataError
            If the connectome does not fit.
        """
        network = np.arange(self.n_regions) * self.n_networks // self.n_regions
        base = self._base(network)
        joined = most_joined(base, network)
        drive = np.where(network[:, None] == network, self.shared, 0.0) + (1 - self.shared) * np.eye(self.n_regions)
        causes = stream(self.seed, "cohort", "causes").uniform(-np.sqrt(3), np.sqrt(3), (self.n_subjects, 4))
        factor = 1 + self.strength * causes / np.sqrt(3)
        age, group = self._traits(causes)
        lacks = self._lacks()
        held = 0
        series: list[Floats | None] = []
        matrices: list[Floats | None] = []
        for s in range(self.n_subjects):
            own = base * self._own_factor(s)
            coupled = _times(own, network, self._inside(0), self._inside(0), factor[s, 0])
            coupled = _times(coupled, network, self._inside(3), self._inside(3), factor[s, 2])
            seen = _times(own, network, *joined[0], factor[s, 1])
            seen = _times(seen, network, *joined[1 % len(joined)], factor[s, 3])
            for visit in range(self.sessions):
                last = self.n_networks - 1
                now = _times(coupled, network, last, last, self.change) if visit else coupled
                largest = float(np.linalg.eigvalsh(now).max())
                if largest > _LARGEST:
                    now, held = now * (_LARGEST / largest), held + 1
                series.append(None if lacks[s] == 1 else self._scan(now, drive, s, visit))
                matrices.append(None if lacks[s] == 2 else seen)
        who = [f"sub-{s + 1:04d}" for s in range(self.n_subjects) for _ in range(self.sessions)]
        when = (["before", "after"] if self.sessions == 2 else [""]) * self.n_subjects
        notes: tuple[str, ...] = ("simulated",)
        if held:
            notes += (
                f"the coupling of {held} scans was scaled down as a whole, to a largest eigenvalue of {_LARGEST}",
            )
        columns = {
            "age": age,
            "group": group,
            "cause_function": causes[:, 0],
            "cause_structure": causes[:, 1],
        }
        first = np.searchsorted(network, network)  # of each region's network
        names = np.array([f"net{network[r] + 1}_{r - first[r] + 1}" for r in range(self.n_regions)])
        return Cohort.of(
            series,
            regions=Units(n=self.n_regions, id=names, group=np.array([f"net{k + 1}" for k in network])),
            subject=who,
            session=when,
            structure=matrices,
            dt_s=self.dt_s,
            covariates={name: np.repeat(column, self.sessions) for name, column in columns.items()},
            notes=notes,
        )

    def _inside(self, k: int) -> int:
        return k % self.n_networks

    def _base(self, network: NDArray[np.int64]) -> Floats:
        """Give the mean subject's coupling: evened out over regions, its largest eigenvalue `gain`."""
        if self.connectome is None:
            found = draw_connectome(network, seed=self.seed)
        else:
            found = _given(self.connectome, self.n_regions)
        # Without this one strong network would carry the largest eigenvalue, and a cause inside it make it unstable.
        root = np.sqrt(found.sum(axis=1))
        root = np.where(root > 0, root, 1.0)
        # By the product, which is the same both ways round: divided twice, the last digit would have a direction.
        even = found / np.outer(root, root)
        return np.asarray(even * (self.gain / float(np.linalg.eigvalsh(even).max())))

    def _own_factor(self, s: int) -> Floats:
        drawn = np.triu(stream(self.seed, "cohort", "own", s).standard_normal((self.n_regions, self.n_regions)), 1)
        return np.asarray(np.exp(self.individual * (drawn + drawn.T)))

    def _traits(self, causes: Floats) -> tuple[Floats, NDArray[np.str_]]:
        rng = stream(self.seed, "cohort", "traits")
        found = []
        for function, structure in ((0, 1), (2, 3)):
            both = (causes[:, function] + causes[:, structure]) / np.sqrt(2)
            cause = {"function": causes[:, function], "structure": causes[:, structure], "both": both}[self.effect]
            found.append(cause + self.residual * rng.standard_normal(self.n_subjects))
        return 50.0 + 15.0 * found[0], np.where(found[1] > 0, "b", "a")

    def _lacks(self) -> NDArray[np.int64]:
        """Say of every subject what is missing: 0 nothing, 1 function, 2 structure."""
        order = stream(self.seed, "cohort", "lacks").permutation(self.n_subjects)
        first, second = (round(share * self.n_subjects) for share in (self.without_function, self.without_structure))
        out = np.zeros(self.n_subjects, np.int64)
        out[order[:first]], out[order[first : first + second]] = 1, 2
        return out

    def _scan(self, coupling: Floats, drive: Floats, s: int, visit: int) -> Floats:
        rng = stream(self.seed, "cohort", "scan", s, visit)
        if self.dynamics == "kuramoto":
            x = simulate_phases(coupling, self.times, rng, dt_s=self.dt_s)
        else:
            x = simulate_linear_noise(coupling, self.times, rng, dt_s=self.dt_s, tau_s=self.tau_s, drive=drive)
        x = np.asarray(x + self.noise * x.std(axis=0) * rng.standard_normal(x.shape))
        gone = rng.random(self.n_regions) < self.missing
        gone[int(rng.integers(self.n_regions))] = False
        x[:, gone] = np.nan
        return x


def simulate_cohort(**settings: Any) -> Cohort:
    """Draw a cohort whose truth is known; the settings are those of `CohortSimulation`.

    Parameters
    ----------
    **settings
        Fields of `CohortSimulation`.

    Returns
    -------
    Cohort

    Examples
    --------
    >>> simulate_cohort(n_subjects=3, n_regions=10, times=20, seed=1).n_regions
    10
    """
    from dataclasses import fields

    known = [f.name for f in fields(CohortSimulation)]
    for name in settings:
        if name not in known:
            raise ConfigError(unknown_name("setting", name, known))
    return CohortSimulation(**settings).run()


def draw_connectome(network: ArrayLike, *, density: float = 0.3, reach: float = 0.6, seed: int = 0) -> Floats:
    """Draw a connectome: networks lie together in space, near regions are joined more, weights are log-normal.

    Parameters
    ----------
    network : (R,) int array
        Planted groups.
    density : float, in (0, 1]
        Share of pairs that are joined; every region keeps its strongest edge.
    reach : float, > 0
        Distance over which weights fall by e, in units of the spread of the networks' centres.
    seed : int, >= 0

    Returns
    -------
    (R, R) float64 array
        Symmetric, zero diagonal, no negative entry.
    """
    group = np.asarray(Shapes().array("network", network, "R", "int"))
    require_setting("density", density, above=0, most=1)
    require_setting("reach", reach, above=0)
    rng = stream(seed, "connectome")
    centre = rng.standard_normal((int(group.max()) + 1, 3))
    place = centre[group] + 0.35 * rng.standard_normal((len(group), 3))
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    drawn = np.triu(rng.standard_normal(apart.shape), 1)
    weight = np.exp(-apart / reach + 0.5 * (drawn + drawn.T))
    np.fill_diagonal(weight, 0.0)
    upper = weight[np.triu_indices(len(weight), 1)]
    kept = max(1, round(density * len(upper)))
    cut = np.partition(upper, len(upper) - kept)[len(upper) - kept]
    strongest = weight >= weight.max(axis=1, keepdims=True)
    return np.asarray(np.where((weight >= cut) | strongest | strongest.T, weight, 0.0))


def most_joined(connectome: ArrayLike, network: ArrayLike) -> list[tuple[int, int]]:
    """Give the pairs of networks by the weight between them, the strongest first.

    Parameters
    ----------
    connectome : (R, R) float array
        Symmetric.
    network : (R,) int array
        From 0.

    Returns
    -------
    list of (int, int)
        The lower number first in each; all pairs of different networks. Of equal ones the lower numbers come first.
    """
    shapes = Shapes()
    matrix = shapes.array("connectome", connectome, "R R")
    group = shapes.array("network", network, "R", "int")
    n = int(group.max()) + 1
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n)]
    return sorted(pairs, key=lambda pair: -float(matrix[np.ix_(group == pair[0], group == pair[1])].sum()))


def _times(matrix: Floats, network: NDArray[np.int64], one: int, other: int, factor: float) -> Floats:
    """Multiply the entries between two networks (or inside one)."""
    block = np.outer(network == one, network == other)
    return np.where(block | block.T, factor * matrix, matrix)


def _given(connectome: ArrayLike, n_regions: int) -> Floats:
    w = np.asarray(Shapes(R=n_regions).array("connectome", connectome, "R R"), np.float64)
    if not np.array_equal(w, w.T) or (w < 0).any() or not (w > 0).any():
        raise DataError(
            "`connectome` must be symmetric with no negative and some positive entry. Take a matrix of streamlines, "
            "symmetrised."
        )
    return np.where(np.eye(n_regions, dtype=bool), 0.0, w)
