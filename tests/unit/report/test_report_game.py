import html
import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interplay.loop import standing as game_standing
from interplay.report import draw, game_page, page, sections_game
from interplay.report.sections import game_answer, game_cells, game_course

_spec = importlib.util.spec_from_file_location("made_tournaments", Path(__file__).with_name("made_tournaments.py"))
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)
CHAPTERS = ["answer", "players", "curves", "cells", "groups", "published", "films", "settings", "failures", "made"]


@pytest.fixture(scope="module", autouse=True)
def _undrawn():
    """Pictures take most of the time; they are drawn in tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draw, "_one", lambda key, make, width, kind: ("<svg></svg>", None, (width, 100.0)))
        yield


@pytest.fixture(scope="module")
def result():
    return _made.make_tournament()


@pytest.fixture(scope="module")
def sections(result):
    return {s.key: s for s in sections_game(result, plan="seeds = '0:4'\n")}


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def everything(section):
    parts = [*section.lead, *section.text, *section.notes, *(f"{t.value} {t.label} {t.note}" for t in section.tiles)]
    parts += [str(c) for t in section.tables for row in (t.columns, *t.rows) for c in row]
    return plain(" ".join(parts))


def test_the_chapters_stand_in_the_order_of_reading(sections):
    assert list(sections) == CHAPTERS


def with_aces(result, **aces):
    """Give players other aces: one value per seed, under both budgets."""
    table = {k: v.copy() for k, v in result.sessions.items()}
    for player, values in aces.items():
        for view in ("rallies", "seconds"):
            table["aces"][(table["player"] == player) & (table["view"] == view)] = values
    return replace(result, sessions=table)


DQN, FEP, SILENT = (
    "dqn:observation=paddle_ball",
    "dish:feedback=fep,plasticity=stdp",
    "dish:feedback=silent,plasticity=stdp",
)


@pytest.fixture(scope="module")
def told(result):
    near = [0.55, 0.58, 0.60, 0.61]
    rest = {p.player: near for p in result.players}
    wanted = {DQN: [0.30, 0.31, 0.29, 0.30], FEP: [0.50, 0.51, 0.50, 0.505], SILENT: [0.80, 0.81, 0.80, 0.79]}
    made = with_aces(result, **{**rest, "random": [0.50, 0.52, 0.51, 0.49], **wanted})
    # The random player lost a session: pairs are made by seed, not by place.
    lost = (made.sessions["player"] == "random") & (made.sessions["seed"] == 1)
    return replace(made, sessions={k: v[~lost] for k, v in made.sessions.items()})


@pytest.mark.parametrize("view", ["rallies", "seconds"])
def test_better_than_chance_is_what_a_corrected_test_says(told, view):
    from scipy import stats

    found = {s.player: s for s in game_standing.standings(told, view)}
    assert len(found) == 5 + len([p for p in told.players if p.kind == "own"])
    raw = []
    for player, standing in found.items():
        table = told.sessions
        values = table["aces"][(table["player"] == player) & (table["view"] == view)]
        test = stats.ttest_1samp(values, 7 / 12)
        raw.append(test.pvalue)
        assert standing.chance.pvalue == pytest.approx(test.pvalue)
        assert standing.aces == pytest.approx(values.mean())
    order = np.argsort(raw)
    adjusted = np.maximum.accumulate(np.minimum(1, np.array(raw)[order] * np.arange(len(raw), 0, -1)))
    assert [list(found.values())[k].p_chance for k in order] == pytest.approx(adjusted.tolist())
    assert found[DQN].blind.difference == pytest.approx(np.mean([0.30 - 0.50, 0.29 - 0.51, 0.30 - 0.49]))
    assert found[DQN].blind.n == 3
    assert found[DQN].against == "random"
    assert [s.player for s in found.values() if s.beats_chance] == [DQN, FEP]
    assert [s.player for s in found.values() if s.better] == [DQN]
    assert [s.player for s in found.values() if s.worse] == [SILENT]
    assert [s.player for s in found.values() if s.beats_blind] == [DQN]


def test_the_answer_says_who_and_holds_them_against_the_random_paddle(told):
    line = plain(game_answer.section_answer(told).lead[0])
    assert line.startswith(
        "Under the rally-matched budget, the first 70 rallies, 1 of 5 players is better than chance (58.3 % aces) and "
        "than blind paddles (Random "
    )
    assert ", and 1 is worse than chance. Fewest aces: DQN, observation paddle ball (30.0 %, " in line
    assert line.endswith("Fewer aces than chance, but not told apart from a blind paddle: Dish, fep, stdp.")


def test_nobody_is_called_better_without_a_test(result):
    same = with_aces(result, **{p.player: 0.1 for p in result.players})
    line = plain(game_answer.section_answer(same).lead[0])
    assert "none of 5 players is better than chance (58.3 % aces) and than blind paddles (Random " in line
    assert line.endswith("and none is worse than chance.")


def test_only_references_need_no_standing(result):
    bare = replace(result, players=tuple(p for p in result.players if p.kind == "reference"))
    assert game_answer.section_answer(bare).lead[0].endswith("only references played.")


def test_a_note_on_several_players_is_said_once(result):
    notes = (f"{DQN}: it was slow", f"{FEP}: it was slow", "The hall was cold.")
    said = game_answer.section_answer(replace(result, notes=notes)).notes
    assert said == ("DQN, observation paddle ball and Dish, fep, stdp: it was slow", "The hall was cold.")


def test_the_tests_stand_in_a_table(told):
    tables = game_answer.section_players(told).tables
    table = next(t for t in tables if t.name == "against_chance")
    row = [plain(str(c)) for c in table.rows[0]]
    assert row[:3] == ["DQN, observation paddle ball", "rally-matched", "30.0 %"]
    assert row[3].startswith("\N{MINUS SIGN}28.3 [")
    assert table.rows[0][4] < 0.05
    assert len(table.rows) == 10
    assert table.note == ""


def test_a_dash_instead_of_a_test_has_its_reason(result):
    flat = with_aces(result, **{DQN: [0.5] * 4})
    table = next(t for t in game_answer.section_players(flat).tables if t.name == "against_chance")
    assert table.rows[[r[0] for r in table.rows].index("DQN, observation paddle ball")][3:5] == (None, None)
    assert "has no spread" in table.note
    verdict = result.verdicts[0]
    bare = replace(verdict, comparisons=(replace(verdict.comparisons[0], pvalue=float("nan")),))
    (_, found) = game_cells.section_cells(replace(result, verdicts=(bare,))).tables
    assert found.note == table.note


def test_references_stand_first_and_chance_by_arithmetic_before_all(sections):
    names = [row[0] for row in sections["players"].tables[0].rows]
    assert names[:5] == ["Chance, by arithmetic", "Chance", "Random", "Frozen centre", "Oracle"]
    first = sections["players"].tables[0].rows[0]
    assert [plain(c) for c in first[2:]] == ["0.71", "58.3 %", "7.2 %", "41.7 %"]


def test_the_download_has_every_number_in_full(result, sections):
    table = next(t for t in sections["players"].tables if t.name == "players")
    row = next(r for r in table.rows if r[:2] == ("random", "rallies"))
    summary = result.summary("random", "rallies")
    values = dict(zip(table.columns, row, strict=True))
    assert values["aces"] == summary.measures["aces"].value
    assert values["catches high"] == summary.measures["catches"].high
    assert values["rallies"] == summary.n_rallies == 280


def test_the_page_says_that_mean_hits_are_a_poor_metric(result, sections):
    assert "Mean hits alone are a poor metric" in everything(sections["answer"])
    carried = tuple(
        replace(s, measures={**s.measures, "mean_hits": replace(s.measures["mean_hits"], value=1.17)})
        if s.player == "frozen"
        else s
        for s in result.summaries
    )
    text = everything(sections_game(replace(result, summaries=carried))[0])
    assert "A paddle frozen in the centre, which plays nothing, reaches 1.17 and 1.17 hits per rally" in text


def test_halves_are_listed_with_corrected_pvalues(result, sections):
    table = next(t for t in sections["curves"].tables if t.name == "halves")
    assert len(table.rows) == len(result.changes)
    change = next(c for c in result.changes if c.player == "random" and c.measure == "mean_hits")
    row = next(r for r in table.rows if r[:2] == ("Random", "mean hits"))
    assert row[2:7] == (f"{change.first:.2f}", f"{change.second:.2f}", 1.5, 0.14, 0.6)


def test_the_lead_names_players_that_changed_and_no_other(result):
    changes = tuple(
        replace(c, corrected=0.01, first=0.5, second=0.9) if c.player == "random" else replace(c, corrected=0.5)
        for c in result.changes
    )
    lead = game_course.section_curves(replace(result, changes=changes)).lead
    assert "1 of 9 players hit more balls" in lead[0]
    assert "Random (0.50 \N{RIGHTWARDS ARROW} 0.90, corrected p = 0.01)" in lead[0]
    assert lead[1].startswith("No player of 9")


def test_every_player_but_the_oracle_has_a_curve(result):
    shown = [e.player for part in game_course.groups(result).values() for e in part]
    assert sorted(shown) == sorted(p.player for p in result.players if p.player != "oracle")


def test_large_groups_are_parted_evenly():
    big = _made.make_tournament(small=False, n_seeds=2, films=False)
    parts = game_course.groups(big)
    assert {len(v) for k, v in parts.items() if k.startswith("Agents")} == {3, 4}
    assert max(map(len, parts.values())) <= 6


def test_verdicts_are_printed_as_given_and_claim_no_more(result, sections):
    text = everything(sections["cells"])
    assert "none beats its controls" in everything(sections["answer"])
    assert "4 of 4 cells do not beat their controls." in text
    for verdict in result.verdicts:
        assert verdict.text.split(": ")[1] in text
    every = " ".join(map(everything, sections.values())).lower()
    for word in ("sentien", "intelligen", "learnt to", "learns to", "understands"):
        assert word not in every


def test_a_cell_that_beats_its_controls_leads():
    big = _made.make_tournament(small=False, n_seeds=2, films=False)
    parts = {s.key: s for s in sections_game(big)}
    assert parts["cells"].lead[0] == "Dish, fep, readout: a within-session change beyond all its controls."
    assert "Of 20 cells of the culture, 1 beats its controls: Dish, fep, readout." in everything(parts["answer"])


def test_comparisons_carry_difference_and_correction(result, sections):
    table = next(t for t in sections["cells"].tables if t.name == "comparisons")
    wanted = sum(len(v.comparisons) for v in result.verdicts)
    assert len(table.rows) == wanted
    first = result.verdicts[0].comparisons[0]
    assert table.rows[0][3:10] == (0.02, -0.1, 0.4, 4, first.pvalue, first.corrected, "no")


def test_published_rows_stand_beside_ours_with_the_caveats(sections):
    table = sections["published"].tables[0]
    rows = {r[0]: [str(c).replace("\N{NO-BREAK SPACE}", " ") for c in r] for r in table.rows}
    assert rows["Human cortical cells (HCC)"][2:4] == ["0.67 → 1.13", "54.5 % → 48.2 %"]
    assert "ours: Dish, fep, stdp" in rows
    notes = " ".join(sections["published"].notes)
    for fact in ("no test", "0.681 to 0.831", "n = 296", "minutes 6 to 8", "regression to the mean", "disputed"):
        assert fact in notes


def test_settings_show_what_differs_and_all(sections):
    grid = next(t for t in sections["settings"].tables if t.name == "grid_dish")
    assert grid.columns == ("player", "feedback", "plasticity")
    every = next(t for t in sections["settings"].tables if t.name == "settings_agent")
    assert ("dqn:observation=paddle_ball", "learning_rate", "0.001") in every.rows


def test_lost_sessions_are_named_or_denied(result, sections):
    assert "1 session of 36 was lost" in sections["failures"].text[0]
    assert sections["failures"].tables[0].rows[0][1:] == (3, "it ran too long", "It ran for more than 60 s.")
    none = next(s for s in sections_game(replace(result, failures=())) if s.key == "failures")
    assert none.text == ("None: all 36 sessions were played to their end.",)


def test_how_it_was_made_gives_seeds_budget_versions_and_plan(sections):
    made = sections["made"]
    assert "seeds 0 to 3, once each" in made.text[0]
    assert "the first 70 rallies and the first 20 min" in made.text[0]
    facts = {(r[0], r[1]): r[2] for r in made.tables[0].rows}
    assert facts["rules", "paddle_px"] == "250.0"
    assert facts["budget", "split_s"] == "300.0"
    assert facts["versions", "interplay"] == "0"
    assert made.blocks[0].text == "seeds = '0:4'\n"


def test_the_page_stands_without_its_figures(sections):
    bare = [replace(s, figures=()) for s in sections.values()]
    text = page(bare, title="Bare")
    assert "<svg role" not in text
    words = re.sub(r"<[^>]+>", " ", text)
    for needed in ("better than chance", "Player by player", "relative improvement", "Human cortical cells"):
        assert needed in words


def test_only_one_budget_is_read_where_only_one_was_given(result):
    one = replace(result, budget={**result.budget, "rallies": None})
    sections = {s.key: s for s in sections_game(one)}
    assert "rally-matched" not in everything(sections["answer"])
    captions = [t.caption.split(",")[0].split(" against")[0] for t in sections["players"].tables]
    assert captions == ["Time-matched: the first 20 min", "Aces", "All numbers"]


def test_a_tournament_without_cultures_tests_or_films_is_reported(result):
    players = tuple(p for p in result.players if p.kind == "reference")
    names = {p.player for p in players}
    bare = replace(
        result,
        players=players,
        summaries=tuple(s for s in result.summaries if s.player in names),
        curves=tuple(c for c in result.curves if c.player in names),
        changes=(),
        on_hits=None,
        on_improvement=None,
        mixed=None,
        verdicts=(),
        published=(),
        films=(),
        failures=(),
    )
    keys = [s.key for s in sections_game(bare)]
    assert keys == ["answer", "players", "curves", "settings", "failures", "made"]
    assert "No culture played" in game_page(bare)


def test_a_player_without_any_session_is_named(result):
    gone = replace(
        result,
        summaries=tuple(s for s in result.summaries if s.player != "random"),
        curves=tuple(c for c in result.curves if c.player != "random"),
        changes=tuple(c for c in result.changes if c.player != "random"),
    )
    table = next(s for s in sections_game(gone) if s.key == "players").tables[0]
    assert next(r for r in table.rows if r[0] == "Random")[1] == "no session"


def test_one_seed_has_no_intervals_and_is_called_neither_better_nor_worse():
    single = _made.make_tournament(n_seeds=1)
    assert not any(s.better or s.worse or s.beats_blind for s in game_standing.standings(single, "seconds"))
    body = game_page(single).split("<main")[1].split("</main>")[0]
    assert "nan" not in re.sub(r"<svg.*?</svg>|data:[^\"]*", "", body, flags=re.S).lower()


def test_names_from_outside_are_escaped(result):
    evil = replace(result.players[0], name="<script>alert(1)</script>")
    text = game_page(replace(result, players=(evil, *result.players[1:])))
    assert "<script>alert" not in text
    assert html.escape("<script>alert(1)</script>") in text


def test_long_names_keep_their_ends():
    assert game_answer.shortened("short", 10) == "short"
    cut = game_answer.shortened("Value, paddle_ball, hl_gauss, minto", 20)
    assert len(cut) <= 20
    assert cut.startswith("Value")
    assert cut.endswith("gauss, minto")


def test_minutes_and_improvements_are_worded():
    assert game_answer.minutes(1200.0) == "20 min"
    assert game_answer.minutes(45.0) == "45 s"
    estimate = _made.estimate([10.0, 20.0])
    assert game_answer.improvement_words(estimate).startswith("+15 [")
    assert game_answer.improvement_words(_made.estimate([])) == "\N{EN DASH}"
    assert game_answer.shown("aces", float("nan")) == "\N{EN DASH}"
    assert np.isnan(_made.estimate([1.0]).low)
