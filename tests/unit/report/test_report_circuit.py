import importlib.util
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from interplay import InterplayError
from interplay.circuits import ACTIVATIONS, RateCircuit, WilsonCowan, activation, best_response, nash_gap
from interplay.report import page, section_certificate, section_circuit_course, section_game, section_motif
from interplay.report.assets import asset
from interplay.report.circuit_payload import plane_payload
from interplay.report.draw import room_below
from interplay.report.markup import json_text
from interplay.report.sections import circuit_words as say

_spec = importlib.util.spec_from_file_location("made_circuits", Path(__file__).with_name("made_circuits.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


def pair(w=((1.5, -2.0), (2.0, -0.5)), tau=1.0, phi="clip"):
    return SimpleNamespace(weights=np.array(w), tau=tau, activations=[activation(phi)] * 2)


def words_of(section):
    captions = [w for f in section.figures for w in (f.title, f.caption, f.alt)]
    cells = [str(c) for t in section.tables for row in t.rows for c in row]
    tiles = [w for t in section.tiles for w in (t.value, t.label, t.note)]
    return " ".join([*section.lead, *section.text, *captions, *cells, *tiles, *section.notes])


@pytest.fixture(scope="module")
def motif():
    return section_motif(
        made.make_plane(), circuit=pair(), drive=[0.6, 0.1], regime=made.make_regime(),
        thresholds={"self_regulation": 1.0}, bifurcation=made.make_bifurcation(), region=made.make_region(),
        contrast=made.make_contrast(), column=made.make_contrast(layers=7, competition=0.5),
        hysteresis=made.make_hysteresis(),
    )  # fmt: skip


def test_motif_shows_every_part_once(motif):
    section = motif
    assert [f.key for f in section.figures] == [
        "motif-plane", "motif-cost-e", "motif-cost-i", "motif-sweep", "motif-region", "motif-contrast", "motif-column",
        "motif-hysteresis",
    ]  # fmt: skip
    assert all(f.alt and f.svg for f in section.figures)
    assert section.lead[0].startswith("Inhibition-stabilised. The excitatory units alone")
    assert "0.667 and 1.5" in section.figures[-1].caption
    assert "hopf at 2" in section.figures[3].caption
    assert section.figures[3].title == "What changes with w_EE"


@pytest.mark.parametrize("part", ["plane", "regime", "bifurcation", "region", "contrast", "hysteresis"])
def test_motif_of_one_part_makes_a_page(part):
    section = section_motif(**{part: made.MAKERS[part]()})
    assert (len(section.figures) == 0) == (part == "regime")
    assert page([section], title="one part").startswith("<!DOCTYPE html>")


def test_several_layers_are_a_column_whatever_they_are_called():
    column = made.make_contrast(layers=4, cases=2, competition=0.5)
    assert [f.key for f in section_motif(contrast=column).figures] == ["motif-column"]
    many = made.make_contrast(layers=4, cases=8, competition=0.5)
    assert [f.key for f in section_motif(contrast=many).figures] == ["motif-contrast", "motif-column"]


def test_payload_is_the_pair_without_signs():
    data = json.loads(json_text(plane_payload(made.make_plane(), pair(tau=np.array([1.0, 2.0])), [0.6, 0.1])))
    assert data["view"] == "plane"
    assert (data["w"], data["u"], data["tau"]) == ([1.5, 2.0, 2.0, 0.5], [0.6, 0.1], [1.0, 2.0])
    assert data["phi"] == [{"kind": "clip", "p": [1.0]}] * 2
    assert (data["e"], data["i"]) == ([0.0, 1.0], [0.0, 1.0])


def test_payload_refuses_what_is_no_pair():
    with pytest.raises(
        InterplayError, match=r"two units and `drive` two inputs, got 2 units and drive of shape \(3,\)"
    ):
        plane_payload(made.make_plane(), pair(), [1, 2, 3])
    with pytest.raises(InterplayError, match="excitatory unit first"):
        plane_payload(made.make_plane(), pair(((-1.0, 2.0), (-2.0, 0.5))), [0, 0])


def test_a_page_holds_one_plane_and_no_slider_of_windows(motif):
    section = motif
    html = page([section], title="Motif")
    assert 'id="ip-plane"' in html
    assert 'id="ip-tip"' in html
    assert 'id="ip-dock"' not in html
    with pytest.raises(InterplayError, match="one interactive view of each kind, got 2 of kind 'plane'"):
        page([section, replace(section, key="again", figures=(replace(section.figures[0], key="other"),))], title="x")


def test_without_script_the_plane_is_a_picture(motif):
    html = page([motif], title="Motif")
    figure = html[html.index('id="fig-motif-plane"') :]
    figure = figure[: figure.index("</figure>")]
    assert figure.count('class="plot wide still"') == 1
    assert figure.count('class="plot narrow still"') == 1
    assert "html[data-ready] .plot.still { display: none; }" in asset("page.css")


@pytest.mark.parametrize("verdict", ["certified", "refuted", "undecided"])
def test_certificate_says_what_is_proved_and_what_is_not(verdict):
    result = made.make_stability(verdict)
    section = section_certificate(result, contraction=made.make_contraction())
    assert section.lead == (say.VERDICTS[verdict],)
    follows = section.tables[0]
    assert follows.caption == "What follows, and what does not"
    assert ("open", "Global stability with unequal time constants.") in follows.rows
    assert (("proved", "Exactly one equilibrium for every input.") in follows.rows) == (verdict == "certified")
    keys = [f.key.removeprefix("certificate-") for f in section.figures]
    assert keys == ["ladder", "proof", *["spectrum"] * (verdict != "undecided"), "matrix"]
    proof = {"certified": "Weights q", "refuted": "The matrix H"}.get(verdict)
    assert (proof in [t.caption for t in section.tables]) if proof else len(section.tables) == 2
    tiles = {t.label: t.value for t in section.tiles}
    assert tiles["diagonal stability"] == verdict
    assert tiles["contraction"] == "0.3 /s"
    assert ("proved rate" in tiles) == (verdict == "certified")


def test_what_contraction_answers_is_not_left_open_above_it():
    stability = made.make_stability(open=("Contraction does not follow; ask `contraction`.", "Delays; see `simulate`."))
    alone = section_certificate(stability).tables[0].rows
    assert ("open", "Contraction does not follow; ask contraction.") in alone
    both = section_certificate(stability, contraction=made.make_contraction()).tables[0].rows
    assert [text for status, text in both if status == "open"] == ["Delays; see simulate."]


def test_two_margins_have_two_names(motif):
    tiles = {t.label for t in section_certificate(made.make_stability()).tiles}
    assert "margin of this proof" in tiles
    assert not any("margin" in t.label for t in motif.tiles)
    assert say.index("margin").endswith("the best that was found")


def test_short_tables_are_shown_whole_and_infinite_numbers_as_such(motif):
    game = made.make_game(nash_gap=np.array([np.inf, 0, 0, 0, 0, 0]), best_response=np.array([np.nan, 0, 0, 0, 0, 0]))
    html = page([section_game(game)], title="x")
    assert html.count('<td class="n" data-v="Infinity">∞</td>') == 2
    assert 'class="scroll whole"' in html
    assert 'class="scroll whole"' not in page([section_game(made.make_game(n=20))], title="x")


def test_a_plan_of_many_numbers_is_not_repeated():
    from interplay.report import section_provenance

    assert section_provenance({}, plan="a = 1\n").blocks[0].text == "a = 1\n"
    (block,) = section_provenance({}, plan=f"a = [{'1, ' * 100_000}]").blocks
    assert block.text.startswith("# 300006 characters")


def test_refuted_does_not_say_unstable():
    said = words_of(section_certificate(made.make_stability("refuted")))
    assert "does not make the circuit unstable" in said
    assert "circuit is unstable" not in said


def test_game_lists_every_unit_and_equilibrium():
    game = made.make_game()
    section = section_game(game, equilibria=made.make_equilibria(), weights=np.eye(6), response=np.eye(6))
    assert section.lead == (game.verdict,)
    assert [f.span for f in section.figures] == [4, 4, 4]
    units, points = section.tables
    gap = units.columns.index("Nash gap")
    assert [row[gap] for row in units.rows] == pytest.approx(game.nash_gap)
    assert [row[1] for row in points.rows] == ["stable", "unstable"]
    assert points.note == "Found by enumeration. These are all there are."
    tiles = {t.label: t for t in section.tiles}
    assert tiles["the state"].value == "stable, not Nash"
    assert tiles["sum of Nash gaps"].note == "1 unit would gain"
    some = section_game(game, equilibria=made.make_equilibria(complete=False))
    assert "There may be others" in some.tables[1].note
    assert [f.span for f in some.figures] == [12]


def test_game_that_was_played_is_shown():
    figure = section_game(made.make_game(), play=made.make_play()).figures[-1]
    assert figure.key == "circuit-game-play"
    assert "Nash equilibrium. Moves: best response, in turn." in figure.caption
    assert "are drawn" not in figure.caption
    endless = made.make_play(rounds=500, period=2, converged=False, nash=False)
    assert "The first 40 of 500 rounds are drawn." in section_game(made.make_game(), play=endless).figures[-1].caption


def test_gap_without_bound_is_written_as_infinite():
    game = made.make_game(nash_gap=np.array([np.inf, 0, 0, 0, 0, 0]), best_response=np.array([np.nan, 0, 0, 0, 0, 0]))
    section = section_game(game)
    assert {t.label: t.value for t in section.tiles}["sum of Nash gaps"] == "∞"
    assert "gains without bound" in section.figures[0].svg


def test_course_leads_with_regimes_and_with_what_the_fit_is_worth():
    fit = made.make_fit()
    course = made.make_course(fit)
    section = section_circuit_course(fit, course)
    assert "self-regulating in 4, inhibition-stabilised in 2 and undecided in 1 of 7 windows" in section.lead[0]
    own, past = (np.median(fit.score[k]) for k in ("circuit", "own past"))
    ahead = int((fit.score["circuit"] > fit.score["own past"]).sum())
    assert f"circuit {own:.3g}" in section.lead[1]
    assert f"own past {past:.3g}" in section.lead[1]
    assert f"in {ahead} of 7 windows." in section.lead[1]
    assert "does not support" not in section.lead[1]
    assert section.lead[0].startswith("All of this speaks of a circuit fitted to 9 units, and not of units that were")
    some = section_circuit_course(fit, course, of=84)
    assert some.lead[0].startswith("All of this speaks of a circuit fitted to 9 of the recording's 84 units, and not")
    assert "11 of 12" in some.text[0]
    assert (section.figures[1].badge, section.figures[1].warn) == (f"ahead in {ahead} of 7 windows", False)
    assert [f.key for f in section.figures if "weights" in f.key] == [f"circuit-weights-{k}" for k in (0, 3, 6)]
    assert all(f.axis is not None for f in section.figures if f.key in ("circuit-course", "circuit-gaps"))
    windows, units = section.tables
    assert len(windows.rows) == 7
    assert windows.rows[2][-1] == "Window 3: a made sentence."
    assert windows.columns[10:13] == ("score, circuit", "score, own past", "score, constant rate")
    assert [row[0] for row in units.rows] == fit.names.tolist()


def test_course_of_one_regime_one_window_and_of_nothing():
    fit = made.make_fit(s=1, score={})
    lead = section_circuit_course(fit, made.make_course(fit)).lead
    assert "is self-regulating in its one window; diagonal stability is proved in 1." in lead[0]
    assert lead[1] == "The fit was not scored on held-out data."
    none = made.make_fit(n=0, s=2)
    assert section_circuit_course(none, made.make_course(fit)).text == ("There is nothing to fit.",)


def test_a_fit_that_foretells_nothing_says_so():
    fit = made.make_fit(s=2, n=3)
    fit = replace(fit, score=fit.score | {"circuit": fit.score["own past"] - 0.01})
    section = section_circuit_course(fit, made.make_course(fit))
    assert section.lead[1].endswith("held-out activity does not support it.")
    assert section.figures[1].warn


def test_course_where_nothing_was_found_still_makes_a_page():
    fit = made.make_fit(s=3, low=np.full((3, 9, 9), np.nan), high=np.full((3, 9, 9), np.nan))
    blank = np.full((3, 9), np.nan)
    course = made.make_course(
        fit, certified_share=np.full(3, np.nan), margin=np.full(3, np.nan), abscissa=np.full(3, np.nan),
        equilibrium=blank, interaction=blank, activation=blank, energy=blank, nash_gap=blank,
        response=np.full((3, 9, 9), np.nan), paradoxical=np.zeros((3, 9), dtype=bool),
        regime=np.array(["undecided"] * 3), verdict=np.array(["undecided"] * 3),
    )  # fmt: skip
    html = page([section_circuit_course(fit, course)], title="nothing")
    assert "no equilibrium, no response" in html
    assert not re.search(r"\bnan\b", re.sub(r"<script.*?</script>", "", html, flags=re.S))


def test_every_regime_and_verdict_has_words():
    for name in ("self_regulating", "inhibition_stabilised", "oscillatory", "bistable", "runaway", "undecided"):
        assert say.explained(name).endswith(".")
        assert name in asset("plane.js")
    assert set(say.VERDICTS) == {"certified", "refuted", "undecided"}
    assert [say.symbol(n) for n in ("w_ee", "tau_e", "kappa", "n_layers")] == ["w_EE", "τ_E", "κ", "n layers"]


def test_names_stand_upright_where_they_do_not_fit():
    assert room_below(300, ["a", "b"]) == 38
    assert room_below(300, ["a long name"] * 9) > 90
    assert room_below(300, ["a long name"] * 99) == 38
    assert room_below(300, [str(k) for k in range(30)]) == 38


def test_gaps_within_rounding_sum_to_nothing():
    section = section_game(made.make_game(nash_gap=np.full(6, 1e-17)))
    assert {t.label: t.value for t in section.tiles}["sum of Nash gaps"] == "0"


# The script of the phase plane against the library, without a browser where node is at hand.
SCRIPT = """
const out = %s.map(({ pair, states }) => {
  const s = solved(pair);
  const both = (f) => states.map((x) => [0, 1].map((k) => f(k, x)));
  const points = s.equilibria(2);
  return {
    rates: both((k, x) => s.pull(k, x) + x[k]),
    costs: both((k, x) => s.cost(k, x[k], x[1 - k])),
    best: both((k, x) => s.response(k, x[1 - k])),
    gaps: both((k, x) => Math.min(s.gap(k, x), 1e300)),
    points: points.map((p) => p.x), stable: points.map((p) => p.stable), nash: points.map((p) => p.nash),
    regime: s.regime(points),
  };
});
console.log(JSON.stringify(out));
"""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def solved(cases):
    """Let the script of the page solve pairs."""
    program = asset("pair.js") + SCRIPT % json.dumps(cases)
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def case(circuit, drive, states):
    return {
        "pair": {
            "w": np.abs(circuit.weights).ravel().tolist(), "u": list(drive), "tau": circuit.tau.tolist(),
            "phi": [{"kind": p.kind, "p": list(p.parameters)} for p in circuit.activations],
        },
        "states": states.tolist(),
    }  # fmt: skip


@needs_node
def test_script_knows_the_activations_and_costs_of_the_library():
    rng = np.random.default_rng(0)
    cases, circuits = [], []
    for kind in ACTIVATIONS:
        circuit = RateCircuit.of_blocks(0.6, 1.0, 1.2, 0.3, kind, np.ones(2))
        low, high = np.clip(circuit.activations[0].domain, -2, 2)
        circuits.append(circuit)
        cases.append(case(circuit, [0.2, 0.1], rng.uniform(low + 1e-3, high - 1e-3, (8, 2))))
    for got, given, circuit in zip(solved(cases), cases, circuits, strict=True):
        states, drive = np.array(given["states"]), np.array([0.2, 0.1])
        phi, own = circuit.activations[0], np.diag(circuit.weights)
        into = states @ circuit.weights.T + drive
        np.testing.assert_allclose(got["rates"], phi(into), atol=1e-9)
        costs = 0.5 * (1 - own) * states**2 - (into - own * states) * states + phi.cost(states)
        np.testing.assert_allclose(got["costs"], costs, atol=1e-9)
        best = best_response(circuit, states, drive)
        best = np.where(np.isfinite(best), best, np.nan)
        np.testing.assert_allclose(np.array(got["best"], dtype=float), best, atol=1e-5, err_msg=phi.kind)
        gap = nash_gap(circuit, states, drive)
        np.testing.assert_allclose(got["gaps"], np.where(np.isfinite(gap), gap, 1e300), atol=1e-8, err_msg=phi.kind)


@needs_node
@pytest.mark.slow
def test_script_finds_the_equilibria_and_the_regime_of_the_library():
    rng = np.random.default_rng(3)
    pairs = [
        WilsonCowan(*rng.uniform(0, 4, 4), phi=phi, tau_e=1.0, tau_i=rng.uniform(0.4, 2))
        for phi in ("clip", "tanh", "logistic", activation("logistic", steepness=9.0, threshold=0.4))
        for _ in range(5)
    ]
    drives = rng.uniform(-0.5, 1.5, (len(pairs), 2))
    cases = [case(p.circuit(), u.tolist(), np.zeros((0, 2))) for p, u in zip(pairs, drives, strict=True)]
    for got, wc, u in zip(solved(cases), pairs, drives, strict=True):
        found = wc.equilibrium(u)
        np.testing.assert_allclose(np.array(got["points"]).reshape(-1, 2), found.rates, atol=1e-6)
        assert got["stable"] == found.stable.tolist()
        gaps = nash_gap(wc.circuit(), found.rates, u).max(axis=1)
        assert got["nash"] == (gaps <= 1e-9).tolist()
        assert got["regime"] == wc.regime(u).regime


@needs_node
def test_script_names_the_regime_of_the_library_up_to_large_cycles_and_along_drifts():
    large = [WilsonCowan(w, 2.0, 2.0, 0.5) for w in (0.5, 1.5, 2.6, 3.4, 3.6)]
    slow = [WilsonCowan(2.4, 2.0, 2.0, 0.5, tau_e=t) for t in (0.4, 3.0)]
    drifting = [WilsonCowan(1.0, 0.0, 0.0, 0.5), WilsonCowan(1.0, 0.0, 1.0, 0.5)]
    # Without input, rest lies on the kink of both activations.
    resting = [WilsonCowan(w, 2.0, 2.0, 0.5, phi=phi) for w in (0.5, 1.5, 3.0, 4.0) for phi in ("relu", "clip")]
    pairs = [*large, *slow, *drifting, *resting]
    drives = [[0.6, 0.0]] * (len(pairs) - len(resting)) + [[0.0, 0.0]] * len(resting)
    got = solved([case(p.circuit(), u, np.zeros((0, 2))) for p, u in zip(pairs, drives, strict=True)])
    expected = [p.regime(u).regime for p, u in zip(pairs, drives, strict=True)]
    assert expected[3] == "oscillatory"
    assert [g["regime"] for g in got] == expected
