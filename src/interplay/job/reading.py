"""The read-out stage: what is read out, in which windows, and from which vectors.

An animal changes what it does within seconds, and a network needs a minute to be told from chance. So a read-out may
use windows of its own: the network's, where the behaviour is slow enough, or shorter ones.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots, windows
from interplay.job.choices import fits_lag
from interplay.job.inference import infer_network
from interplay.job.plan import Plan
from interplay.job.representation import Representation, WindowVectors
from interplay.stats import readout, window_target
from interplay.stats.decoders import Decoder
from interplay.stats.results import ReadoutResult, WindowTarget
from interplay.stats.target import How

#: A position can be read out in two ways; both are shown.
_POSITION: tuple[How, ...] = ("end", "moving")
#: Lengths tried after the network's own, s, and how many windows of each class (or with a number, in all) are enough.
_SHORTER_S = (20.0, 10.0, 5.0, 2.0)
_ENOUGH_PER_CLASS, _ENOUGH = 20, 60
#: Steps of a window that a decoder has at least.
_LEAST_STEPS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """One target of a read-out, in the windows that were chosen for it.

    Attributes
    ----------
    target : WindowTarget
    note : str
        What was chosen, and why.
    """

    target: WindowTarget
    note: str


def ask(plan: Plan, recording: Recording, bounds: NDArray[np.float64]) -> tuple[Asked, ...]:
    """Say what is read out, and in which windows.

    Parameters
    ----------
    plan : Plan
        With a behaviour.
    recording : Recording
    bounds : (S, 2) float64 array, s
        The network's own windows.

    Returns
    -------
    tuple of Asked
        One per target. With ``target="auto"`` a position gives two: the end of the track, and rest versus run; one that
        has too few windows is left out if the other stands.

    Raises
    ------
    ConfigError, DataError
        As `window_target` does.
    """
    found, refused = [], []
    for how in targets(plan, recording):
        try:
            target, note = choose_windows(plan, recording, bounds, how)
            found.append(Asked(target=target, note=note))
        except DataError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return tuple(found)


class Reading:
    """What a run reads out, and the networks in those windows: the run's own, or inferred once in shorter ones.

    Parameters
    ----------
    plan : Plan
        With a behaviour.
    recording : Recording
    every : Snapshots
        All measured pairs.
    network : Snapshots
        The edges that passed the threshold, in the same windows.
    jobs : int, >= 1

    Raises
    ------
    ConfigError, DataError
        As `ask` does.
    """

    def __init__(self, plan: Plan, recording: Recording, every: Snapshots, network: Snapshots, *, jobs: int) -> None:
        self.plan, self.recording, self.every, self.network, self.jobs = plan, recording, every, network, jobs
        self.asked = ask(plan, recording, network.bounds)
        self._short: dict[str, Snapshots] = {}

    @property
    def digest(self) -> str:
        """Digest of everything that is read from."""
        return digest(self.every.digest, self.network.digest, self.recording.digest)

    @property
    def where(self) -> str:
        """Digest of the windows that are read out of."""
        return digest([(one.target.bounds, one.target.usable) for one in self.asked])

    def are_own(self, bounds: NDArray[np.float64]) -> bool:
        """Tell whether these are the windows of the run's network."""
        return np.array_equal(bounds, self.network.bounds)

    def other_windows(self) -> list[NDArray[np.float64]]:
        """Give the windows that are not the network's own, each set once."""
        other = {digest(one.target.bounds): one.target.bounds for one in self.asked}
        return [bounds for bounds in other.values() if not self.are_own(bounds)]

    def usable(self, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which of these windows some target is read out of; all where none is.

        Parameters
        ----------
        bounds : (S, 2) float64 array, s
        """
        masks = [one.target.usable for one in self.asked if np.array_equal(one.target.bounds, bounds)]
        return np.any(masks, axis=0) if masks else np.ones(len(bounds), dtype=bool)

    def pairs(self, bounds: NDArray[np.float64]) -> Snapshots:
        """Give all pairs in these windows; the shorter ones are not tested, for surrogates of seconds say nothing.

        Parameters
        ----------
        bounds : (S, 2) float64 array, s
        """
        if self.are_own(bounds):
            return self.every
        key = digest(bounds)
        if key not in self._short:
            length = float(np.diff(bounds[0])[0])
            short = self.plan.model_copy(update={"window_s": length, "step_s": length / 2, "surrogates": 0})
            self._short[key] = infer_network(short, self.recording, jobs=self.jobs).snapshots
        return self._short[key]

    def read(
        self, representation: Representation | None = None, *, progress: Progress | None = None
    ) -> tuple[tuple[ReadoutResult, ...], tuple[ReadoutResult, ...]]:
        """Read the behaviour out of the networks and their embeddings, beside every baseline.

        Parameters
        ----------
        representation : Representation or None
            Adds rows of the embedding.
        progress : callable or None

        Returns
        -------
        folds : tuple of ReadoutResult
            One per target that has enough windows, over blocks of time; embeddings have seen all windows, no labels.
        later : tuple of ReadoutResult
            The same where model and decoder were trained on the past and scored on what comes later; none without
            embeddings, or where the past or the rest holds too little.

        Raises
        ------
        ConfigError, DataError
            As `readout` does.
        """
        folds, later, refused = [], [], []
        for k, one in enumerate(self.asked):
            embedded = None if representation is None else representation.vectors(one.target.bounds)
            pairs = self._vectors(one.target.bounds)
            rows = pairs | _rows(representation, embedded, one.target.usable, past=False)
            try:
                folds.append(self._read(one, rows, _part(progress, 2 * k, 2 * len(self.asked))))
            except DataError as error:
                refused.append(error)
                continue
            if embedded is None or embedded.past is None:
                continue
            rows = pairs | _rows(representation, embedded, one.target.usable, past=True)
            step = _part(progress, 2 * k + 1, 2 * len(self.asked))
            try:
                later.append(self._read(one, rows, step, embedded.until_s))
            except DataError as error:
                note = f"Nothing was scored on what comes after a training on the past: {error}"
                folds[-1] = replace(folds[-1], notes=(*folds[-1].notes, note))
        if not folds:
            raise refused[0]
        return tuple(folds), tuple(later)

    def _vectors(self, bounds: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
        """Give what the network itself says of each window."""
        vectors = {"all pairs": edge_matrix(self.pairs(bounds))}
        if self.are_own(bounds) and len(self.network.src) < len(self.every.src):
            kind = "significant" if self.plan.threshold == "significant" else "strongest"
            vectors[f"{kind} edges"] = edge_matrix(self.network)
        return vectors

    def _read(
        self, asked: Asked, rows: dict[str, NDArray[Any]], progress: Progress | None, until: float | None = None
    ) -> ReadoutResult:
        bounds = asked.target.bounds
        decoders, papers = self._decoders(bounds)
        result = readout(
            rows,
            asked.target,
            recording=self.recording,
            snapshots=self.network if self.are_own(bounds) else self.pairs(bounds),
            n_folds=self.plan.folds,
            permutations=self.plan.permutations,
            seed=self.plan.seed,
            train_until=until,
            decoders=decoders,
            decoder_nulls=self.plan.decoder_nulls,
            progress=progress,
        )
        return replace(
            result, notes=(asked.note, *result.notes, *self._unread()), citations=(*result.citations, *papers)
        )

    def _decoders(self, bounds: NDArray[np.float64]) -> tuple[dict[str, Decoder], tuple[str, ...]]:
        """Give the decoder by its name, and the papers behind it; nothing where there is none."""
        if self.plan.decoder == "none" or self.recording.events is None:
            return {}, ()
        from interplay.spiking.nets import SpikingDecoder

        # Windows of a few steps only, if somebody asks for them, are cut finer.
        step_s = min(SpikingDecoder.step_s, float(np.diff(bounds, axis=1).min()) / _LEAST_STEPS)
        decoder = SpikingDecoder(step_s=step_s, seed=self.plan.seed)
        return {"spiking network": decoder.of(self.recording.events, bounds)}, decoder.rule.citations

    def _unread(self) -> tuple[str, ...]:
        if self.plan.decoder == "none" or self.recording.events is not None:
            return ()
        return ("The recording holds no spikes, so there is no spiking decoder.",)


def targets(plan: Plan, recording: Recording) -> tuple[How, ...]:
    """Say which targets a plan asks for."""
    if plan.target != "auto":
        return (cast("How", plan.target),)
    series = recording.behavior.get(plan.behavior or "")
    if series is None or plan.behavior in recording.epochs:
        return ("auto",)
    return _POSITION if series.n_channels in (2, 3) or "position" in str(plan.behavior).lower() else ("auto",)


def require_target(plan: Plan, recording: Recording) -> None:
    """Refuse a behaviour that the recording does not carry, or a target that does not fit it, before hours of work.

    Parameters
    ----------
    plan : Plan
        Resolved.
    recording : Recording

    Raises
    ------
    ConfigError
        As `window_target` does. Whether enough windows can be read out is decided later.
    """
    if plan.behavior is None:
        return
    assert plan.window_s is not None
    assert plan.step_s is not None
    bounds = windows(recording.observed, plan.window_s, plan.step_s)
    for how in targets(plan, recording):
        with suppress(DataError):
            window_target(recording, bounds, plan.behavior, how=how)


def choose_windows(plan: Plan, recording: Recording, bounds: NDArray[np.float64], how: How) -> tuple[WindowTarget, str]:
    """Take the longest windows in which the target has enough windows per class.

    Parameters
    ----------
    plan : Plan
        A `readout_window_s` decides.
    recording : Recording
    bounds : (S, 2) float64 array, s
        The network's own windows.
    how : str
        The target's rule.

    Returns
    -------
    target : WindowTarget
    note : str
        What was chosen, and why.

    Raises
    ------
    DataError
        If the target has too few windows at every length.
    """
    assert plan.behavior is not None
    own = float(np.diff(bounds[0])[0])
    asked = plan.readout_window_s
    lengths = (asked,) if asked is not None else (own, *(s for s in _SHORTER_S if s < own and fits_lag(plan, s)))
    found: list[tuple[int, float, WindowTarget]] = []
    refusal: DataError | None = None
    for length in lengths:
        try:
            cut = bounds if length == own else windows(recording.observed, length, length / 2)
            target = window_target(recording, cut, plan.behavior, how=how)
        except DataError as error:
            refusal = refusal or error
            continue
        smallest = min(target.counts().values()) if target.classes else target.n_usable
        found.append((smallest, length, target))
        if smallest >= (_ENOUGH_PER_CLASS if target.classes else _ENOUGH):
            break
    if not found:
        assert refusal is not None
        raise refusal
    _, length, target = max(found, key=lambda row: row[0])
    reason = (
        "as asked" if asked is not None else "the network's own" if length == own else "shorter, for enough of each"
    )
    return target, f"Read out in windows of {length:g} s ({reason}); the network's windows are {own:g} s."


def _rows(
    representation: Representation | None, vectors: WindowVectors | None, usable: NDArray[np.bool_], *, past: bool
) -> dict[str, NDArray[Any]]:
    """Give the vectors of each seed, (K, S, .): the mean over present units, and all units side by side."""
    if representation is None or vectors is None:
        return {}
    found = vectors.past if past else vectors.everything
    assert found is not None
    units = np.asarray(found, dtype=np.float64)
    present = vectors.present.sum(axis=1)
    rows = {}
    if (present[usable] > 0).all():  # windows that are not read out may be silent: their vectors are not read
        weight = vectors.present / np.maximum(present, 1)[:, None]
        rows[f"{representation.label}, mean over units"] = np.einsum("ksnd,sn->ksd", units, weight)
    return rows | {f"{representation.label}, units": units.reshape(*units.shape[:2], -1)}


def edge_matrix(snapshots: Snapshots) -> NDArray[np.float64]:
    """Give one row per window, one column per pair that has an edge in some window; 0 where it has none.

    Parameters
    ----------
    snapshots : Snapshots

    Returns
    -------
    (S, P) float64 array
    """
    pair = snapshots.src * snapshots.n_nodes + snapshots.dst
    known, column = np.unique(pair, return_inverse=True)
    out = np.zeros((len(snapshots), len(known)))
    out[snapshots.snapshot, column] = snapshots.weight
    return out


def _part(progress: Progress | None, k: int, parts: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(k * total + done, parts * total)
