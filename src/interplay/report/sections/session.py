"""A session in which a culture played: how well, beside chance and what was published, and how along the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Recording
from interplay.io.dish_game import LONG, GameStatistics, game_statistics
from interplay.loop.published import PUBLISHED
from interplay.loop.tables import FilmStrip, PublishedRow
from interplay.plot import game as pictures
from interplay.plot import session as tracks
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile

#: Where the first part ends, s.
SPLIT_S = 300.0
#: Seconds of game and spikes shown at once.
_GLIMPSE_S = 30.0
_RULES = {"size_px": tracks.SIZE_PX, "paddle_px": tracks.PADDLE_PX}
_MEASURES = ("mean_hits", "aces", "long_rallies")
_HEADS = ("hits per rally", "aces", "\N{GREATER-THAN OR EQUAL TO} 3 hits")


def plays(recording: Recording) -> bool:
    """Say whether a recording is of a session with rallies, which `section_session` can show.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    bool
    """
    rallies = recording.epochs.get("rallies")
    return bool(rallies is not None and len(rallies) and all(k.isdecimal() for k in np.asarray(rallies.label).tolist()))


def section_session(
    recording: Recording,
    statistics: GameStatistics | None = None,
    *,
    published: Sequence[PublishedRow] = PUBLISHED,
    key: str = "session",
) -> Section:
    """Show how the game was played: figures beside chance and the published ones, the course, and two rallies.

    Parameters
    ----------
    recording : Recording
        With the epoch "rallies", labelled by hits; with the behaviour "game" the rallies are drawn too.
    statistics : GameStatistics or None
        Computed where None.
    published : sequence of PublishedRow
        Printed beside.
    key : str
        Unique on the page.

    Returns
    -------
    Section

    Raises
    ------
    DataError
        If there are no rallies.
    """
    statistics = game_statistics(recording) if statistics is None else statistics
    rallies = recording.epochs["rallies"]
    ended = rallies.stop - recording.span[0]
    hits = statistics.hits
    values = {m: _value(m, hits) for m in _MEASURES}
    return Section(
        key=key,
        title="The game",
        lead=(_sentence(hits, values, recording),),
        tiles=tuple(_tiles(hits, values)),
        text=(
            "Chance is a paddle that covers 250 of 600 px and heeds nothing. Mean hits alone are a poor metric: a "
            "few almost level rallies can carry them; aces, the rallies without a hit, are robust.",
        ),
        figures=tuple(f for f in (_course(hits, ended), _glimpse(recording), _films(recording, hits)) if f is not None),
        tables=(_table(hits, ended, published),),
        notes=(
            "One session says little: its intervals are wide, and what changes within it may be chance. Published "
            "rows are means over many sessions of living cultures.",
        ),
    )


def _value(measure: str, hits: NDArray[np.int64]) -> float:
    if not len(hits):
        return float("nan")
    parts = {"mean_hits": hits, "aces": hits == 0, "long_rallies": hits >= LONG}
    return float(parts[measure].mean())


def _shown(measure: str, value: float) -> str:
    if not np.isfinite(value):
        return words.DASH
    return words.score(value) if measure == "mean_hits" else f"{100 * value:.1f} %"


def _chance(measure: str) -> float:
    return pictures.chance_of(measure, tracks.PADDLE_PX, tracks.SIZE_PX)


def _ace_interval(hits: NDArray[np.int64]) -> tuple[float, float]:
    """Give the Wilson interval of the share of aces, 95 %."""
    n, p, z = len(hits), _value("aces", hits), 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return middle - half, middle + half


def _sentence(hits: NDArray[np.int64], values: dict[str, float], recording: Recording) -> str:
    low, high = _ace_interval(hits)
    level = _chance("aces")
    where = "fewer than" if high < level else "more than" if low > level else "not told apart from"
    return (
        f"{words.plural(len(hits), 'rally', 'rallies')} in {words.duration(recording.span[1] - recording.span[0])}: "
        f"{_shown('mean_hits', values['mean_hits'])} hits per rally, and {_shown('aces', values['aces'])} aces (95 % "
        f"interval {100 * low:.0f} to {100 * high:.0f} %), {where} chance ({_shown('aces', level)})."
    )


def _tiles(hits: NDArray[np.int64], values: dict[str, float]) -> list[Tile]:
    tiles = [
        Tile(value=words.number(len(hits)), label="rallies", note=f"longest: {words.plural(int(hits.max()), 'hit')}")
    ]
    for measure, head in zip(_MEASURES, _HEADS, strict=True):
        note = f"chance {_shown(measure, _chance(measure))}"
        tiles.append(Tile(value=_shown(measure, values[measure]), label=head, note=note))
    return tiles


def _table(hits: NDArray[np.int64], ended: NDArray[np.float64], published: Sequence[PublishedRow]) -> Table:
    early = ended <= SPLIT_S
    rows: list[tuple[Cell, ...]] = [
        ("this session", 1, *(_arrow(m, _value(m, hits[early]), _value(m, hits[~early])) for m in _MEASURES), "")
    ]
    rows.append(("chance, by arithmetic", None, *(_shown(m, _chance(m)) for m in _MEASURES), "paddle over field"))
    rows += [
        (f"{r.name} ({r.group})", r.sessions, *(_arrow(m, *getattr(r, m)) for m in _MEASURES), r.source)
        for r in published
    ]
    columns = ("group", "sessions", *_HEADS, "source")
    caption = "First five minutes \N{RIGHTWARDS ARROW} the rest, beside what was published"
    return Table(caption=caption, columns=columns, rows=tuple(rows), name="game")


def _arrow(measure: str, first: float, second: float) -> str:
    if not np.isfinite([first, second]).any():
        return words.DASH
    text = f"{_shown(measure, first)} \N{RIGHTWARDS ARROW} {_shown(measure, second)}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _course(hits: NDArray[np.int64], ended: NDArray[np.float64]) -> Figure:
    def panels(width: float) -> list[Any]:
        ax = style.stack(width, [150], left=46)[1][0]
        minute = ended / 60
        ax.axhline(_chance("mean_hits"), color=style.MUTED, linewidth=1, dashes=(4, 3))
        aces = hits == 0
        ax.vlines(minute[~aces], 0, hits[~aces], color=style.ACCENT, linewidth=2)
        ax.plot(minute[aces], np.zeros(aces.sum()), "o", color=style.NEGATIVE, markersize=3.5, markeredgewidth=0)
        k = min(10, len(hits))
        if k > 2:
            smooth = np.convolve(hits, np.ones(k) / k, mode="valid")
            ax.plot(minute[k - 1 :], smooth, color=style.INK, linewidth=1.4)
        ax.set_xlim(0, max(1.0, float(minute.max()) * 1.01))
        ax.set_ylim(-0.15, max(3.0, float(hits.max()) * 1.08))
        style.dress(ax, x="minute of the session", y="hits", grid=True)
        style.few_ticks(ax, "x", 6)
        style.few_ticks(ax, "y", 4, whole=True)
        return [ax]

    return draw.figure(
        "game-course",
        panels,
        width=980,
        narrow=True,
        title="Every rally, when it ended",
        caption="Bars: hits of a rally; orange dots: aces. Line: mean of the last ten rallies. Dashed: chance.",
        alt=f"Hits of {len(hits)} rallies along the session.",
    )


def _glimpse(recording: Recording) -> Figure | None:
    game = recording.behavior.get("game")
    if game is None or recording.events is None or not len(game.time):
        return None
    start = float(game.time[0])
    # The middle of the session, where it has come to its habits.
    start = max(start, float(game.time[len(game.time) // 2]) - _GLIMPSE_S / 2)
    stop = min(start + _GLIMPSE_S, recording.span[1])

    def panels(width: float) -> list[Any]:
        made = style.stack(width, [95, 230], left=76, gap=12)[1]
        tracks.plot_game_track(recording, start=start, stop=stop, ax=made[0])
        tracks.plot_group_raster(recording, start=start, stop=stop, ax=made[1])
        made[0].set_xlabel("")
        made[0].tick_params(labelbottom=False)
        return made

    return draw.figure(
        "game-glimpse",
        panels,
        width=980,
        narrow=True,
        axis="time",
        title=f"Game and spikes, {words.window(start, stop)}",
        caption="Above: height of the ball (line) and of the paddle (band), misses as dots. Below: every spike, "
        "electrodes by group.",
        alt="Height of ball and paddle above the spikes of all electrodes.",
    )


def films_of(recording: Recording, hits: NDArray[np.int64]) -> list[FilmStrip]:
    """Cut the tracks of two rallies out of a recording: the first and the last that have at least one hit.

    Parameters
    ----------
    recording : Recording
        With the behaviour "game" and the epoch "rallies".
    hits : (R,) int array

    Returns
    -------
    list of FilmStrip
        Empty where the track is not known; the first and last rally where none has a hit.
    """
    game, rallies = recording.behavior.get("game"), recording.epochs["rallies"]
    if game is None or not {"paddle_y", "ball_x", "ball_y"} <= set(game.names or ()):
        return []
    names = list(game.names or ())
    chosen = np.flatnonzero(hits > 0)
    chosen = chosen if len(chosen) else np.arange(len(hits))
    out = []
    for when, k in (("early", int(chosen[0])), ("late", int(chosen[-1]))):
        inside = np.flatnonzero((game.time >= rallies.start[k]) & (game.time < rallies.stop[k]))
        # The pause after the miss before, in which nothing was written or nothing moved, is left out.
        cut = np.flatnonzero(np.diff(game.time[inside]) > 1.0)
        inside = inside[cut[-1] + 1 :] if len(cut) else inside
        if not len(inside):
            continue
        columns = {
            n: np.asarray(game.values[inside, names.index(n)], np.float64) for n in ("paddle_y", "ball_x", "ball_y")
        }
        served = float(game.time[inside[0]])
        out.append(
            FilmStrip(
                player=str(recording.meta.get("player", "")),
                seed=0,
                when="early" if when == "early" else "late",
                rally=k,
                hits=int(hits[k]),
                start_s=served,
                time_s=game.time[inside] - served,
                **columns,
            )
        )
    return out


def _films(recording: Recording, hits: NDArray[np.int64]) -> Figure | None:
    films = films_of(recording, hits)
    if not films:
        return None

    def strips(width: float) -> list[Any]:
        frames = 4 if width < 400 else pictures.FRAMES
        each = (width - 16) / (frames * 1.12 - 0.12)
        made = style.stack(width, [1.24 * each] * len(films), gap=20, left=8, right=8, top=20, bottom=4)[1]
        for ax, film in zip(made, films, strict=True):
            pictures.plot_film(film, rules=_RULES, frames=frames, ax=ax)
            ax.set_title(_film_words(film), loc="left", fontsize=style.SMALL, color=style.INK, pad=4)
        return made

    return draw.figure(
        "game-films",
        strips,
        width=980,
        narrow=True,
        title="Two rallies, early and late",
        caption="The paddle at the left, the ball with the way it came since the frame before.",
        alt=". ".join(_film_words(f) for f in films),
    )


def _film_words(film: FilmStrip) -> str:
    return (
        f"Rally {film.rally + 1}, served at {words.seconds(round(film.start_s, 1))} s: {words.plural(film.hits, 'hit')}"
    )
