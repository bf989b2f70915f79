import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from interplay import plot
from interplay.data import Events, Intervals, Recording, Series, Units
from interplay.plot import game as pictures
from interplay.plot import style

_spec = importlib.util.spec_from_file_location(
    "made_tournaments", Path(__file__).resolve().parents[1] / "report" / "made_tournaments.py"
)
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)


@pytest.fixture(scope="module")
def result():
    return _made.make_tournament()


def texts(ax):
    return [t.get_text() for t in ax.texts]


@pytest.mark.parametrize(
    ("measure", "value"), [("mean_hits", 5 / 7), ("aces", 7 / 12), ("long_rallies", (5 / 12) ** 3), ("catches", 5 / 12)]
)
def test_chance_is_that_of_a_geometric_rally(measure, value):
    assert pictures.chance_of(measure, 250, 600) == pytest.approx(value)


def test_a_paddle_as_long_as_the_field_never_misses():
    assert pictures.chance_of("aces", 600, 600) == 0
    assert pictures.chance_of("mean_hits", 600, 600) == float("inf")


def curves_of(result, measure="mean_hits", along="minute"):
    return [c for c in result.curves if (c.measure, c.along) == (measure, along)]


def test_curves_are_drawn_with_bands_and_levels(result):
    chosen = curves_of(result)[:3]
    ax = plot.plot_learning_curves(chosen, names={chosen[0].player: "first"}, lines={"chance": 0.714, "frozen": 1.2})
    lines = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    assert list(lines) == ["first", chosen[1].player, chosen[2].player]
    np.testing.assert_array_equal(lines["first"].get_ydata(), chosen[0].mean)
    np.testing.assert_array_equal(lines["first"].get_xdata(), np.arange(20) + 0.5)
    assert [line.get_ydata()[0] for line in ax.lines[:2]] == [0.714, 1.2]
    assert len(ax.collections) == 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("minute of the session", "hits per rally")


def test_curves_by_rally_and_of_aces_say_so(result):
    ax = plot.plot_learning_curves(curves_of(result, "aces", "block"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rally", "aces")
    assert ax.get_ylim() == (0, 1)


def test_curves_beyond_the_palette_share_one_grey(result):
    many = curves_of(result) * 3
    ax = plot.plot_learning_curves(many[: pictures.MOST_CURVES + 2])
    assert {line.get_color() for line in ax.lines[-2:]} == {style.OTHER}


def test_a_minute_without_neighbours_is_a_point(result):
    curve = curves_of(result)[0]
    mean = np.full(20, np.nan)
    mean[[3, 8, 9]] = 1.0, 2.0, 3.0
    ax = plot.plot_learning_curves([replace(curve, mean=mean, low=mean - 0.1, high=mean + 0.1)])
    points = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xydata().tolist() for line in points] == [[[3.5, 1.0]]]


def test_no_curve_and_a_curve_without_a_value_are_survived(result):
    assert "no curve" in texts(plot.plot_learning_curves([]))
    one = curves_of(result)[0]
    nothing = np.full(20, np.nan)
    assert plot.plot_learning_curves([replace(one, mean=nothing, low=nothing, high=nothing)]) is not None


def test_players_stand_in_reading_order_with_published_rows_last(result):
    ax = plot.plot_players(result, measure="aces")
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels[:3] == ["Chance", "Random", "Frozen centre"]
    assert labels[-1] == "published: Human cortical cells (HCC)"
    assert len(labels) == len(result.players) + len(result.published)
    assert ax.lines[0].get_xdata()[0] == pytest.approx(7 / 12)
    assert ax.get_xlabel().startswith("aces")


def test_players_are_points_at_their_means(result):
    ax = plot.plot_players(result, measure="catches", view="rallies")
    means = {result.summary(p.player, "rallies").measures["catches"].value for p in result.players}
    points = {line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"}
    assert points == means
    assert not any("published" in t.get_text() for t in ax.get_yticklabels())


def test_a_player_far_beyond_the_others_is_written_at_the_edge(result):
    ax = plot.plot_players(result, measure="mean_hits")
    oracle = result.summary("oracle", "seconds").measures["mean_hits"].value
    assert ax.get_xlim()[1] < oracle
    assert f"{oracle:.1f} \N{RIGHTWARDS ARROW}" in texts(ax)
    # Neither its point nor its interval is drawn: they would strike the number through.
    row = [t.get_text() for t in ax.get_yticklabels()].index("Oracle")
    assert not [line for line in ax.lines if list(line.get_ydata()) in ([row], [row, row])]


def test_a_player_without_a_session_keeps_its_row(result):
    bare = replace(result, summaries=tuple(s for s in result.summaries if s.player != "random"))
    ax = plot.plot_players(bare)
    assert "Random" in [t.get_text() for t in ax.get_yticklabels()]


def test_a_film_shows_its_frames_with_their_times(result):
    film = result.films[0]
    ax = plot.plot_film(film, rules=result.rules, frames=5)
    shown = texts(ax)
    assert len(shown) == 5
    assert shown[0] == "120.0 s"
    assert shown[-1] == f"+{film.time_s[-1]:.1f} s"
    balls = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(balls) == 5
    assert balls[0].get_ydata()[0] == film.ball_y[0]
    # The field's y grows downwards.
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_a_film_of_one_row_or_none(result):
    film = result.films[0]
    one = replace(film, **{k: getattr(film, k)[:1] for k in ("time_s", "ball_x", "ball_y", "paddle_y")})
    assert len(texts(plot.plot_film(one, rules=result.rules))) == 1
    gone = replace(one, ball_x=np.array([np.nan]))
    assert "not known" in texts(plot.plot_film(gone, rules=result.rules))[0]


def test_cells_show_the_change_its_star_and_the_frame_of_the_winner():
    result = _made.make_tournament(small=False, n_seeds=3, films=False)
    ax = plot.plot_cells(result)
    change = next(c for c in result.changes if c.player.endswith("feedback=fep,plasticity=readout"))
    wanted = f"{change.improvement.value:+.0f} % *".replace("-", "\N{MINUS SIGN}")
    assert wanted in texts(ax)
    assert f"{change.first:.2f} \N{RIGHTWARDS ARROW} {change.second:.2f}" in texts(ax)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["fep", "silent", "open loop", "rest"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["stdp", "r stdp centred", "frozen", "readout"]
    assert sum(to_hex(line.get_color()) == style.INK for line in ax.lines) == 1
    assert sum("*" in t for t in texts(ax)) == 4


def test_cells_without_a_dish_say_so(result):
    bare = replace(result, players=tuple(p for p in result.players if p.kind != "dish"))
    assert "no dish" in texts(plot.plot_cells(bare))[0]


def recording(**changes):
    time = np.concatenate([np.arange(0, 4, 0.1), np.arange(12, 20, 0.1)])
    game = Series(
        time=time,
        values=np.column_stack([np.full(len(time), 175.0), 300 + time, 200 + 10 * time]),
        names=("paddle_y", "ball_x", "ball_y"),
        unit="px",
    )
    parts = {
        "events": Events.from_trains([[0.5, 13.0], [1.0], [2.0], [15.0]], span=(0, 20)),
        "units": Units(n=4, group=np.array(["motor_left", "sensory", "motor_right", "sensory"])),
        "behavior": {"game": game},
        "epochs": {"rallies": Intervals(start=[0.0, 4.0], stop=[4.0, 20.0], label=np.array(["0", "2"]))},
    }
    return Recording(**(parts | changes))


def test_the_game_track_is_parted_by_pauses_and_marks_misses():
    ax = plot.plot_game_track(recording())
    balls = [line for line in ax.lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in balls] == [40, 80]
    misses = next(line for line in ax.lines if line.get_marker() == "o")
    assert misses.get_xdata().tolist() == [4.0]
    assert len(ax.collections) == 2
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "height (px)")


def test_the_game_track_shows_a_stretch():
    ax = plot.plot_game_track(recording(), start=12.0, stop=15.0)
    assert ax.get_xlim() == (12.0, 15.0)
    assert max(line.get_xdata().max() for line in ax.lines if len(line.get_xdata())) < 15


def test_an_unknown_track_says_so():
    assert "not known" in texts(plot.plot_game_track(recording(behavior={})))[0]


def test_the_raster_sorts_electrodes_by_group_with_sensory_on_top():
    ax = plot.plot_group_raster(recording(), start=0.0, stop=5.0)
    ticks = dict(zip([t.get_text() for t in ax.get_yticklabels()], ax.get_yticks(), strict=True))
    assert list(ticks) == ["motor right", "motor left", "sensory"] or ticks["sensory"] == max(ticks.values())
    assert ax.get_ylim()[0] < ax.get_ylim()[1]
    assert ax.get_xlim() == (0.0, 5.0)


def test_pictures_leave_the_given_axes_and_no_global_state(result):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    ax = style.stack(400, [200])[1][0]
    assert plot.plot_cells(result, ax=ax) is ax
    assert plot.plot_players(result, ax=style.stack(400, [200])[1][0]) is not ax
    assert plt.get_fignums() == before
