"""`interplay circuit`: motifs, files of weights and recordings in; words, a page and values out; what is refused."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import get_args, get_type_hints

import numpy as np
import pytest

from interplay.cli import EXIT_DATA, EXIT_DONE, EXIT_STOPPED, EXIT_USAGE, STOPPED_CIRCUIT
from interplay.cli.app import call
from interplay.cli.circuit import circuit
from interplay.data import Events, Recording
from interplay.io import save_nwb
from interplay.job import circuit_alone, circuit_stage
from interplay.job.circuit_motifs import contrasting, pair_parts

PAIR = "E,I\n0.5,-2\n2,-0.5\n"


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "pair.csv").write_text(PAIR)


@pytest.fixture
def no_page(monkeypatch):
    """Leave out the drawing of the page, which takes most of the time and is tested apart."""
    monkeypatch.setattr(circuit_alone, "sheet", lambda *_, **__: "no page")
    monkeypatch.setattr(circuit_alone, "fitted_page", lambda *_, **__: "no page")


@pytest.fixture
def no_sweeps(monkeypatch):
    """Leave out the sweeps of a motif, which are tested where they are made."""
    monkeypatch.setattr(circuit_alone, "motif_parts", lambda config, circuit, drive, **_: pair_parts(circuit, drive))


def spikes(path):
    rng = np.random.default_rng(1)
    trains = [np.sort(rng.uniform(0, 60, 240)) for _ in range(3)]
    save_nwb(Recording(events=Events.from_trains(trains, span=(0.0, 60.0))), path)
    return str(path)


def test_help_says_what_can_be_given(capsys):
    assert call(["circuit", "--help"]) == EXIT_DONE
    out = capsys.readouterr().out
    for text in ("MOTIF|FILE", "--set", "--drive", "--phi", "--tau", "--sign", "--json", "--hint", "circuit.html"):
        assert text in out


def test_help_and_the_fit_name_the_same_defaults():
    def about(option):
        hints = get_type_hints(circuit, include_extras=True)[option]
        return next(part.help for part in get_args(hints) if hasattr(part, "help"))

    assert ", ".join(map(str, circuit_stage._UNITS[:-1])) + f" or {circuit_stage._UNITS[-1]}" in about("units")
    assert f"{circuit_stage._DRAWS} if not given" in about("draws")


def test_the_motifs_can_be_listed(capsys):
    assert call(["circuit", "--list"]) == EXIT_DONE
    out = capsys.readouterr().out
    for text in ("wilson-cowan", "w_ee=0.5", "shared-inhibition", "lateral-inhibition", "column"):
        assert text in out


@pytest.mark.slow
@pytest.mark.parametrize("motif", ["wilson-cowan", "shared-inhibition", "lateral-inhibition", "column"])
def test_every_motif_has_a_page(capsys, tmp_path, motif):
    assert call(["circuit", motif, "--json", "c.json"]) == EXIT_DONE
    assert "page: circuit.html" in capsys.readouterr().out
    found = set(json.loads((tmp_path / "c.json").read_text())["motif"])
    assert found == ({"thresholds", "bifurcation", "region"} if motif == "wilson-cowan" else
                     {"column"} if motif == "column" else {"contrast"})  # fmt: skip
    page = (tmp_path / "circuit.html").read_text()
    for key in ("circuit", "certificate", "circuit-game", "methods", "provenance"):
        assert f'id="{key}"' in page


@pytest.mark.slow
def test_a_winner_with_memory_is_followed_up_and_down(tmp_path):
    assert call(["circuit", "lateral-inhibition", "--set", "b=1", "--json", "c.json"]) == EXIT_DONE
    assert "hysteresis" in json.loads((tmp_path / "c.json").read_text())["motif"]


def test_a_motif_is_told_of_on_a_page_and_in_a_file(capsys, no_sweeps, tmp_path):
    arguments = ["circuit", "wilson-cowan", "--set", "w_ee=1.5", "--drive", "0.6,0", "--json", "c.json"]
    assert call(arguments) == EXIT_DONE
    out = capsys.readouterr().out
    for text in (
        "input: E 0.6, I 0",
        "regime: inhibition-stabilised",
        "certificate of diagonal stability: refuted",
        "stable, not Nash",
        "slowed down by more input to themselves: I",
        "page: circuit.html",
    ):
        assert text in out, text
    values = json.loads((tmp_path / "c.json").read_text())
    assert np.allclose(values["equilibria"]["rates"], [[0.277, 0.369]], atol=5e-4)
    assert values["response"]["matrix"][1][1] == pytest.approx(-0.154, abs=5e-4)
    assert values["stability"]["dual"] is not None
    assert values["games"][0]["energy"] == pytest.approx([0.0192, -0.1022], abs=5e-5)
    page = (tmp_path / "circuit.html").read_text()
    for key in ("circuit", "certificate", "circuit-game", "methods", "provenance"):
        assert f'id="{key}"' in page
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", page)


def test_two_calls_give_the_same_bytes(tmp_path):
    (tmp_path / "three.csv").write_text("0.2,0.1,-0.3\n0.1,0.2,-0.1\n0.1,0.3,-0.2\n")
    for name in ("a", "b"):
        assert call(["circuit", "three.csv", "-o", f"{name}.html", "--json", f"{name}.json"]) == EXIT_DONE
    for ending in ("html", "json"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_weights_from_a_file_are_read_with_their_names(capsys, no_page):
    assert call(["circuit", "pair.csv", "--drive", "0.6"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "input: E 0.6, I 0" in out
    assert "certificate of diagonal stability: certified" in out
    assert "note: Input: 0.6 to every excitatory unit; 0 to the others." in out
    assert "note: No --tau: the unit of time is the time constant of every unit." in out


def test_signs_taus_and_activations_can_be_said(no_page, tmp_path):
    options = ["--sign", "e,i", "--tau", "0.02,0.01", "--phi", "clip:top=2", "--json", "c.json"]
    assert call(["circuit", "pair.csv", *options]) == EXIT_DONE
    values = json.loads((tmp_path / "c.json").read_text())["circuit"]
    assert values["tau_s"] == [0.02, 0.01]
    assert values["sign"] == [1, -1]
    assert "clip" in values["phi"][0]


def test_a_circuit_is_fitted_to_a_recording(capsys, no_page, tmp_path):
    spikes(tmp_path / "r.nwb")
    assert call(["circuit", "r.nwb", "--window-s", "20", "--draws", "3", "--json", "c.json"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "circuit: 3 units" in out
    assert "in 3 windows" in out
    values = json.loads((tmp_path / "c.json").read_text())
    assert np.shape(values["fit"]["weights"]) == (3, 3, 3)
    assert len(values["verdict"]) == 3


def test_inputs_differ_more_and_more_while_their_sum_stays():
    cases = contrasting(np.array([0.4, 1.0, 0.9, 0.0]), np.array([0, 1, 2]))
    assert np.allclose(cases[:, 1] + cases[:, 2], 1.9)
    assert (np.diff(cases[:, 1]) > 0).all()
    assert (cases[:, 0] <= cases[:, 2] + 1e-12).all()
    assert (cases[:, 3] == 0).all()
    assert contrasting(np.zeros(4), np.array([0, 1, 2])) is None
    assert contrasting(np.ones(2), np.array([0])) is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], EXIT_USAGE, "must be given, got nothing"),
        (["wilson-cowen"], EXIT_USAGE, "did you mean 'wilson-cowan'"),
        (["wilson-cowan", "--set", "w_eee=1"], EXIT_USAGE, "did you mean 'w_ee'"),
        (["wilson-cowan", "--set", "w_ee"], EXIT_USAGE, "Write for example w_ee=1."),
        (["pair.csv", "--phi", "clip:top"], EXIT_USAGE, "`phi` must be written key=value"),
        (["wilson-cowan", "--set", "w_ee=1e308"], EXIT_DATA, "`weights` must be at most 10000 in size"),
        (["wilson-cowan", "--drive", "1e300"], EXIT_DATA, "`drive` must be at most 1e+06 in size"),
        (["pair.csv", "--tau", "1e-200"], EXIT_DATA, "`tau` must be at least 1e-30 s"),
        (["pair.csv", "--phi", "clip:top=1e200"], EXIT_DATA, "`phi` must be at most 1e+30 in size"),
        (["shared-inhibition", "--set", "n=10000000"], EXIT_USAGE, "at most 500 units, got 10000001. Lower `n`"),
        (["column", "--set", "layers=1e9"], EXIT_USAGE, "layers"),
        (["column", "--set", "layers=1000000000"], EXIT_USAGE, "Lower `layers` or `n`"),
        (["large.npy"], EXIT_DATA, "at most 500 units"),
        (["wilson-cowan", "--set", "w_ee=-1"], EXIT_USAGE, "w_ee"),
        (["wilson-cowan", "--set", "w_ee=high"], EXIT_USAGE, "w_ee"),
        (["wilson-cowan", "--set", "w_ee=1", "--set", "w_ee=2"], EXIT_USAGE, "got 'w_ee' twice"),
        (["wilson-cowan", "--sign", "e,i"], EXIT_USAGE, "`--sign` must be left out"),
        (["wilson-cowan", "--tau", "1"], EXIT_USAGE, "Write --set tau_e=1"),
        (["wilson-cowan", "--units", "3"], EXIT_USAGE, "`--units` must be left out"),
        (["wilson-cowan", "--drive", "1,2,3"], EXIT_USAGE, "`drive` must hold 2 numbers"),
        (["wilson-cowan", "--drive", "a"], EXIT_USAGE, "`drive` must be finite numbers"),
        (["wilson-cowan", "--phi", "rleu"], EXIT_USAGE, "did you mean 'relu'"),
        (["wilson-cowan", "--phi", "relu", "--set", "phi=clip"], EXIT_USAGE, "`phi` must be said once"),
        (["wilson-cowan", "-o", "c.txt"], EXIT_USAGE, "`out` must end in .html"),
        (["wilson-cowan", "-o", "absent/c.html"], EXIT_USAGE, "make the folder absent first"),
        (["wilson-cowan", "--json", "c.html"], EXIT_USAGE, "`json` must end in .json"),
        (["absent.csv"], EXIT_DATA, "there is no file"),
        (["."], EXIT_DATA, "is a folder"),
        (["empty.csv"], EXIT_DATA, "is empty"),
        (["picture.png"], EXIT_DATA, "is a PNG picture"),
        (["wide.csv"], EXIT_DATA, "square matrix"),
        (["nan.csv"], EXIT_DATA, "must be finite"),
        (["words.csv"], EXIT_DATA, "line 2: weights must be numbers"),
        (["pair.csv", "--sign", "i,e"], EXIT_DATA, "Dale"),
        (["pair.csv", "--sign", "e"], EXIT_DATA, "`sign` must have shape"),
        (["pair.csv", "--tau", "0"], EXIT_DATA, "`tau`"),
        (["pair.csv", "--tau", "1,2,3"], EXIT_DATA, "`tau`"),
        (["pair.csv", "--set", "w_ee=1"], EXIT_USAGE, "`--set` must be left out"),
        (["pair.csv", "--seed", "1"], EXIT_USAGE, "`--seed` must be left out"),
        (["pair.csv", "--draws", "1"], EXIT_USAGE, "`--draws` must be left out"),
        (["events.csv"], EXIT_DATA, "An event list has no units with rates"),
        (["r.nwb", "--drive", "1"], EXIT_USAGE, "`--drive` must be left out for a recording"),
        (["r.nwb", "--units", "9999"], EXIT_USAGE, "`units` must be at most the recording's 3 units, got 9999"),
        (["r.nwb", "--tau", "1,2"], EXIT_USAGE, "`tau` must be one number for a recording"),
        (["r.nwb", "--tau", "-1"], EXIT_USAGE, "circuit_tau_s"),
        (["r.nwb", "--phi", "rleu"], EXIT_USAGE, "did you mean 'relu'"),
        (["r.nwb", "--window-s", "100"], EXIT_DATA, "must be 100 s long"),
        (["pair.csv", "--hint", "rate_hz=2", "--hint", "rows=time"], EXIT_DATA, "pair.csv"),
    ],
)
def test_wrong_usage_and_bad_data_end_in_one_paragraph(capsys, no_page, tmp_path, arguments, code, words):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (tmp_path / "wide.csv").write_text("1,2,3\n4,5,6\n")
    (tmp_path / "nan.csv").write_text("1,nan\n4,5\n")
    (tmp_path / "words.csv").write_text("E,I\n1,x\n4,5\n")
    (tmp_path / "events.csv").write_text("src,dst,time\n0,1,0.5\n1,0,0.7\n")
    if "large.npy" in arguments:
        np.save(tmp_path / "large.npy", np.zeros((501, 501)))
    if "r.nwb" in arguments:
        spikes(tmp_path / "r.nwb")
    assert call(["circuit", *arguments]) == code
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
    assert not (tmp_path / "circuit.html").exists()


def test_what_cannot_be_certified_says_which_condition_fails_and_the_rest_is_told(capsys, no_page):
    assert call(["circuit", "pair.csv", "--phi", "power:exponent=2", "--drive", "0.3"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "certificate: none. `phi` must have a bounded slope" in out
    assert "equilibria: " in out


def test_notes_say_what_they_are_said_of_and_stand_once(capsys, no_page, no_sweeps):
    assert call(["circuit", "shared-inhibition", "--drive", "0,0"]) == EXIT_DONE
    out = capsys.readouterr().out
    notes = [line for line in out.splitlines() if "on a kink" in line]
    assert len(notes) == 1
    assert notes[0].startswith("note: equilibria")


def test_a_small_margin_is_written_and_said_to_say_little(capsys, no_page, no_sweeps):
    assert call(["circuit", "column", "--set", "layers=20", "--set", "n=4"]) == EXIT_DONE
    out = capsys.readouterr().out
    margin = float(re.search(r"margin (\S+)\n", out.split("certificate of diagonal stability: certified")[1])[1])
    assert 0 < margin < 1e-9
    assert "say next to nothing" in out
    assert "most_pieces" not in out


def test_a_wide_margin_is_not_said_to_say_little(capsys, no_page):
    assert call(["circuit", "pair.csv"]) == EXIT_DONE
    assert "say next to nothing" not in capsys.readouterr().out


def test_contraction_has_its_reason_and_is_told_once(capsys, no_page):
    assert call(["circuit", "pair.csv"]) == EXIT_DONE
    out = capsys.readouterr().out
    verdict, why = out.split("contraction in a fixed norm: ")[1].splitlines()[:2]
    assert verdict == "refuted"
    assert why.startswith("  why: No P and diagonal Q satisfy the inequality")
    assert "does not follow: Contraction" not in out


def test_the_summed_response_is_named_for_what_it_is(capsys, no_page):
    assert call(["circuit", "pair.csv", "--drive", "0.6"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "paradoxical response" not in out
    assert "response of all I to more input to all I (paradoxical if below 0) 0.1053" in out
    assert "slowed down by more input to themselves: none" in out


def test_a_state_without_bound_has_gaps_in_words(capsys, no_page, tmp_path):
    assert call(["circuit", "wilson-cowan", "--phi", "power:exponent=2", "--json", "c.json"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "Thresholds: there are none, for the slope of the activation has no bound" in out
    assert "`slopes`" not in out
    gap = json.loads((tmp_path / "c.json").read_text())["games"][0]["nash_gap"]
    assert gap[0] == "inf"
    assert gap[1] == pytest.approx(0)


def test_regime_and_equilibria_speak_of_the_same_states(capsys, no_page, tmp_path):
    # Three pairs that silence each other have two stable states each; more units than once were enumerated.
    weights = np.diag([0.0] * 6 + [0.1] * 8)
    for k in (0, 2, 4):
        weights[k, k + 1] = weights[k + 1, k] = -2.0
    np.save(tmp_path / "many.npy", weights)
    drive = ",".join(["1"] * 6 + ["0.5"] * 8)
    assert call(["circuit", "many.npy", "--drive", drive, "--json", "c.json"]) == EXIT_DONE
    assert "equilibria: 27, 8 stable (by enumeration; all there are)" in capsys.readouterr().out
    values = json.loads((tmp_path / "c.json").read_text())
    assert values["regime"]["regime"] == "bistable"
    assert values["regime"]["indices"]["n_equilibria"] == len(values["equilibria"]["rates"]) == 27


def test_ctrl_c_leaves_nothing_and_says_so(capsys, monkeypatch, tmp_path):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(circuit_alone, "findings", stop)
    assert call(["circuit", "pair.csv"]) == EXIT_STOPPED
    assert STOPPED_CIRCUIT in capsys.readouterr().err
    assert not (tmp_path / "circuit.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_leaves_an_older_page_as_it_was(tmp_path, sign):
    (tmp_path / "circuit.html").write_text("older")
    process = subprocess.Popen(
        [sys.executable, "-m", "interplay", "circuit", "wilson-cowan"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)
    process.send_signal(sign)
    said = process.communicate(timeout=60)[1]
    if process.returncode == 0:
        pytest.skip("it was done before the signal came")
    assert process.returncode in (EXIT_STOPPED, -signal.SIGTERM)
    assert "Traceback" not in said
    assert (tmp_path / "circuit.html").read_text() == "older"
    assert {p.name for p in tmp_path.iterdir() if not p.name.startswith(".")} == {"circuit.html", "pair.csv"}
