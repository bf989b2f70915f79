"""The first chapter: what was recorded and what was found, in sentences computed from the results."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interplay.data import Recording
from interplay.infer.results import NetworkResult
from interplay.measures.results import ChangePoints, NetworkMeasures
from interplay.plot.readout import shown_rows
from interplay.report import words
from interplay.report.parts import Section, Tile
from interplay.report.recovery import Recovery
from interplay.stats.results import ReadoutResult

#: From this absolute Spearman correlation on, the report says that a measure moves with firing rate.
MOVES_WITH_RATE = 0.5


def section_summary(
    recording: Recording,
    network: NetworkResult,
    *,
    measures: NetworkMeasures | None = None,
    readouts: Sequence[ReadoutResult] = (),
    recovery: Recovery | None = None,
    rate_changes: ChangePoints | None = None,
) -> Section:
    """Say in plain sentences what was recorded and found, each finding beside what could explain it away.

    Parameters
    ----------
    recording : Recording
    network : NetworkResult
    measures : NetworkMeasures or None
    readouts : sequence of ReadoutResult
    recovery : Recovery or None
        Where the truth is known.
    rate_changes : ChangePoints or None
        The search for changes on firing rates alone; that of `measures` where None.

    Returns
    -------
    Section
    """
    lead = [_what_was_recorded(recording), _what_was_inferred(network)]
    if measures is not None:
        rate_changes = measures.rate_changes if rate_changes is None else rate_changes
        beside = "" if rate_changes is None else f" {beside_rate(measures.changes, rate_changes)}"
        lead.append(what_changed(measures) + beside)
        lead += _moves_with_rate(measures)
    lead += [readout_sentence(r) for r in readouts]
    if recovery is not None:
        lead.append(recovery_sentence(recovery))
    return Section(
        key="summary", title="Summary", lead=tuple(lead), tiles=_tiles(recording, network, measures, readouts, recovery)
    )


def _what_was_recorded(recording: Recording) -> str:
    start = f"{words.plural(recording.n_units, 'unit')} were observed for {words.duration(recording.duration)}"
    if recording.n_units == 1:
        start = start.replace("were", "was")
    if recording.events is None:
        assert recording.traces is not None
        return f"{start}, sampled every {words.number(recording.traces.dt_s)} s."
    rate = recording.events.counts() / recording.duration
    middle = f" (median rate {words.number(float(np.median(rate)))} Hz)" if len(rate) else ""
    return f"{start}, giving {words.plural(len(recording.events), 'spike')}{middle}."


def _what_was_inferred(network: NetworkResult) -> str:
    snaps = network.snapshots
    if not len(snaps):
        return "No window was long enough to infer a network."
    lengths = np.diff(snaps.bounds, axis=1)
    kind = "directed" if snaps.directed else "undirected"
    what = f"One {kind} network was inferred in each of {words.plural(len(snaps), 'window')} of "
    what += f"{words.duration(float(np.median(lengths)))} ({network.method}: {network.quantity})."
    if not len(snaps.src):
        return f"{what} No edge was found in any window."
    per_window = int(np.median(np.diff(snaps.pointer)))
    negative = 100 * float((snaps.weight < 0).mean())
    return (
        f"{what} A window holds {words.plural(per_window, 'edge')} in the median; {negative:.0f} % of all are negative."
    )


def what_changed(measures: NetworkMeasures) -> str:
    """Say where the network changed, and how sure that is."""
    changes = measures.changes
    if not len(changes.time_s):
        return "No change point was found in the network over time."
    at = []
    for k, t in enumerate(changes.time_s):
        p = "" if changes.pvalues is None else f" ({words.pvalue(float(changes.pvalues[k]))})"
        at.append(f"{words.seconds(float(t))} s{p}")
    caveat = "" if changes.pvalues is not None else " They carry no p-value: no null model was drawn."
    return f"The network changed at {words.listing(at)}, which parts the recording into {len(at) + 1} regimes.{caveat}"


def beside_rate(changes: ChangePoints, rate_changes: ChangePoints) -> str:
    """Say what the same search finds in firing rates alone."""
    n = len(rate_changes.time_s)
    if not n:
        return "The same search on firing rates alone finds no change."
    at = words.listing(f"{words.seconds(float(t))} s" for t in rate_changes.time_s)
    text = f"The same search on firing rates alone finds {words.plural(n, 'change')}, at {at}"
    if not len(changes.time_s):
        return f"{text}."
    return f"{text}: a change of the network near one of them may be a change of rate."


def _moves_with_rate(measures: NetworkMeasures) -> list[str]:
    known = {k: v for k, v in measures.rate_correlation.items() if np.isfinite(v)}
    if measures.rate_hz is None or not known:
        return []
    moving = [k for k, v in known.items() if abs(v) >= MOVES_WITH_RATE]
    if not moving:
        return [
            f"None of the {len(known)} network measures moves with the firing rate "
            f"(all |Spearman ρ| < {MOVES_WITH_RATE:g})."
        ]
    top = max(moving, key=lambda k: abs(known[k]))
    others = f"{len(moving)} of {words.plural(len(known), 'network measure')} move{'s' if len(moving) == 1 else ''}"
    return [
        f"{others} with the firing rate (|Spearman ρ| ≥ {MOVES_WITH_RATE:g}), most of all {words.plain_name(top)} "
        f"(ρ = {words.score(known[top])}): there, rate alone may be the explanation."
    ]


def readout_sentence(result: ReadoutResult) -> str:
    """Put the best network row, the decoder and the best baseline side by side."""
    metric = metric_name(result)
    parts = []
    for row in shown_rows(result) or [r for r in result.rows if r.role != "chance"][:1]:
        who = {"network": "the network", "decoder": "a decoder of the spikes"}.get(row.role, "the best baseline")
        parts.append(f"{who} ({row.name}) reaches {words.interval(row.score, row.low, row.high)}")
    chance = [r.score for r in result.rows if r.role == "chance" and np.isfinite(r.score)]
    by_chance = f"; chance is {words.score(chance[0])}" if chance else ""
    found = words.listing(parts) or "no row could be scored"
    # The verdict states its case first and its numbers after a colon; the numbers stand here already.
    verdict = result.verdict.split(":")[0].rstrip(".")
    return (
        f"Read-out of {short_target(result)}, {metric}: {found}{by_chance}. {verdict}{'.' if verdict else ''}".rstrip()
    )


def short_target(result: ReadoutResult) -> str:
    """Name the target without the rule that follows in brackets or after a comma."""
    return result.target.split(" (")[0].split(", ")[0]


def metric_name(result: ReadoutResult) -> str:
    """Take the name of the score from its description."""
    return result.metric.split(",")[0].split("(")[0].strip()


def recovery_sentence(recovery: Recovery) -> str:
    """Say how well the planted network was found again."""
    text = f"Against the known truth, inferred edges reach an AUC of {words.score(recovery.edge_auc)}"
    if recovery.baseline_auc:
        name, value = max(recovery.baseline_auc.items(), key=lambda item: item[1])
        text += f" ({name} alone: {words.score(value)})"
    if recovery.sign_accuracy is not None:
        text += f"; {100 * recovery.sign_accuracy:.0f} % of the true edges have their sign"
    errors = recovery.change_errors()
    if len(errors):
        worst = float(errors.max())
        text += "; no change was found" if np.isinf(worst) else (
            f"; the true changes were found within {words.seconds(round(worst, 1))} s"
        )  # fmt: skip
    return text + "."


def _tiles(
    recording: Recording,
    network: NetworkResult,
    measures: NetworkMeasures | None,
    readouts: Sequence[ReadoutResult],
    recovery: Recovery | None,
) -> tuple[Tile, ...]:
    snaps = network.snapshots
    tiles = [Tile(value=words.number(recording.n_units), label="units")]
    if recording.events is not None:
        tiles.append(Tile(value=words.number(len(recording.events)), label="spikes"))
    gaps = len(recording.observed) - 1
    note = "without a gap" if gaps == 0 else f"in {gaps + 1} pieces"
    tiles.append(Tile(value=words.duration(recording.duration), label="observed", note=note))
    tiles.append(Tile(value=words.number(len(snaps)), label="windows", note=_window_note(network)))
    if len(snaps):
        edges = int(np.median(np.diff(snaps.pointer)))
        tiles.append(Tile(value=words.number(edges), label="edges per window", note="median"))
    if measures is not None:
        changes = measures.changes
        low = f"p ≤ {float(np.max(changes.pvalues)):.2g}" if changes.pvalues is not None and len(changes.time_s) else ""
        tiles.append(Tile(value=words.number(len(changes.time_s)), label="change points", note=low))
    for result in readouts[:2]:
        rows = {r.role: r for r in shown_rows(result)}
        if "network" in rows:
            beside = f"best baseline {words.score(rows['baseline'].score)}" if "baseline" in rows else ""
            label = f"{metric_name(result)}, {short_target(result)}"
            tiles.append(Tile(value=words.score(rows["network"].score), label=label, note=beside))
    if recovery is not None:
        tiles.append(Tile(value=words.score(recovery.edge_auc), label="AUC of edges", note="against the truth"))
    return tuple(tiles)


def _window_note(network: NetworkResult) -> str:
    bounds = network.snapshots.bounds
    if not len(bounds):
        return ""
    return f"of {words.duration(float(np.median(np.diff(bounds, axis=1))))}"
