"""The chapters on hidden states and on factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.infer.factor_results import FactorResult
from interplay.infer.switching_results import SwitchingResult
from interplay.plot import inferred as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Figure, Section, Table
from interplay.report.sections.inferred_drawing import Stretch, matrices, off_diagonal, pooled, strip

#: Of a run whose stays are shorter than a drawn step so many samples are drawn by themselves.
_CLOSE = 300


def section_states(result: SwitchingResult) -> Section:
    """Show hidden states over time, their networks, and what they predict beside trivial models.

    Parameters
    ----------
    result : SwitchingResult

    Returns
    -------
    Section
    """
    c = result.n_states
    labels = [f"state {k + 1}" for k in range(c)]
    whole = pooled(result.run_start_s.tolist(), result.posterior, result.dt_s)
    figures = [strip("states-course", whole, stacked=True, title="States over time")]
    notes = []
    if c > 1 and float(np.nanmin(result.dwell_s)) < whole.step_s:
        longest = int(np.argmax([len(p) for p in result.posterior]))
        part = result.posterior[longest][:_CLOSE]
        close = pooled([float(result.run_start_s[longest])], [part], result.dt_s)
        seconds = words.duration(len(part) * result.dt_s)
        figures.append(strip("states-close", close, stacked=True, title=f"The same, {seconds} at every sample"))
        notes.append(
            f"Stays are shorter than a step of the whole course ({words.duration(whole.step_s)}), which therefore "
            "shows means over several of them."
        )
    meaning = "Blue excites, orange inhibits."
    title = "The connectome of every state"
    figures.append(matrices("states-networks", result.weight, labels, title, directed=True, meaning=meaning))
    stays = words.listing(words.duration(float(d)) for d in result.dwell_s)
    lead = [
        f"The activity is described by {words.plural(c, 'state')}, each with its own signed network; a stay lasts "
        f"{stays} on average.",
        *_held_out_words(result),
    ]
    if not result.converged:
        lead.append("The fit had not settled when it was stopped.")
    if c > 1:
        sure = float(np.concatenate(result.posterior).max(axis=1).mean())
        lead.append(f"At a moment the likeliest state has a probability of {sure:.2f} on average.")
    tables = [_state_table(result)]
    table, figure = _scores(result)
    return Section(
        key="states",
        title="Hidden states",
        lead=tuple(lead),
        figures=(*figures, *figure),
        tables=(*tables, *table),
        notes=tuple(notes),
    )


def _state_table(result: SwitchingResult) -> Table:
    rows = []
    for k in range(result.n_states):
        if result.type_chance is None:
            sign = np.sign(off_diagonal(result.weight[k]))
        else:
            inhibits, excites = (off_diagonal(result.type_chance[k, :, :, t]) > 0.5 for t in (0, 2))
            sign = excites.astype(int) - inhibits
        stay = float(result.dwell_s[k])
        rows.append((k + 1, float(result.occupancy[k]), stay, int((sign > 0).sum()), int((sign < 0).sum())))
    return Table(
        caption="States",
        columns=("state", "share of time", "mean stay (s)", "excitatory couplings", "inhibitory couplings"),
        rows=tuple(rows),
        name="states",
        note="Couplings that are of this type with a chance above one half." if result.type_chance is not None else "",
    )


def _scores(result: SwitchingResult) -> tuple[list[Table], list[Figure]]:
    tried = [words.plural(int(n), "state") for n in result.tried_states.tolist()]
    rows = [*zip(tried, result.held_out, strict=True), *result.baselines.items()]
    if not rows:
        return [], []
    table = Table(
        caption="Held-out log-likelihood",
        columns=("model", "mean over folds (nats per spike, or per sample and unit)"),
        rows=tuple((name, float(np.mean(v))) for name, v in rows),
        name="states_held_out",
    )

    def make(width: float) -> list[Any]:
        panel = style.stack(width, [24.0 * len(rows) + 16], left=130, top=6, bottom=40)[1][0]
        return [pictures.plot_scores([r[0] for r in rows], [r[1] for r in rows], x="held-out log-likelihood", ax=panel)]

    title, caption = "On data that was not fitted", "Strokes: folds. Dots: means. Higher is better."
    alt = "Held-out log-likelihood of models."
    return [table], [
        draw.figure("states-scores", make, width=560, narrow=True, span=8, title=title, caption=caption, alt=alt)
    ]


def _held_out_words(result: SwitchingResult) -> list[str]:
    if not len(result.tried_states) or not result.baselines:
        return ["The number of states was set, not chosen: nothing was held out."]
    best = float(result.held_out.mean(axis=1).max())
    one = {name: float(np.mean(v)) for name, v in result.baselines.items()}
    name = max(one, key=lambda k: one[k])
    better = "more" if best > one[name] else "less"
    return [
        f"On data that was not fitted it gives {words.number(abs(best - one[name]))} nats {better} than the best "
        f"baseline ({name})."
    ]


def section_factors(result: FactorResult, names: list[str]) -> Section:
    """Show factors of the connectome: when, which pairs, which groups.

    Parameters
    ----------
    result : FactorResult
    names : list of N str

    Returns
    -------
    Section
    """
    figures = []
    if len(result.loading) == 1:
        # Frames of a recording with gaps are not side by side.
        start, stop = result.frame_start_s, result.frame_start_s + result.frame_s
        title = "Factors over time"
        figures.append(strip("factors-course", Stretch(start, stop, result.activity), stacked=False, title=title))
    labels = [f"factor {r + 1}" for r in range(result.rank)]
    meaning = "Blue: the pair moves together; orange: it moves apart."
    title = "The network of every factor"
    figures.append(matrices("factors-networks", result.networks, labels, title, directed=False, meaning=meaning))
    rows = []
    for r in range(result.rank):
        label, size = np.unique(result.blocks[r][result.blocks[r] >= 0], return_counts=True)
        largest = int(label[size.argmax()]) if len(size) else -1
        members = [names[k] for k in np.flatnonzero(result.blocks[r] == largest)] if largest >= 0 else []
        rows.append(
            (
                r + 1,
                float(result.explained[r]),
                None if result.pvalues is None else float(result.pvalues[r]),
                len(size),
                float(result.block_nats_one[r] - result.block_nats[r]),
                words.listing(members, most=10),
            )
        )
    verb = "describes" if result.rank == 1 else "describe"
    lead = [
        f"{words.plural(result.rank, 'factor')} {verb} the pairwise affinities with a relative error of "
        f"{words.score(result.error)}."
    ]
    chosen = result.held_out[result.tried == result.rank]
    if len(chosen) and np.isfinite(chosen[0]) and np.isfinite(result.held_out_mean):
        lead.append(
            f"On entries that were hidden the error is {words.score(float(chosen[0]))}; each pair's mean alone has "
            f"{words.score(float(result.held_out_mean))}."
        )
    columns = ("factor", "explained", "p", "groups", "nats saved by groups", "largest group")
    tables = [Table(caption="Factors and their groups", columns=columns, rows=tuple(rows), name="factors")]
    if len(result.tried) > 1:
        tried = zip(result.tried, result.stability, result.held_out, strict=True)
        heads = ("factors", "stability over restarts", "error on hidden entries")
        ranks = tuple((int(k), float(a), float(b)) for k, a, b in tried)
        tables.append(Table(caption="How many factors", columns=heads, rows=ranks, name="factor_rank"))
    return Section(
        key="factors", title="Factors of the connectome", lead=tuple(lead), figures=tuple(figures), tables=tuple(tables)
    )
