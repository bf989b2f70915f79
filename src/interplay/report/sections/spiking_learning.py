"""How spiking networks learnt, what goes on inside, and what they learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interplay.plot import style
from interplay.plot.spiking import NET_COLOURS, plot_gradients, plot_layer_raster, plot_learning
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.spiking_findings import SpikingActivity, SpikingCourse, SpikingFindings


def section_spiking_learning(found: SpikingFindings, *, key: str = "learning") -> Section:
    """Show training curves and the gradient of every layer.

    Parameters
    ----------
    found : SpikingFindings
    key : str

    Returns
    -------
    Section
    """
    return Section(
        key=key,
        title="How they learnt",
        text=(
            "Left: cross-entropy of the samples learnt from, under one draw; right: of the watched ones. A point marks "
            "the epoch whose parameters were kept. The gradient of each layer of weights was measured on the first "
            "batch, before and after training: a network that is too deep for its estimator shows norms that fall (or "
            "rise) by orders of magnitude from the read-out to the input.",
        ),
        figures=(_curves(found, key), _gradients(found, key)),
        tables=(_table(found, key), _gradient_table(found, key)),
    )


def _coloured(found: SpikingFindings) -> list[tuple[SpikingCourse, str]]:
    return [(course, NET_COLOURS[k] if k < len(NET_COLOURS) else style.OTHER) for k, course in enumerate(found.courses)]


def _pair(width: float, tall: float, top: float) -> list[Any]:
    """Lay two panels side by side, or one above the other where it is narrow."""
    left, gap, foot = 58.0, 62.0, 40.0
    if width > 500:
        figure = style.new_figure(width, top + tall + foot)
        wide = (width - left - gap - 14) / 2
        places = [(left + k * (wide + gap), foot) for k in range(2)]
    else:
        figure = style.new_figure(width, top + 2 * (tall + foot) + 26)
        wide = width - left - 14
        places = [(left, foot + (1 - k) * (tall + foot + 26)) for k in range(2)]
    w, h = (float(v) * 72 for v in figure.get_size_inches())
    return [figure.add_axes((x / w, y / h, wide / w, tall / h)) for x, y in places]


def _room(width: float, names: list[str]) -> float:
    """Give the height that the legend above needs: in one column where it is narrow."""
    return 34.0 + 16.0 * (len(names) if width < 500 else -(-len(names) // 2))


def _legend(ax: Any, width: float) -> None:
    legend = ax.get_figure().legend(
        *ax.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(58 / width, 1.0),
        ncols=1 if width < 500 else 2,
        frameon=False,
        fontsize=style.SMALL - 0.5,
        borderpad=0.2,
        handlelength=1.2,
        columnspacing=1.6,
    )
    for text in legend.get_texts():
        text.set_color(style.MUTED)


def _curves(found: SpikingFindings, key: str) -> Figure:
    courses = [(c.name, c.trace, c.best_epoch, colour) for c, colour in _coloured(found)]
    names = [c[0] for c in courses]

    def make(width: float) -> list[Any]:
        panels = _pair(width, 200.0, _room(width, names))
        for ax, part, head in zip(
            panels, ("cross_entropy", "held_out"), ("learnt from", "watched"), strict=True
        ):  # fmt: skip
            plot_learning(courses, part, ax=ax)
            ax.set_title(head, loc="left", fontsize=style.SMALL, color=style.INK, pad=6)
        _legend(panels[0], width)
        return panels

    return draw.figure(
        f"{key}-curves",
        make,
        width=900,
        narrow=True,
        title="Learning curves",
        caption="Cross-entropy per sample, epoch by epoch. A gap between left and right is what was learnt by heart.",
        alt="Learning curves of the networks.",
    )


def _gradients(found: SpikingFindings, key: str) -> Figure:
    coloured = _coloured(found)
    names = [c.name for c, _ in coloured]

    def make(width: float) -> list[Any]:
        panels = _pair(width, 180.0, _room(width, names))
        for ax, when, head in zip(panels, ("gradient_start", "gradient_end"), ("before", "after"), strict=True):
            plot_gradients([(c.name, getattr(c, when), colour) for c, colour in coloured], ax=ax)
            ax.set_title(f"{head} training", loc="left", fontsize=style.SMALL, color=style.INK, pad=6)
            if width < 500:
                ax.tick_params(axis="x", labelrotation=20)
        _legend(panels[0], width)
        return panels

    return draw.figure(
        f"{key}-gradients",
        make,
        width=900,
        narrow=True,
        title="Gradient of each layer",
        caption="Norm of the cross-entropy's gradient for the mean weights, first batch, one draw.",
        alt="Norm of the gradient of each layer of weights.",
    )


def _table(found: SpikingFindings, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for course in found.courses:
        kept = course.best_epoch
        held = course.trace.get("held_out")
        known = course.trace["cross_entropy"]
        rows.append(
            (
                course.name,
                course.parameters,
                len(known),
                kept + 1,
                float(known[0]),
                float(known[kept]),
                float("nan") if held is None else float(held[kept]),
            )
        )
    columns = ("network", "parameters", "epochs", "kept", "cross-entropy at first", "kept", "watched, kept")
    return Table(caption="Trainings", columns=columns, rows=tuple(rows), name=key)


def _gradient_table(found: SpikingFindings, key: str) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (c.name, layer, c.gradient_start[layer], c.gradient_end.get(layer, float("nan")))
        for c in found.courses
        for layer in c.gradient_start
    )
    columns = ("network", "layer of weights", "before", "after")
    return Table(caption="Norms of the gradient", columns=columns, rows=rows, name=f"{key}-gradients", folded=True)


def section_spiking_activity(found: SpikingFindings, *, key: str = "activity") -> Section:
    """Show one sample on its way through the network.

    Parameters
    ----------
    found : SpikingFindings
        With `activity`.
    key : str

    Returns
    -------
    Section
    """
    shown = found.activity
    assert shown is not None
    timed = shown.step_s > 0
    verdict = "rightly" if shown.truth == shown.told else "wrongly"
    rates: Mapping[str, float] = next(iter(found.rates.values()))
    rows: tuple[tuple[Cell, ...], ...] = tuple((layer, 100 * rate) for layer, rate in rates.items())
    return Section(
        key=key,
        title="One sample inside the network",
        text=(
            f"Sample {shown.row} of the judged data is {shown.truth!r}; the network tells {shown.told!r} with "
            f"probability {words.score(shown.probability)}, {verdict}. It is the first one judged, not a chosen one.",
        ),
        figures=(_raster(shown, key),) if timed else (),
        tables=(
            Table(
                caption="Share of units that fire" + (" per step, %" if timed else ", %"),
                columns=("layer", "mean over judged samples"),
                rows=rows,
                name=key,
            ),
        ),
    )


def _raster(shown: SpikingActivity, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        heights = [110.0 if k == 0 else 130.0 for k in range(len(shown.layers))]
        panels = style.stack(width, heights, left=64, gap=14, bottom=40)[1]
        return list(plot_layer_raster(shown.layers, step_s=shown.step_s, panels=panels))

    return draw.figure(
        f"{key}-raster",
        make,
        width=900,
        axis=None,
        narrow=True,
        title="From the input to the last layer",
        caption="One draw. Grey: steps in which an input unit has events, low units below; teal: spikes of the "
        "hidden units.",
        alt="Spikes of the input and of every hidden layer over time.",
    )


def section_spiking_samples(found: SpikingFindings, columns: Mapping[str, Any], *, key: str = "samples") -> Section:
    """Say what the samples are, and what they are not.

    Parameters
    ----------
    found : SpikingFindings
    columns : mapping of str to lists
        "class" and counts per class.
    key : str

    Returns
    -------
    Section
    """
    warning = (
        "These samples are made up. What is found here says that the code learns, and how methods compare on made-up "
        "samples; it says nothing of how they do on the real set.",
    )
    rows = tuple(zip(*columns.values(), strict=True))
    return Section(
        key=key,
        title="The samples",
        text=(found.about, *(warning if found.synthetic else ())),
        tables=(
            Table(caption="Samples per class", columns=tuple(columns), rows=rows, name=key, folded=len(rows) > 12),
        ),
        notes=tuple(dict.fromkeys(found.notes)),
    )
