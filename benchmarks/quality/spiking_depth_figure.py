"""Draw docs/images/spiking_depth.png and spiking_depth_events.png from what the benchmarks of those names measured.

`python -m benchmarks.quality.spiking_depth_figure`
"""

from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.quality import spiking_depth, spiking_depth_events
from benchmarks.quality.spiking_depth import LAYERS, interval, stored

IMAGES = Path(__file__).parents[2] / "docs" / "images"
#: Shown: gradient and normalisation, name, colour's place, dashes, draws.
BINARY = (
    (("st", "none"), "straight-through (ST)", 0, "-", 20),
    (("half", "none"), "half (ZGR)", 1, "-", 20),
    (("agr(1)", "none"), "Gumbel-Rao, τ = 1", 2, "-", 20),
    (("const(1)", "none"), "one-sided, p = 1", 3, "-", 20),
    (("hard_tanh", "none"), "threshold, hard tanh", 7, "--", 0),
    (("fast_sigmoid(25)", "none"), "threshold, fast sigmoid", 5, "--", 0),
    (("st", "batch"), "ST + batch norm", 6, ":", 20),
    (("hard_tanh", "batch"), "hard tanh + batch norm", 4, ":", 0),
)
EVENTS = (
    (("st", "none"), "straight-through (ST)", 0, "-", 20),
    (("half", "none"), "half (ZGR)", 1, "-", 20),
    (("agr(1)", "none"), "Gumbel-Rao, τ = 1", 2, "-", 20),
    (("hard_tanh", "none"), "threshold, hard tanh", 7, "--", 0),
    (("arctan(2)", "none"), "threshold, arctan", 3, "--", 0),
    (("fast_sigmoid(5)", "none"), "threshold, fast sigmoid", 5, "--", 0),
    (("half", "batch"), "half + batch norm", 6, ":", 20),
    (("fast_sigmoid(5)", "batch"), "fast sigmoid + batch norm", 4, ":", 0),
)


def groups(path):
    found = defaultdict(list)
    for row in stored(path):
        if "failed" not in row and row.get("posterior") is None:
            found[(row["gradient"], row["normalise"]), row["residual"], row["layers"]].append(row)
    return found


def draw(path, shown, chance, losses, out):
    """Draw accuracy over depth, and curves and gradients of the deepest networks; residual above, plain below."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from interplay.plot.style import GRID, INK, MUTED, category, new_figure

    rows = groups(path)
    look = {"font.size": 10.5, "axes.spines.top": False, "axes.spines.right": False, "text.color": INK}
    look |= {"axes.labelcolor": INK, "xtick.color": MUTED, "ytick.color": MUTED, "axes.edgecolor": MUTED}
    with rc_context(look):
        figure = new_figure(980, 640)
        figure.patch.set_visible(True)
        figure.patch.set_facecolor("white")
        axes = figure.subplots(2, 3, gridspec_kw={"wspace": 0.3, "hspace": 0.38})
        for line, residual in enumerate((True, False)):
            name = "residual" if residual else "plain"
            accuracy, curve, gradient = axes[line]
            for way, label, colour, dashes, draws in shown:
                style = {"color": category(colour), "linestyle": dashes, "linewidth": 1.8}
                means = np.array([interval([r[f"accuracy_{draws}"] for r in rows[way, residual, n]]) for n in LAYERS])
                accuracy.plot(range(4), means[:, 0], label=label, **style)
                accuracy.fill_between(
                    range(4),
                    means[:, 0] - means[:, 1],
                    means[:, 0] + means[:, 1],
                    color=category(colour),
                    alpha=0.13,
                    lw=0,
                )
                deep = rows[way, residual, 24]
                trace = np.array([r["trace"] for r in deep])
                curve.plot(np.arange(1, trace.shape[1] + 1), trace.mean(axis=0), **style)
                norms = np.median([r["gradient_start"] for r in deep], axis=0)
                gradient.semilogy(np.arange(len(norms)), norms, **style)
            accuracy.set(xticks=range(4), xticklabels=LAYERS, ylim=(chance - 0.05, None), xlabel="layers of units")
            accuracy.axhline(chance, color=MUTED, linewidth=0.8)
            accuracy.text(3, chance + 0.005, "chance", ha="right", va="bottom", color=MUTED, fontsize=9)
            accuracy.set_ylabel(f"{name}: test accuracy")
            curve.set(
                xlabel="pass over the data",
                ylabel="training cross-entropy (nats)",
                ylim=losses[line],
            )
            curve.set_title("24 layers" if line == 0 else "", fontsize=10.5)
            gradient.set(xlabel="layer of weights (0: stem, 24: read-out)", ylabel="gradient norm at the start")
            gradient.set_title("24 layers" if line == 0 else "", fontsize=10.5)
            for ax in axes[line]:
                ax.grid(color=GRID, linewidth=0.8)
                ax.set_axisbelow(True)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.subplots_adjust(left=0.065, right=0.985, top=0.885, bottom=0.075)
        figure.legend(
            handles, labels, ncol=4, loc="upper center", frameon=False, fontsize=10, bbox_to_anchor=(0.5, 0.995)
        )
        FigureCanvasAgg(figure)
        figure.savefig(out, dpi=96)


if __name__ == "__main__":
    draw(spiking_depth.PATH, BINARY, 0.2, ((0, 1.8), (0.9, 2.3)), IMAGES / "spiking_depth.png")
    draw(spiking_depth_events.PATH, EVENTS, 0.25, ((0, 1.5), (0, 1.7)), IMAGES / "spiking_depth_events.png")
