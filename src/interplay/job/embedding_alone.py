"""One embedding without a run: from stored networks or a recording, to a result that can be written."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import Recording, Snapshots
from interplay.infer.results import NetworkResult
from interplay.job.choices import resolve
from interplay.job.cohort_input import require_no_cohort
from interplay.job.embeddable import embeddable
from interplay.job.embedding_files import write_embedding
from interplay.job.embedding_options import require_no_inference, require_said_once, require_use, setting
from interplay.job.hints import read_hints
from interplay.job.inference import infer_network, threshold
from interplay.job.pipeline import node_names
from interplay.job.plan import Plan
from interplay.job.stages import Observer
from interplay.job.training_size import warm_up_of
from interplay.job.trainings import fit_and_embed
from interplay.represent.results import EmbeddingResult


class TrainingStopped(KeyboardInterrupt):
    """Ctrl-C, while a checkpoint stands that the same call goes on from."""


@dataclass(frozen=True, kw_only=True)
class Alone:
    """What `interplay represent` is asked for.

    Attributes
    ----------
    plan : Plan
        How a recording becomes networks. Its input is a recording, an event list, or an .npz of networks.
    method : str
        Registered name.
    settings : tuple of str
        Of the method, each "key=value".
    recording : str or None
        For networks from a file: the recording that features are read from.
    nodes : int or None
        Embed so many nodes, the best connected.
    train_until : float or None, s
        Train on windows that end by then.
    undirected : bool
        Whether the two directions of a pair may be made one.
    """

    plan: Plan
    method: str
    settings: tuple[str, ...] = ()
    recording: str | None = None
    nodes: int | None = None
    train_until: float | None = None
    undirected: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class _Source:
    network: Snapshots
    edges: str
    every: NetworkResult | None
    recording: Recording | None
    names: list[str] | None


def represent_alone(
    asked: Alone, out: Path, *, jobs: int = 1, observer: Observer
) -> tuple[EmbeddingResult, tuple[str, ...]]:
    """Embed networks, and write the result.

    Parameters
    ----------
    asked : Alone
    out : Path
        Ends in .npz or .csv. Beside it stands a checkpoint while the model is trained, from which the same call goes
        on; it is removed in the end.
    jobs : int, >= 1
        Threads of the inference.
    observer : Observer

    Returns
    -------
    result : EmbeddingResult
    notes : tuple of str
        What was changed to make the network fit for the model, and what the method says.

    Raises
    ------
    ConfigError, DataError, NumericalError
        As loading, inference and the method do; DataError also for directed networks, unless `undirected`; ConfigError
        also for what is said twice, or would have no effect.
    TrainingStopped
        For KeyboardInterrupt, once there is a checkpoint.
    """
    from interplay.represent import METHODS

    require_said_once(asked, METHODS[asked.method])
    config = _configured(METHODS[asked.method], asked)
    source = _source(asked, config, jobs, observer.stage("infer"))
    if source.network.directed and not asked.undirected:
        raise DataError(
            "the network must be undirected for this model, got a directed one. Pass --undirected to count a pair as "
            "joined where either direction is."
        )
    taken = embeddable(
        source.network,
        edges=source.edges,
        every=source.every,
        density=asked.plan.density,
        most_nodes=asked.nodes,
        until_s=asked.train_until,
    )
    recording = source.recording
    if recording is not None and len(taken.nodes) < recording.n_units:
        recording = recording.select(taken.nodes.tolist())
    heard = None if recording is None else recording.digest
    key = digest(config, taken.snapshots.digest, heard, asked.train_until, asked.plan.device, versions())
    checkpoint = out.with_name(f"{out.name}.{key[:12]}.checkpoint")
    try:
        result = fit_and_embed(
            config,
            taken.snapshots,
            np.flatnonzero(taken.learnable),
            recording=recording,
            until=asked.train_until,
            checkpoint=checkpoint,
            device=asked.plan.device,
            progress=observer.stage("represent"),
        )
    except KeyboardInterrupt:
        if checkpoint.is_file():
            raise TrainingStopped from None
        raise
    names = source.names
    if len(taken.nodes) < source.network.n_nodes:
        names = [str(k) if names is None else names[k] for k in taken.nodes.tolist()]
    notes = (*taken.notes, *_shorter(config), *result.notes)
    write_embedding(out, replace(result, notes=notes), names)
    for left in out.parent.glob(f"{out.name}.{'[0-9a-f]' * 12}.checkpoint"):
        left.unlink()
    return result, notes


def _configured(method: Any, asked: Alone) -> Any:
    """Build the method's configuration; what is not asked for stays as the method has it."""
    known = {f.name for f in fields(method)}
    plan = asked.plan
    wanted: dict[str, Any] = {"seed": plan.seed, "latent": plan.latent, "hidden": plan.hidden}
    wanted["features"] = plan.node_features
    if plan.epochs is not None:
        wanted["epochs"] = plan.epochs
    wanted |= dict(setting(text, known) for text in asked.settings)
    if isinstance(wanted.get("epochs"), int) and "warm_up" not in wanted:
        wanted["warm_up"] = warm_up_of(method, max(wanted["epochs"], 0))
    return method(**{k: v for k, v in wanted.items() if k in known})


def _shorter(config: Any) -> tuple[str, ...]:
    """Say that a short training warms up for less than the method's own number of epochs."""
    own = next((f.default for f in fields(config) if f.name == "warm_up"), None)
    if own is None or config.warm_up == own:
        return ()
    return (f"The warm-up took {config.warm_up} of at most {config.epochs} epochs; the model's own takes {own}.",)


def _source(asked: Alone, config: Any, jobs: int, progress: Progress) -> _Source:
    from interplay.io import load, load_snapshots, sniff
    from interplay.io.npz import load_header

    if asked.plan.input is None:
        raise ConfigError("`input` must name networks or a recording, got nothing. Give a file.")
    path = Path(asked.plan.input)
    header = load_header(path) if sniff(path) == "npz" else None
    if header is not None and header.get("holds") == "Embedding":
        raise DataError(
            f"`input` must hold networks, got {path.name}, which is an embedding already. Give the networks that it "
            "was made from, for example the snapshots.npz of the run."
        )
    if header is not None and header.get("holds") == "Snapshots":
        require_no_inference(asked.plan)
        require_use(asked, config)
        about = header.get("about")
        names = about.get("names") if isinstance(about, dict) else None
        recording = None if asked.recording is None else load(asked.recording)
        if recording is not None and not isinstance(recording, Recording):
            raise DataError(f"`recording` must be a recording, got {recording!r}. Name the one that was inferred from.")
        progress(1, 1)
        return _Source(
            network=load_snapshots(path), edges="the stored edges", every=None, recording=recording, names=names
        )
    if asked.recording is not None:
        raise ConfigError("`recording` must be left out where the input is no file of networks. Remove the option.")
    data = require_no_cohort(load(path, **read_hints(asked.plan.hint)))
    plan, _ = resolve(asked.plan, data)
    every = infer_network(plan, data, jobs=jobs, progress=progress)
    recorded = isinstance(data, Recording)
    return _Source(
        network=threshold(plan, every),
        edges="the edges that passed the threshold" if recorded else "all events of each window",
        every=every if recorded else None,
        recording=data if isinstance(data, Recording) else None,
        names=node_names(data),
    )
