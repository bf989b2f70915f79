"""The recordings on which representations are held against each other, and what is asked of each.

Every window, node and network is chosen by a rule that looks at no label; what is fitted is chosen on seeds 0 and 1 of
the simulated recordings only.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

import interplay as ip
from benchmarks.quality.shifted_recordings import DATA
from interplay._core.rng import uniform
from interplay.data import Recording, Snapshots, windows
from interplay.infer import SpikeTiling, proportional
from interplay.loop import Budget, Dish, play
from interplay.spiking import Assemblies
from interplay.stats import window_target
from interplay.stats.results import WindowTarget

#: Strongest pairs that make the network of a window: windows of seconds are too short to test pairs in.
DENSITY = 0.1
#: Share of the windows that an inductive method is trained on, the first ones.
PREFIX = 0.6

CASES = ("structure", "rat", "college", "dish_real", "dish_simulated")
#: Cases that are simulated anew for every seed; of the others there is one recording.
SIMULATED = ("structure", "dish_simulated")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One recording, its networks, and the questions.

    Parameters
    ----------
    name : str
    snapshots : Snapshots
    recording : Recording or None
        None for networks that were observed as such.
    targets : mapping of str to WindowTarget
        What a window should tell.
    groups : tuple of (windows, group) pairs
        (T,) bool and (N,) array: what the nodes should fall into, and in which windows.
    """

    name: str
    snapshots: Snapshots
    recording: Recording | None = None
    targets: dict[str, WindowTarget] = field(default_factory=dict)
    groups: tuple[tuple[np.ndarray, np.ndarray], ...] = ()

    @property
    def n_train(self):
        return int(PREFIX * len(self.snapshots))

    @property
    def train_until(self):
        """When the last window of the prefix ends, s."""
        return float(self.snapshots.bounds[self.n_train - 1, 1])


@lru_cache(maxsize=2)
def load(name, seed):
    """Give a case; None where its files are not there. `seed` chooses among simulated recordings."""
    return _LOADERS[name](seed)


def structural(seed):
    """Four networks take turns; nothing else changes: one rate for all units, equal assemblies, no recruitment."""
    stays = np.cumsum(np.round(8.0 + 8.0 * uniform(seed, "stay", np.arange(60))))
    return Assemblies(
        n_units=60, n_assemblies=2, duration_s=240.0, change_s=tuple(stays[stays <= 236.0]), moved=0.5, recurring=4,
        rate_hz=(5.0, 5.0), coupling=0.6, recruit=0.0, calibration_s=600, seed=seed,
    )  # fmt: skip


def _structure(seed):
    culture = structural(seed)
    recording = culture.simulate()
    # 2 s hold ten spikes of a unit: so little that one window does not suffice, on purpose.
    snapshots = _network(recording, 2.0, lag_s=0.02)
    target = window_target(recording, snapshots.bounds, "regime")
    member, which = culture.wiring().membership, culture.regimes().label
    groups = tuple(
        (target.values == k, member[int(np.argmax(which == label))]) for k, label in enumerate(target.classes)
    )
    return Case(name="structure", snapshots=snapshots, recording=recording, targets={"state": target}, groups=groups)


def _rat(seed):
    path = DATA / "rat_linear_track" / "linear_track.nwb"
    if not path.exists():
        return None
    recording = ip.load(path)
    every = _network(recording, 10.0)
    targets = _rat_targets(recording, every)
    # The session goes on long after the last run; what follows has no label, so a prefix of it would hold them all.
    labelled = np.flatnonzero(np.any([target.usable for target in targets.values()], axis=0))
    snapshots = every.take(range(labelled[0], labelled[-1] + 1))
    targets = _rat_targets(recording, snapshots)
    return Case(name="rat", snapshots=snapshots, recording=recording, targets=targets)


def _rat_targets(recording, snapshots):
    return {
        name: window_target(recording, snapshots.bounds, "position", how=how)
        for name, how in (("end of track", "end"), ("rest or run", "moving"))
    }


def _dish_simulated(seed):
    dish = Dish(record=True, record_channels=64)
    recording = play(dish, budget=Budget(rallies=None, seconds=600.0), seed=seed).recording
    return _dish("dish_simulated", recording, "phase")


def _dish_real(seed):
    if not (DATA / "dish" / "spikes.bin").exists():
        return None
    recording = ip.load(DATA / "dish").window(0.0, 600.0)
    # The first ten minutes; channels on the map, of at least 0.25 Hz in the prefix: silent ones have no network in 5 s.
    until = PREFIX * 600.0
    enough = recording.events.window(0.0, until).counts() >= 0.25 * until
    recording = recording.select(np.flatnonzero(enough & (recording.units.group != "")))
    return _dish("dish_real", recording, "pauses")


def _dish(name, recording, epochs):
    snapshots = _network(recording, 5.0)
    target = window_target(recording, snapshots.bounds, epochs)
    every = np.ones(len(snapshots), bool)
    return Case(
        name=name,
        snapshots=snapshots,
        recording=recording,
        targets={"phase": target},
        groups=((every, recording.units.group),),
    )


def _college(seed):
    """Weekly networks of the 200 who wrote or received in most weeks of the prefix; ties go to more messages."""
    path = DATA / "college_msg" / "CollegeMsg.txt"
    if not path.exists():
        return None
    rows = np.loadtxt(path, dtype=np.int64)
    week = 7 * 86400.0
    time = (rows[:, 2] - rows[0, 2]).astype(np.float64)
    n_weeks = int(time[-1] // week)
    owner = (time // week).astype(int)
    known, ends = np.unique(rows[:, :2], return_inverse=True)
    ends = ends.reshape(-1, 2)
    early = owner < int(PREFIX * n_weeks)
    seen = np.zeros((len(known), n_weeks), bool)
    for end in ends.T:
        seen[end[early], owner[early]] = True
    count = np.bincount(ends[early].ravel(), minlength=len(known))
    kept = np.sort(np.lexsort((-count, -seen.sum(axis=1)))[:200])
    place = np.full(len(known), -1)
    place[kept] = np.arange(len(kept))
    src, dst = place[ends].T
    inside = (src >= 0) & (dst >= 0) & (src != dst) & (owner < n_weeks)
    dense = np.zeros((n_weeks, len(kept), len(kept)))
    np.add.at(dense, (owner[inside], src[inside], dst[inside]), 1.0)
    bounds = np.column_stack([np.arange(n_weeks), np.arange(1, n_weeks + 1)]) * week
    return Case(
        name="college", snapshots=Snapshots.from_dense(dense + dense.transpose(0, 2, 1), bounds, directed=False)
    )


def _network(recording, window_s, **settings):
    """Give the networks of disjoint windows; windows in which no pair of units can be measured are left out."""
    bounds = windows(recording.observed, window_s, window_s)
    found = proportional(SpikeTiling(bounds=bounds, **settings).fit(recording).snapshots, DENSITY)
    return found.take(np.flatnonzero(np.diff(found.pointer) > 0))


_LOADERS = {
    "structure": _structure,
    "rat": _rat,
    "dish_simulated": _dish_simulated,
    "dish_real": _dish_real,
    "college": _college,
}
