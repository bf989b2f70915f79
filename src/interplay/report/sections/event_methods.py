"""How a list of events was measured, foretold and explained, in one sentence per result."""

from __future__ import annotations

from interplay._core.provenance import Result
from interplay.explain.event_results import EventExplanation
from interplay.measures.event_results import EventMeasures
from interplay.measures.stream_scores import StreamComparison
from interplay.report import words
from interplay.report.stream_findings import label
from interplay.represent.stream_results import StreamResult


def event_sentence(result: Result) -> str:
    """Describe one result of a list of events, without a full stop; empty for other results.

    Parameters
    ----------
    result : Result

    Returns
    -------
    str
    """
    if isinstance(result, EventMeasures):
        return _counted(result)
    if isinstance(result, StreamComparison):
        return _compared(result)
    if isinstance(result, StreamResult):
        passes = len(next(iter(result.loss.values()), ()))
        what = "signs" if result.aim == "sign" else "events"
        return (
            f"{label(result.method)} was trained to foretell {what} for {words.plural(passes, 'pass', 'passes')} over "
            f"the first {words.plural(result.train_stop, 'event')}; the parameters of pass {result.best_epoch + 1}, "
            "which did best on the validation events, were kept"
        )
    if isinstance(result, EventExplanation):
        return (
            "Earlier events were scored by TempME, which was trained on the decisions of the frozen model, and by "
            f"rivals that need no training, and each was tested on {words.plural(len(result.value), 'question')} with "
            f"{words.number(100 * float(result.sparsity.min()))} to {words.number(100 * float(result.sparsity.max()))} "
            "% of the events kept"
        )
    return ""


def _counted(result: EventMeasures) -> str:
    motifs = (
        f", temporal motifs of three events within {words.duration(result.motif_window_s)} counted exactly"
        if result.motifs and result.motif_window_s is not None
        else ""
    )
    balance = (
        f", balance held against {getattr(result.config, 'draws', 'several')} shufflings of the signs, and the "
        "frustration index bounded from both sides"
        if result.balance is not None
        else ""
    )
    return (
        f"Events were counted in {words.plural(len(result.edges.bounds), 'equal bin')}; novelty, surprise and "
        f"reoccurrence compare ordered pairs, burstiness is corrected for the number of events{motifs}{balance}"
    )


def _compared(result: StreamComparison) -> str:
    what = "The signs of events" if result.aim == "sign" else "Events"
    batch = getattr(result.config, "batch", None)
    size = "" if batch is None else " one time at a time" if batch == 1 else f" in batches of {batch}"
    kinds = list(next(iter(result.scores.values()), {}))
    others = getattr(result.config, "n_negatives", None)
    against = (
        ""
        if result.aim == "sign"
        else f", against {others if others is not None else 'other'} destinations each ({words.listing(kinds)})"
    )
    base = words.listing((label(name) for name in result.baselines), most=20)
    return f"{what} {result.start + 1} to {result.stop} were told{size}{against}, by every model and by {base}"
