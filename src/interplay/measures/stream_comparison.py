"""Models and baselines on the same events, told from the same negatives: baselines are never left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import StreamModel
from interplay.data import EventSplit, TemporalGraph, split_events
from interplay.measures.negatives import NegativeKind
from interplay.measures.stream_baselines import STREAM_BASELINES, HistoryBoosting
from interplay.measures.stream_evaluation import Progress, StreamAim, StreamEvaluation
from interplay.measures.stream_scores import StreamComparison


def baseline_models(
    graph: TemporalGraph, split: EventSplit, aim: StreamAim, *, batch: int = 200, seed: int = 0
) -> tuple[dict[str, StreamModel], tuple[str, ...]]:
    """Make every baseline of an aim ready for a stream.

    Parameters
    ----------
    graph : TemporalGraph
    split : EventSplit
        Of this stream.
    aim : {"link", "sign"}
    batch : int, events, >= 1
        As the evaluation's.
    seed : int, >= 0

    Returns
    -------
    models : mapping of name to StreamModel
    notes : tuple of str
        Which of them could not be made, and why.
    """
    models: dict[str, StreamModel] = {}
    notes = []
    for name, kind in STREAM_BASELINES.items():
        if kind.aim != aim:
            continue
        config = kind(batch=batch, seed=seed) if kind is HistoryBoosting else kind()
        try:
            models[name] = config.fit(graph, split=split)
        except DataError as error:
            notes.append(f"Baseline {name} is left out: {error}")
    return models, tuple(notes)


def compare_stream(
    models: Mapping[str, StreamModel],
    graph: TemporalGraph,
    *,
    split: EventSplit | None = None,
    aim: StreamAim = "link",
    negatives: Sequence[NegativeKind] = ("random", "historical"),
    n_negatives: int = 20,
    batch: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> StreamComparison:
    """Have models and all baselines foretell the test part of a stream.

    Parameters
    ----------
    models : mapping of name to StreamModel
        Trained on the training part. May be empty: then the baselines stand alone.
    graph : TemporalGraph
    split : EventSplit or None
        The one the models were trained with; None: 70, 15 and 15 % by time.
    aim : {"link", "sign"}
    negatives : sequence of {"random", "historical", "inductive", "all"}
        All in one pass; not read for signs.
    n_negatives : int, >= 1
    batch : int, events, >= 1
        The same for all: a smaller one shows a model a later past.
    seed : int, >= 0
        Of negatives, intervals, and of the baseline that draws.
    progress : callable or None
        Called as progress(done, total), in events over all models.

    Returns
    -------
    StreamComparison
        Baselines of the aim are always there, but one that cannot be made of this stream, which a note names.

    Raises
    ------
    ConfigError
        If a model has the name of a baseline.
    DataError, NumericalError
        As `evaluate_stream`.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay.data import TemporalGraph
    >>> pair = np.arange(60) % 4
    >>> graph = TemporalGraph(src=pair, dst=4 + pair, time=np.arange(60.0), n_nodes=8, span=(0.0, 60.0))
    >>> found = compare_stream({}, graph, batch=5, negatives=("random",))
    >>> found.scores["edgebank"]["random"].ap, found.baselines[:2]
    (1.0, ('edgebank', 'edgebank_window'))
    """
    taken = [name for name in models if name in STREAM_BASELINES]
    if taken:
        raise ConfigError(f"`models` must not have the name of a baseline, got {taken[0]!r}. Give it another name.")
    parts = split_events(graph) if split is None else split
    plan = StreamEvaluation(aim=aim, negatives=tuple(negatives), n_negatives=n_negatives, batch=batch, seed=seed)
    baselines, notes = baseline_models(graph, parts, aim, batch=batch, seed=seed)
    everyone = {**models, **baselines}
    total = len(graph) * len(everyone)
    scores = {}
    for k, (name, model) in enumerate(everyone.items()):

        def report(done: int, _: int, before: int = k * len(graph)) -> None:
            if progress is not None:
                progress(before + done, total)

        scores[name] = plan.run(model, graph, parts.validation_stop, len(graph), split=parts, progress=report)
    return StreamComparison(
        config=plan,
        made_from=graph.digest,
        seed=seed,
        notes=notes,
        citations=tuple(sorted({key for name in baselines for key in STREAM_BASELINES[name].citations})),
        aim=aim,
        scores=scores,
        baselines=tuple(baselines),
        train_stop=parts.train_stop,
        start=parts.validation_stop,
        stop=len(graph),
        tie_share=parts.tie_share,
    )
