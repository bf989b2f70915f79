"""The represent stage: train a model on the networks over time, embed them, and hold it against what is trivial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.data import Recording, Snapshots, TemporalGraph
from interplay.infer.results import NetworkResult
from interplay.job.embeddable import Embeddable, embeddable
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.reading import Reading
from interplay.job.region_performance import alignments
from interplay.job.representation import Representation, WindowVectors
from interplay.job.training_size import training_size
from interplay.job.trainings import LABELS, Trained, WindowSet, train_all
from interplay.job.unit_groups import group_scores
from interplay.measures.links import LinkScores, evaluate_links
from interplay.represent.results import EmbeddingResult
from interplay.stats.alignment_results import AlignmentResult

#: Simple rules that the next window's edges are foretold by, beside the model.
RULES = ("persistence", "frequency")


def represent(
    plan: Plan,
    data: Recording | TemporalGraph,
    every: NetworkResult,
    network: Snapshots,
    folder: Folder,
    *,
    reading: Reading | None = None,
    jobs: int = 1,
    progress: Progress,
) -> Representation | str:
    """Train, embed, and score.

    Parameters
    ----------
    plan : Plan
        `represent` is no "none".
    data : Recording or TemporalGraph
    every : NetworkResult
        All measured pairs.
    network : Snapshots
        The edges that passed the threshold.
    folder : Folder
        Trainings are kept in it while they are under way.
    reading : Reading or None
        What will be read out: the model is trained in those windows too, where they are not the network's own.
    jobs : int, >= 1
        Processes that train at a time.
    progress : callable

    Returns
    -------
    Representation, or str
        With ``represent="auto"``, why nothing could be represented.

    Raises
    ------
    DataError, ConfigError, NumericalError
        As the model does; DataError also where a model that was asked for by name cannot take the network.
    """
    others = () if reading is None else tuple(reading.other_windows())
    until_s = [
        split(b if reading is None else b[reading.usable(b)], plan.train_share) for b in (network.bounds, *others)
    ]
    try:
        own = _own(plan, data, every, network, until_s[0], min(until_s))
    except DataError as error:
        if plan.represent != "auto":
            raise
        return str(error)
    sets, notes = [own], [*own.network.notes, own.size.note]
    for bounds, until in zip(others, until_s[1:], strict=True):
        assert reading is not None
        try:
            sets.append(_short(plan, data, reading, bounds, own, until))
        except DataError as error:
            length = float(np.diff(bounds[0])[0])
            notes.append(f"In the read-out's windows of {length:g} s nothing was embedded: {error}")
    found = train_all(plan, sets, folder, progress, jobs=jobs)
    rules = {name: evaluate_links(own.network.snapshots, name) for name in RULES}
    groups, aligned, missing = None, tuple[AlignmentResult, ...](), tuple[str, ...]()
    if isinstance(data, Recording):
        about = (found[0].everything, own.network.nodes, own.network.snapshots, data)
        groups = group_scores(label(plan), *about, seed=plan.seed)
        aligned, missing = alignments(*about, seed=plan.seed)
    return Representation(
        label=label(plan),
        nodes=own.network.nodes,
        edges=own.network.edges,
        everything=found[0].everything,
        past=found[0].past,
        until_s=own.until_s,
        links=link_scores(rules, found[0]),
        groups=groups,
        alignments=aligned,
        baselines=rules,
        windows=tuple(_window_vectors(s, t) for s, t in zip(sets[1:], found[1:], strict=True)),
        notes=(*notes, *missing),
    )


def label(plan: Plan) -> str:
    """Say how the plan's model is called."""
    return LABELS["tavrnn" if plan.represent == "auto" else plan.represent]


def _own(
    plan: Plan,
    data: Recording | TemporalGraph,
    every: NetworkResult,
    network: Snapshots,
    until_s: float,
    chosen_until_s: float,
) -> WindowSet:
    """Lay out the trainings in the network's own windows; edges and nodes are chosen by what every set calls past."""
    size = training_size(plan, len(network), network.n_nodes)
    recorded = isinstance(data, Recording)
    words = {
        "significant": "significant edges" if network.pvalues is not None else "the measured edges",
        "proportional": f"the strongest {plan.density:.0%} of the pairs of each window",
        "none": "the measured edges",
    }
    taken = embeddable(
        network,
        edges=words[plan.threshold] if recorded else "all events of each window",
        every=every if recorded else None,
        density=plan.density,
        most_nodes=size.nodes,
        until_s=chosen_until_s,
    )
    return WindowSet(
        name="windows",
        network=taken,
        size=size,
        recording=_recording(plan, data, taken),
        until_s=until_s,
    )


def split(bounds: NDArray[np.float64], share: float) -> float:
    """Give the moment by which a share of the windows has ended, s.

    Parameters
    ----------
    bounds : (S, 2) float64 array, s
    share : float, in (0, 1)

    Returns
    -------
    float
    """
    ends = np.sort(bounds[:, 1])
    return float(ends[max(int(share * len(ends)), 1) - 1])


def _short(
    plan: Plan,
    data: Recording | TemporalGraph,
    reading: Reading,
    bounds: NDArray[np.float64],
    own: WindowSet,
    until_s: float,
) -> WindowSet:
    """Lay out the trainings in the windows of a read-out: no pair is tested there, so the strongest are taken."""
    from interplay.infer import proportional

    every, nodes = reading.pairs(bounds), own.network.nodes
    chosen = every if len(nodes) == every.n_nodes else every.select(nodes.tolist())
    size = training_size(plan, len(every), len(nodes), may_drop_nodes=False)
    words = f"the strongest {plan.density:.0%} of the pairs of each window, for windows this short are not tested"
    taken = embeddable(proportional(chosen, plan.density), edges=words)
    return WindowSet(
        name=f"{float(np.diff(every.bounds[0])[0]):g}s",
        network=taken,
        size=size,
        recording=_recording(plan, data, own.network),
        until_s=until_s,
    )


def _recording(plan: Plan, data: Recording | TemporalGraph, network: Embeddable) -> Recording | None:
    """Give the recording of the embedded nodes, for features that are read from it; no other training depends on it."""
    if not isinstance(data, Recording) or plan.node_features not in ("correlation", "rates"):
        return None
    return data if len(network.nodes) == data.n_units else data.select(network.nodes.tolist())


def _window_vectors(windows: WindowSet, trained: Trained) -> WindowVectors:
    first = trained.everything[0]
    length = float(np.diff(first.bounds[0])[0])
    return WindowVectors(
        bounds=first.bounds,
        present=first.present,
        everything=stacked(trained.everything),
        past=stacked(trained.past) if trained.past else None,
        until_s=windows.until_s,
        notes=(
            f"Read-out in windows of {length:g} s: the model is given {windows.network.edges}.",
            *(
                f"Read-out in windows of {length:g} s: {note[0].lower()}{note[1:]}"
                for note in (*windows.network.notes, windows.size.note)
            ),
        ),
    )


def stacked(results: Sequence[EmbeddingResult]) -> NDArray[Any]:
    """Stack embeddings, (K, S, N, D); in single precision where nothing is lost by it."""
    full = np.stack([r.embedding for r in results])
    single = full.astype(np.float32)
    return single if np.array_equal(single, full) else full


def link_scores(baselines: Mapping[str, LinkScores], trained: Trained) -> dict[str, dict[str, tuple[float, ...]]]:
    """Average the areas under the curve over windows, beside those of simple rules.

    Parameters
    ----------
    baselines : mapping of name to LinkScores
    trained : Trained

    Returns
    -------
    dict
        As `Representation.links`.
    """
    found = {}
    for scope, results in (("all", trained.everything), ("later", trained.past)):
        if not results:
            continue
        use = np.ones(len(results[0].trained), dtype=bool) if scope == "all" else unseen(results[0])
        found[scope] = {
            name: tuple(_mean(getattr(r, name).get("auc"), use) for r in results)
            for name in ("reconstruction", "prediction")
        } | {name: (_mean(scores.auc, use),) for name, scores in baselines.items()}
    return found


def unseen(result: EmbeddingResult) -> NDArray[np.bool_]:
    """Tell which windows share no time with those that were trained on; (T,) bool array.

    Parameters
    ----------
    result : EmbeddingResult
        Trained on a prefix.
    """
    return np.asarray(result.bounds[:, 0] >= result.bounds[result.trained, 1].max())


def _mean(values: NDArray[np.float64] | None, use: NDArray[np.bool_]) -> float:
    known = np.empty(0) if values is None else values[use & ~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
