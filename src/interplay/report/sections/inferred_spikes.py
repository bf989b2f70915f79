"""The chapters on coupled Poisson models and on correlograms."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.infer.correlogram_results import CorrelogramResult
from interplay.infer.glm_results import GLMResult
from interplay.plot import inferred as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Figure, Section, Table, Tile
from interplay.report.sections.inferred_drawing import MOST, Floats, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a filter adds to, by link.
_DRIVE = {"exp": "log rate", "softplus": "drive"}


def section_glm(result: GLMResult, names: Sequence[str]) -> Section:
    """Show coupling and history filters, and what they predict beside trivial models.

    Parameters
    ----------
    result : GLMResult
    names : sequence of N str

    Returns
    -------
    Section
    """
    mean, error = _over_windows(result)
    drive = np.nan_to_num(mean.sum(axis=2))
    np.fill_diagonal(drive, 0.0)
    flat = np.argsort(-np.abs(drive), axis=None, kind="stable")[:MOST]
    src, dst = np.unravel_index(flat[np.abs(drive).ravel()[flat] > 0], drive.shape)
    over = "" if len(result.bias) == 1 else " Means over windows."
    what = _DRIVE[result.link]
    figures = []
    if len(src):
        figures.append(_couplings(result, names, mean, error, src, dst, over))
    own = np.array([mean[k, k] for k in range(len(mean)) if np.isfinite(mean[k, k]).all()])
    if len(own):

        def history(width: float) -> list[Any]:
            panel = style.stack(width, [190], left=58, top=10, bottom=42)[1][0]
            return [pictures.plot_filters(result.lags_s, own, None, y=f"change of the {what}", ax=panel)]

        caption = f"Below zero right after a spike: refractory.{over}"
        title = "Own history of every unit"
        figures.append(
            draw.figure("glm-history", history, width=560, narrow=True, span=8, title=title, caption=caption, alt=title)
        )
    rows = tuple(
        (names[i], names[j], float(drive[i, j]), float(1000 * result.lags_s[np.abs(mean[i, j]).argmax()]))
        for i, j in zip(src.tolist(), dst.tolist(), strict=True)
    )
    heads = ("source", "target", f"sum of the filter ({what})", "peak lag (ms)")
    strongest = Table(caption="The strongest couplings", columns=heads, rows=rows, name="glm_couplings", folded=True)
    lead, tiles, tables = _held_out(result)
    return Section(
        key="glm",
        title="Coupled Poisson model",
        lead=tuple(lead),
        tiles=tiles,
        figures=tuple(figures),
        tables=(*tables, strongest),
    )


def _over_windows(result: GLMResult) -> tuple[Floats, Floats | None]:
    """Average filters over windows; the error is the fit's own, or that of the mean over windows."""
    filters = result.coefficients @ result.basis.T
    if not len(filters):
        return np.full((*filters.shape[1:3], len(result.basis)), np.nan), None
    if len(filters) == 1:
        return filters[0], None if result.filter_errors is None else result.filter_errors[0]
    with warnings.catch_warnings():
        # A pair that no window knows has no mean, and is not drawn.
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nanmean(filters, axis=0)
        count = np.isfinite(filters).sum(axis=0)
        error = np.nanstd(filters, axis=0, ddof=1) / np.sqrt(count)
    return mean, error


def _couplings(
    result: GLMResult,
    names: Sequence[str],
    mean: Floats,
    error: Floats | None,
    src: NDArray[np.int64],
    dst: NDArray[np.int64],
    over: str,
) -> Figure:
    top = float(np.nanmax(np.abs(mean[src, dst])))
    if error is not None:
        top = float(np.nanmax(np.abs(mean[src, dst]) + 2 * np.nan_to_num(error[src, dst])))

    def one(k: int, ax: Axes) -> str:
        i, j = int(src[k]), int(dst[k])
        band = None if error is None else error[i, j][None]
        pictures.plot_filters(result.lags_s, mean[i, j][None], band, y="", ax=ax)
        style.few_ticks(ax, "both", 3)
        ax.set_xlabel("")
        ax.set_ylim(-1.05 * top, 1.05 * top)
        return f"{names[i]} to {names[j]}"

    bands = ""
    if error is not None:
        bands = " Bands: two standard errors" + (", from the scatter of the windows." if over else ".")
    return draw.figure(
        "glm-couplings",
        lambda width: panels(width, len(src), one, last="lag (ms)"),
        width=700,
        narrow=True,
        title=f"The {words.plural(len(src), 'strongest coupling')}",
        caption=f"What one spike of the source adds to the target's {_DRIVE[result.link]}, lag by lag, at one scale; "
        f"blue excites, orange inhibits.{over}{bands}",
        alt="Coupling filters.",
    )


def _held_out(result: GLMResult) -> tuple[list[str], tuple[Tile, ...], list[Table]]:
    lead = [f"Each unit's spikes are predicted from those of all others, in bins of {1000 * result.dt_s:g} ms."]
    if result.held_out is None:
        lead.append("Nothing was held out, so how well it predicts is not known.")
        return lead, (), []
    score = result.held_out.per_spike()
    gains = score["over history"] > 0
    lead.append(
        f"On bins that were not fitted the couplings {'gain' if gains else 'lose'} "
        f"{words.number(abs(score['over history']))} nats per spike over each unit's own history alone."
    )
    if not gains:
        lead.append("So the couplings below are no better than none at foreseeing spikes: take them as descriptions.")
    tiles = tuple(
        Tile(value=words.number(float(score[key])), label=label, note="nats per spike, held out")
        for key, label in (("over rate", "over a constant rate"), ("over history", "over own history"))
    )
    rows = (
        ("couplings and history", float(score["model"]), float(score["over rate"])),
        ("own history alone", float(score["history"]), float(score["history"] - score["rate"])),
        ("constant rate", float(score["rate"]), 0.0),
    )
    heads = ("model", "nats per spike", "over a constant rate")
    return lead, tiles, [Table(caption="Held-out log-likelihood", columns=heads, rows=rows, name="glm_held_out")]


def section_correlograms(result: CorrelogramResult, names: Sequence[str]) -> Section:
    """Show the correlograms with the smallest p-values, one for each pair.

    Parameters
    ----------
    result : CorrelogramResult
    names : sequence of N str

    Returns
    -------
    Section
    """
    gallery = result.gallery
    shown: list[int] = []
    seen: set[tuple[int, int]] = set()
    for k, pair in enumerate(zip(gallery.src.tolist(), gallery.dst.tolist(), strict=True)):
        if pair not in seen and len(shown) < MOST:
            seen.add(pair)
            shown.append(k)
    bounds = result.snapshots.bounds

    def one(k: int, ax: Axes) -> str:
        g = shown[k]
        pictures.plot_correlogram(gallery.lag_s, gallery.counts[g], gallery.baseline[g], ax=ax)
        when = f", {bounds[gallery.window[g], 0]:g} s" if len(bounds) > 1 else ""
        return f"{names[int(gallery.src[g])]} to {names[int(gallery.dst[g])]}{when}"

    pairs = result.snapshots.src * result.snapshots.n_nodes + result.snapshots.dst
    found = len(np.unique(pairs[result.kind > 0]))
    lost = len(np.unique(pairs[result.kind < 0]))
    title = "Correlograms with the smallest p-values" + ("" if found or lost else ", none of them significant")
    figures: tuple[Figure, ...] = ()
    if shown:
        when = " After the names: when the window begins." if len(bounds) > 1 else ""
        caption = (
            "Counts of target minus source, so that a synapse shows at positive lags. Line: expected from the "
            f"neighbouring lags. One panel for each pair.{when}"
        )
        figures = (
            draw.figure(
                "correlograms",
                lambda width: panels(width, len(shown), one, last="lag (ms)"),
                width=700,
                narrow=True,
                title=title,
                caption=caption,
                alt=f"{len(shown)} correlograms.",
            ),
        )
    weak = float((result.expected < 3).mean()) if len(result.expected) else 0.0
    verb = "looks" if found == 1 else "look"
    where = " in at least one window" if len(bounds) > 1 else ""
    lead = (f"{words.plural(found, 'pair')} {verb} excitatory and {words.number(lost)} inhibitory{where}.",)
    notes = (
        f"{100 * weak:.0f} % of the tested pairs expect fewer than three coincidences: no inhibition is seen there.",
    )
    return Section(
        key="correlograms", title="Correlograms", lead=lead, figures=figures, notes=notes if weak > 0 else ()
    )
