import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

from interplay import plot
from interplay.plot import style


def draw():
    _, (ax,) = style.stack(300, [100])
    ax.plot([0, 1, 2], [0.1, 0.4, 0.2], color=style.INK)
    ax.set_title("a < b & $c")
    return style.dress(ax, x="time (s)").figure


def test_svg_repeats_to_the_byte_and_says_nothing_of_the_day():
    first, second = style.to_svg(draw(), "k"), style.to_svg(draw(), "k")
    assert first == second
    assert "<dc:date>" not in first
    assert "Matplotlib v" not in first.split("-->")[-1]


def test_svg_is_well_formed_and_keeps_text_as_text():
    root = ET.fromstring(style.to_svg(draw(), "k"))
    assert any((node.text or "") == "time (s)" for node in root.iter())


def test_drawing_leaves_the_users_settings_alone(make):
    before = dict(mpl.rcParams)
    with style.house_defaults():
        style.to_svg(plot.plot_matrix(make.network().snapshots).figure, "k")
    assert dict(mpl.rcParams) == before


def test_the_users_settings_do_not_reach_house_drawings():
    with style.house_defaults():
        plain = style.to_svg(draw(), "k")
    with mpl.rc_context({"font.size": 22, "axes.linewidth": 4, "lines.linewidth": 9}), style.house_defaults():
        assert style.to_svg(draw(), "k") == plain


def test_importing_plot_and_report_loads_no_matplotlib():
    code = "import sys, interplay.plot, interplay.report; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_pictures_never_touch_pyplot(make):
    code = (
        "import sys, numpy as np\n"
        "from interplay import plot\n"
        "from interplay.data import Events\n"
        "plot.plot_raster(Events.from_trains([[0.1], [0.5]], span=(0, 1)))\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_panels_have_the_heights_asked_for():
    figure, panels = style.stack(400, [50, 100], gap=20, top=10, bottom=30)
    height = figure.get_size_inches()[1] * 72
    assert height == pytest.approx(210)
    assert [p.get_position().height * height for p in panels] == pytest.approx([50, 100])
    assert panels[0].get_position().y0 * height == pytest.approx(150)


def test_palette_has_no_colour_twice():
    assert len(set(style.THEME)) == len(style.THEME) == len(set(style.THEME.values()))


def luminance(colour):
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("colour", [style.INK, style.MUTED, style.POSITIVE, style.NEGATIVE, style.ACCENT])
def test_text_colours_stand_out_from_paper(colour):
    # Ratio of relative luminances, WCAG 2.2, success criterion 1.4.3: at least 4.5 for small text.
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_names_are_not_read_as_mathematics():
    ax = style.stack(100, [50])[1][0]
    ax.set_title(style.plain("$x_$"))
    assert "$x_$" in style.to_svg(ax.figure, "k")


NAMES = ["a group with quite a long name", "majority", "minority", "i", "all nodes"]


@pytest.mark.parametrize("room", [60.0, 170.0, 215.0, 300.0, 380.0, 500.0])
def test_a_legend_takes_the_most_columns_that_matplotlib_fits_beside_each_other(room):
    def width(columns):
        _, (ax,) = style.stack(600, [100])
        for name in NAMES:
            ax.plot([0, 1], label=name)
        style.quiet_legend(ax, columns=columns)
        ax.figure.canvas.draw()
        return ax.get_legend().get_window_extent().width * 72 / ax.figure.dpi

    with style.house_defaults():
        fitting = [c for c in range(1, 6) if width(c) <= room]
        assert style.legend_columns(NAMES, room) == max(fitting, default=1)
        assert style.legend_columns(NAMES, room, most=2) == max((c for c in fitting if c <= 2), default=1)


def test_a_legend_of_one_name_or_none_has_one_column():
    assert style.legend_columns(["a"], 300.0) == style.legend_columns([], 300.0) == 1
