"""What a method of inference tells beside its networks: one chapter per kind of result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.infer.bayes_results import DynamicBayesResult
from interplay.infer.boltzmann_results import BoltzmannResult
from interplay.infer.correlogram_results import CorrelogramResult
from interplay.infer.factor_results import FactorResult
from interplay.infer.glm_results import GLMResult
from interplay.infer.results import NetworkResult
from interplay.infer.switching_results import SwitchingResult
from interplay.plot import inferred as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile

#: How many filters, correlograms or networks are drawn.
_SHOWN = 12


def section_inferred(result: NetworkResult, *, names: Sequence[str] | None = None) -> Section | None:
    """Show what a method found beside its networks.

    Parameters
    ----------
    result : NetworkResult
    names : sequence of str or None
        Of the units.

    Returns
    -------
    Section or None
        None for a method whose networks are all there is.
    """
    called = [str(k) for k in range(result.snapshots.n_nodes)] if names is None else list(map(str, names))
    if isinstance(result, SwitchingResult):
        return _states(result)
    if isinstance(result, FactorResult):
        return _factors(result, called)
    if isinstance(result, GLMResult):
        return _glm(result, called)
    if isinstance(result, CorrelogramResult):
        return _correlograms(result, called)
    if isinstance(result, DynamicBayesResult):
        return _bayes(result, called)
    if isinstance(result, BoltzmannResult):
        return _boltzmann(result, called)
    return None


def _matrices(
    key: str, networks: NDArray[np.float64], label: str, title: str, *, directed: bool, first: int = 1
) -> Figure:
    """Draw networks beside each other, three to a row, two on a telephone, at one scale; numbered from `first`."""
    shown = networks[:_SHOWN]
    off = ~np.eye(networks.shape[1], dtype=bool)
    known = np.abs(shown[:, off])
    top = float(np.nanquantile(known, 0.995)) if np.isfinite(known).any() else 1.0

    def make(width: float) -> list[Any]:
        columns = 3 if width > 400 else 2
        rows = -(-len(shown) // columns)
        side = (width - 52 * columns - 10) / columns
        height = rows * (side + 66)
        figure = style.new_figure(width, height)
        panels = []
        for k, weights in enumerate(shown):
            x = 46 + (k % columns) * (side + 52)
            y = height - 24 - (k // columns) * (side + 66) - side
            panel = figure.add_axes((x / width, y / height, side / width, side / height))
            pictures.plot_signed_matrix(weights, top=top or 1.0, directed=directed, ax=panel)
            panel.set_title(f"{label} {k + first}", color=style.category(k), fontsize=style.SMALL, loc="left", pad=4)
            panels.append(panel)
        return panels

    return draw.figure(
        key,
        make,
        width=700,
        narrow=True,
        title=title,
        caption="Blue excites, orange inhibits; all at one scale, colour by the root of the weight.",
        alt=f"Weight matrices of {len(shown)} networks.",
    )


def _strip(
    key: str, start: NDArray[np.float64], shares: NDArray[np.float64], stop: float, *, stacked: bool, title: str
) -> Figure:
    # A page needs no more than a few thousand steps: means of neighbours, never a choice of some.
    pool = max(1, len(start) // 1500)
    length = len(start) // pool * pool
    mean = shares[:length].reshape(-1, pool, shares.shape[1]).mean(axis=1)

    def make(width: float) -> list[Any]:
        panel = style.stack(width, [120], left=48, top=24 if shares.shape[1] <= 4 else 42)[1][0]
        return [pictures.plot_shares(start[:length:pool], mean, stop_s=stop, stacked=stacked, ax=panel)]

    return draw.figure(key, make, width=1000, narrow=True, axis="time", title=title, alt=title)


def _states(result: SwitchingResult) -> Section:
    c = result.n_states
    start = np.concatenate(
        [s + result.dt_s * np.arange(len(p)) for s, p in zip(result.run_start_s, result.posterior, strict=True)]
    )
    order = np.argsort(start, kind="stable")
    shares = np.concatenate(result.posterior)[order]
    figures = [
        _strip(
            "states-course",
            start[order],
            shares,
            float(start.max() + result.dt_s),
            stacked=True,
            title="States over time",
        ),
        _matrices("states-networks", result.weight, "state", "The connectome of every state", directed=True),
    ]
    lead = [
        f"The activity is described by {words.plural(c, 'state')}, each with its own signed network; a stay lasts "
        f"{words.listing(words.duration(float(d)) for d in result.dwell_s)} on average."
    ]
    lead += _held_out_words(result)
    tried = [f"{n} states" if n > 1 else "1 state" for n in result.tried_states.tolist()]
    rows = [*zip(tried, result.held_out, strict=True), *result.baselines.items()]
    tables = [
        Table(
            caption="States",
            columns=("state", "share of time", "mean stay (s)", "excitatory weights", "inhibitory weights"),
            rows=tuple(
                (
                    k + 1,
                    float(result.occupancy[k]),
                    float(result.dwell_s[k]),
                    int((_off(result.weight[k]) > 0).sum()),
                    int((_off(result.weight[k]) < 0).sum()),
                )
                for k in range(c)
            ),
            name="states",
        )
    ]
    if rows:
        tables.append(
            Table(
                caption="Held-out log-likelihood",
                columns=("model", "mean over folds (nats per spike, or per sample and unit)"),
                rows=tuple((name, float(np.mean(v))) for name, v in rows),
                name="states_held_out",
            )
        )

        def scores(width: float) -> list[Any]:
            panel = style.stack(width, [24.0 * len(rows) + 16], left=130, top=6, bottom=40)[1][0]
            x = "held-out log-likelihood"
            return [pictures.plot_scores([r[0] for r in rows], [r[1] for r in rows], x=x, ax=panel)]

        figures.append(
            draw.figure(
                "states-scores", scores, width=560, narrow=True, span=8, title="On data that was not fitted",
                caption="Strokes: folds. Higher is better.", alt="Held-out log-likelihood of models.",
            )
        )  # fmt: skip
    return Section(key="states", title="Hidden states", lead=tuple(lead), figures=tuple(figures), tables=tuple(tables))


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


def _off(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    off = weights[~np.eye(len(weights), dtype=bool)]
    return np.asarray(off[np.isfinite(off)])


def _factors(result: FactorResult, names: list[str]) -> Section:
    stop = float(result.frame_start_s.max(initial=0.0) + result.frame_s)
    figures = []
    if len(result.loading) == 1:
        figures.append(
            _strip(
                "factors-course", result.frame_start_s, result.activity, stop, stacked=False, title="Factors over time"
            )
        )
    figures.append(
        _matrices("factors-networks", result.networks, "factor", "The network of every factor", directed=False)
    )
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
    better = float(np.nanmin(result.held_out)) if np.isfinite(result.held_out).any() else float("nan")
    lead = [
        f"{words.plural(result.rank, 'factor')} describe the pairwise affinities with a relative error of "
        f"{words.score(result.error)}."
    ]
    if np.isfinite(better) and np.isfinite(result.held_out_mean):
        lead.append(
            f"On entries that were hidden the error is {words.score(better)}; each pair's mean alone has "
            f"{words.score(float(result.held_out_mean))}."
        )
    tables = [
        Table(
            caption="Factors and their groups",
            columns=("factor", "explained", "p", "groups", "nats saved by groups", "largest group"),
            rows=tuple(rows),
            name="factors",
        )
    ]
    if len(result.tried) > 1:
        tables.append(
            Table(
                caption="How many factors",
                columns=("factors", "stability over restarts", "error on hidden entries"),
                rows=tuple(
                    (int(k), float(a), float(b))
                    for k, a, b in zip(result.tried, result.stability, result.held_out, strict=True)
                ),
                name="factor_rank",
            )
        )
    return Section(
        key="factors", title="Factors of the connectome", lead=tuple(lead), figures=tuple(figures), tables=tuple(tables)
    )


def _glm(result: GLMResult, names: list[str]) -> Section:
    window = int(np.isfinite(result.bias).any(axis=1).argmax()) if len(result.bias) else 0
    mean = (
        np.nanmean(np.where(np.isfinite(result.coefficients), result.coefficients, np.nan), axis=0)
        if len(result.bias)
        else result.coefficients.sum(axis=0)
    )
    filters = mean @ result.basis.T
    drive = np.nan_to_num(filters.sum(axis=2))
    np.fill_diagonal(drive, 0.0)
    flat = np.argsort(-np.abs(drive), axis=None, kind="stable")[:_SHOWN]
    src, dst = np.unravel_index(flat[np.abs(drive).ravel()[flat] > 0], drive.shape)
    errors = None if result.filter_errors is None or len(result.bias) != 1 else result.filter_errors[window][src, dst]
    own = np.array([filters[k, k] for k in range(len(filters)) if np.isfinite(filters[k, k]).all()])
    figures = []

    def couplings(width: float) -> list[Any]:
        panel = style.stack(width, [190], left=58, top=10, bottom=42)[1][0]
        return [pictures.plot_filters(result.lags_s, filters[src, dst], errors, ax=panel)]

    def history(width: float) -> list[Any]:
        panel = style.stack(width, [190], left=58, top=10, bottom=42)[1][0]
        return [pictures.plot_filters(result.lags_s, own, None, ax=panel)]

    over = "" if len(result.bias) == 1 else " Means over windows."
    if len(src):
        figures.append(
            draw.figure(
                "glm-couplings", couplings, width=460, narrow=True, span=6, title=f"The {len(src)} strongest couplings",
                caption=f"What one spike of the source adds to the target's drive, lag by lag.{over}"
                + (" Bands: two standard errors." if errors is not None else ""),
                alt="Coupling filters.",
            )
        )  # fmt: skip
    if len(own):
        figures.append(
            draw.figure(
                "glm-history", history, width=460, narrow=True, span=6, title="Own history of every unit",
                caption=f"Below zero right after a spike: refractory.{over}", alt="History filters.",
            )
        )  # fmt: skip
    tables = [
        Table(
            caption="The strongest couplings",
            columns=("source", "target", "sum of the filter", "peak lag (ms)"),
            rows=tuple(
                (names[i], names[j], float(drive[i, j]), float(1000 * result.lags_s[np.abs(filters[i, j]).argmax()]))
                for i, j in zip(src.tolist(), dst.tolist(), strict=True)
            ),
            name="glm_couplings",
            folded=True,
        )
    ]
    lead = [f"Each unit's spikes are predicted from those of all others, in bins of {1000 * result.dt_s:g} ms."]
    tiles: tuple[Tile, ...] = ()
    if result.held_out is None:
        lead.append("Nothing was held out, so how well it predicts is not known.")
    else:
        score = result.held_out.per_spike()
        words_ = "gain" if score["over history"] > 0 else "lose"
        lead.append(
            f"On bins that were not fitted the couplings {words_} {words.number(abs(score['over history']))} nats per "
            "spike over each unit's own history alone."
        )
        tiles = tuple(
            Tile(value=words.number(float(score[key])), label=label, note="nats per spike, held out")
            for key, label in (("over rate", "over a constant rate"), ("over history", "over own history"))
        )
        tables.insert(
            0,
            Table(
                caption="Held-out log-likelihood",
                columns=("model", "nats per spike", "over a constant rate"),
                rows=(
                    ("couplings and history", float(score["model"]), float(score["over rate"])),
                    ("own history alone", float(score["history"]), float(score["history"] - score["rate"])),
                    ("constant rate", float(score["rate"]), 0.0),
                ),
                name="glm_held_out",
            ),
        )
    return Section(
        key="glm",
        title="Coupled Poisson model",
        lead=tuple(lead),
        tiles=tiles,
        figures=tuple(figures),
        tables=tuple(tables),
    )


def _correlograms(result: CorrelogramResult, names: list[str]) -> Section:
    gallery = result.gallery
    count = min(len(gallery.src), _SHOWN)
    found, lost = int((result.kind > 0).sum()), int((result.kind < 0).sum())
    figures = []

    def make(width: float) -> list[Any]:
        columns = min(count, 4 if width > 400 else 2)
        rows = -(-count // columns)
        wide, high = (width - 44 * columns) / columns, 84.0
        height = rows * (high + 50) + 14
        figure = style.new_figure(width, height)
        panels = []
        for k in range(count):
            x, y = 40 + (k % columns) * (wide + 44), height - 22 - (k // columns) * (high + 50) - high
            panel = figure.add_axes((x / width, y / height, wide / width, high / height))
            pictures.plot_correlogram(gallery.lag_s, gallery.counts[k], gallery.baseline[k], ax=panel)
            label = f"{names[int(gallery.src[k])]} to {names[int(gallery.dst[k])]}"
            panel.set_title(style.plain(label), color=style.MUTED, fontsize=style.SMALL - 0.5, loc="left", pad=3)
            panels.append(panel)
        panels[-1].set_xlabel("lag (ms)", color=style.MUTED, fontsize=style.SMALL)
        return panels

    if count:
        figures.append(
            draw.figure(
                "correlograms", make, width=700, narrow=True, title="Correlograms behind the most significant edges",
                caption="Counts of target minus source, so that a synapse shows at positive lags. Line: expected from "
                "the neighbouring lags.",
                alt=f"{count} correlograms.",
            )
        )  # fmt: skip
    weak = float((result.expected < 3).mean()) if len(result.expected) else float("nan")
    lead = (f"{words.plural(found, 'pair')} look excitatory and {words.number(lost)} inhibitory at short latency.",)
    notes = (
        (
            f"{100 * weak:.0f} % of the tested pairs expect fewer than three coincidences: no inhibition can be seen "
            "there.",
        )
        if np.isfinite(weak) and weak > 0
        else ()
    )
    return Section(key="correlograms", title="Correlograms", lead=lead, figures=tuple(figures), notes=notes)


def _bayes(result: DynamicBayesResult, names: list[str]) -> Section:
    rows = []
    for label, fit in (("standardised", result.standardised), ("raw", result.raw)):
        if fit is not None:
            instant, lagged = fit.weights[:, 0], fit.weights[:, 1:]
            ordered = np.any(fit.order >= 0, axis=1)
            rows.append(
                (
                    label,
                    float((np.nan_to_num(instant) != 0).sum(axis=(1, 2)).mean()),
                    float((np.nan_to_num(lagged) != 0).sum(axis=(1, 2, 3)).mean()),
                    float(np.nanmax(fit.cyclicity, initial=0.0)),
                    f"{int(ordered.sum())} of {len(fit.order)}",
                    f"{int(fit.converged.sum())} of {len(fit.converged)}",
                )
            )
    vary = result.varsortability[np.isfinite(result.varsortability)]
    lead = ["Edges within a sample form no cycle; each is a linear effect with all other units and lags held."]
    if len(vary):
        high = float(vary.mean())
        judged = (
            "so directions of the raw fit may only follow the scales" if high > 0.7 else "which is no cause for worry"
        )
        lead.append(f"Variance rises along {100 * high:.0f} % of the raw fit's paths (50 % by chance), {judged}.")
    lost = result.lost[np.isfinite(result.lost)]
    if len(lost):
        lead.append(
            f"{100 * float(lost.mean()):.0f} % of the raw fit's instantaneous edges turn or vanish once units are "
            "standardised."
        )
    first = np.nan_to_num(result.weights).mean(axis=0)
    matrices = np.concatenate([first[:1], first[1:][:2]])
    figure = _matrices(
        "bayes-lags", matrices, "lag", "Coefficients by lag (0: within a sample)", directed=True, first=0
    )
    return Section(
        key="bayes",
        title="Dynamic Bayesian network",
        lead=tuple(lead),
        figures=(figure,),
        tables=(
            Table(
                caption="Raw beside standardised",
                columns=(
                    "variables",
                    "instantaneous edges",
                    "lagged edges",
                    "cyclicity",
                    "ordered windows",
                    "converged windows",
                ),
                rows=tuple(rows),
                name="dynamic_bayes",
                note="Edges: mean per window.",
            ),
        ),
    )


def _boltzmann(result: BoltzmannResult, names: list[str]) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            float(result.log_likelihood[k]),
            float(result.log_likelihood[k] - result.log_likelihood[-1]),
            float(result.log_conditional[k] - result.log_conditional[-1]),
            *(float(v) for v in result.moment_match[k]),
        )
        for k, name in enumerate(result.models)
    )
    limit: tuple[Cell, ...] = ("sampling noise allows", None, None, None, *(float(v) for v in result.moment_match[-1]))

    def relaxation(width: float) -> list[Any]:
        panel = style.stack(width, [190], left=64, top=40 if width < 400 else 26, bottom=42)[1][0]
        return [pictures.plot_relaxation(result.sweeps, result.energy, result.energy_error, ax=panel)]

    figures = []
    if len(result.sweeps):
        figures.append(
            draw.figure(
                "boltzmann-relaxation", relaxation, width=560, narrow=True, span=8,
                title="Do chains forget where they began?",
                caption="Mean energy; bands are standard errors. The lines must meet.",
                alt="Energy of chains by sweep.",
            )
        )  # fmt: skip
    triples: tuple[tuple[Cell, ...], ...] = tuple(
        (*(names[int(u)] for u in triple), float(value))
        for triple, value in zip(result.triples[:20], result.triple_couplings[:20], strict=True)
    )
    lead = [
        "The chains have thermalised, so couplings and likelihoods can be read."
        if result.thermalised
        else "The chains have not thermalised: take likelihoods and couplings with care."
    ]
    if np.isfinite(result.log_likelihood).all():
        gain = float(result.log_likelihood[0] - result.log_likelihood[1])
        lead.append(
            f"Held out, it gives {words.number(abs(gain))} nats per sample {'more' if gain > 0 else 'less'} than the "
            "pairwise model."
        )
    return Section(
        key="boltzmann",
        title="Boltzmann machine",
        lead=tuple(lead),
        figures=tuple(figures),
        tables=(
            Table(
                caption="Models on held-out samples",
                columns=(
                    "model",
                    "log-likelihood (nats)",
                    "over independent",
                    "of a unit given the rest, over independent",
                    "means",
                    "covariances",
                    "third moments",
                ),
                rows=(*rows, limit),
                name="boltzmann_models",
                note="Moments: correlation of the model's with those of the held-out samples.",
            ),
            Table(
                caption="Strongest couplings of three",
                columns=("unit", "unit ", "unit  ", "coupling"),
                rows=triples,
                name="boltzmann_triples",
                folded=True,
            ),
        ),
    )
