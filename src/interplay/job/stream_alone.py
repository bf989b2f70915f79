"""One model of streams without a run: trained on a list of events, with a vector for every node at its end."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import TemporalGraph, event_batches
from interplay.job.embedding_options import setting
from interplay.job.hints import read_hints
from interplay.job.pipeline import node_names
from interplay.job.plan import Plan
from interplay.job.stages import Observer
from interplay.represent import STREAM_METHODS

#: Nodes whose vectors are read at once.
_CHUNK = 4096
#: Options of `interplay represent` that a model of streams has a use for.
TAKEN = ("seed", "hint")


@dataclass(frozen=True, eq=False, kw_only=True)
class StreamVectors:
    """A trained model of a stream, and where its nodes stand at the end.

    Attributes
    ----------
    trained : StreamResult
    vectors : (N, D) float64 array
        Of every node, as read at `time_s`, all events written.
    time_s : float, s
        End of the observed span.
    """

    trained: Any
    vectors: NDArray[np.float64]
    time_s: float


def represent_stream(
    plan: Plan, method: str, settings: tuple[str, ...], out: Path, *, observer: Observer
) -> StreamVectors:
    """Train a model on a list of events, write them all, and read every node.

    Parameters
    ----------
    plan : Plan
        Its input is a list of events; only its hints, seed and epochs are read.
    method : str
        A name of `interplay.represent.STREAM_METHODS`.
    settings : tuple of str
        Of the method, each "key=value".
    out : Path
        Ends in .npz or .csv. While the model is trained a checkpoint stands beside it, from which the same call goes
        on.
    observer : Observer

    Returns
    -------
    StreamVectors

    Raises
    ------
    ConfigError, DataError, NumericalError
        As loading and the method do; ConfigError also for options that would have no effect, and settings that are said
        twice.
    TrainingStopped
        For KeyboardInterrupt, once there is a checkpoint.
    """
    from interplay.io import load
    from interplay.job.embedding_alone import TrainingStopped

    _require_use(plan)
    config = _configured(plan, method, settings)
    if plan.input is None:
        raise ConfigError("`input` must name a list of events, got nothing. Give a file.")
    graph = load(plan.input, **read_hints(plan.hint))
    if not isinstance(graph, TemporalGraph):
        raise DataError(
            f"`input` must be a list of events for the method {method!r}, got {graph!r}. Take a method for networks, "
            "for example tavrnn."
        )
    key = digest(config, graph.digest, versions())
    checkpoint = out.with_name(f"{out.name}.{key[:12]}.checkpoint")
    try:
        trained = config.fit(graph, checkpoint=checkpoint, progress=observer.stage("represent"))
    except KeyboardInterrupt:
        if checkpoint.is_file():
            raise TrainingStopped from None
        raise
    model = config.online(trained)
    found = StreamVectors(
        trained=trained, vectors=_read(model, graph, config, observer.stage("read")), time_s=graph.span[1]
    )
    _write(out, found, config, method, node_names(graph))
    for left in out.parent.glob(f"{out.name}.{'[0-9a-f]' * 12}.checkpoint"):
        left.unlink()
    return found


def _require_use(plan: Plan) -> None:
    """Refuse options that say how networks are made, or that only models of networks have."""
    free = {"input", "epochs", *TAKEN}
    for name in sorted(plan.model_fields_set - free):
        if getattr(plan, name) not in (None, ()):
            raise ConfigError(
                f"`--{name.replace('_', '-')}` must be left out for a model of streams, which has no use for it. "
                "Remove the option; settings of the model are given with --set."
            )


def _configured(plan: Plan, method: str, settings: tuple[str, ...]) -> Any:
    kind = STREAM_METHODS[method]
    known = {field.name for field in fields(kind)}
    wanted: dict[str, Any] = {"seed": plan.seed}
    if plan.epochs is not None:
        wanted["epochs"] = plan.epochs
    given = {"seed"} & plan.model_fields_set | ({"epochs"} if plan.epochs is not None else set())
    for text in settings:
        key, value = setting(text, known, example="aim=sign")
        if key in given:
            raise ConfigError(f"`{key}` must be said once, got {wanted[key]} and {value}. Leave one out.")
        given.add(key)
        wanted[key] = value
    return kind(**wanted)


def _read(model: Any, graph: TemporalGraph, config: Any, progress: Progress) -> NDArray[np.float64]:
    """Write every event, and read every node at the end."""
    bounds = event_batches(graph.time, config.batch)
    for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        model.write(graph.take(slice(a, b)))
        progress(b, len(graph))
    nodes = np.arange(graph.n_nodes)
    parts = [
        model.read(nodes[k : k + _CHUNK], np.full(len(nodes[k : k + _CHUNK]), graph.span[1]))
        for k in range(0, graph.n_nodes, _CHUNK)
    ]
    return np.concatenate(parts)


def _write(out: Path, found: StreamVectors, config: Any, method: str, names: list[str] | None) -> None:
    if out.suffix == ".csv":
        from interplay.io.atomic import write_aside
        from interplay.job.describe import as_csv

        columns: dict[str, NDArray[Any]] = {"node": np.array(names) if names else np.arange(len(found.vectors))}
        columns |= {f"z{d}": found.vectors[:, d] for d in range(found.vectors.shape[1])}
        write_aside(out, as_csv(columns))
        return
    from interplay.io.npz import save_arrays
    from interplay.report.sections.methods import config_items

    arrays = {"embedding": found.vectors, "node": np.arange(len(found.vectors))}
    arrays |= {f"loss/{name}": values for name, values in found.trained.loss.items()}
    arrays |= {f"parameters/{name}": values for name, values in found.trained.parameters.items()}
    header = {
        "holds": "StreamVectors",
        "method": method,
        "settings": dict(config_items(config)),
        "made_from": found.trained.made_from,
        "time_s": found.time_s,
        "names": names,
        "notes": list(found.trained.notes),
        "versions": dict(found.trained.versions),
    }
    save_arrays(out, arrays, header=header)
