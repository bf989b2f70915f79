"""Players by name: specs read, canonical, wrong ones refused with what would be right."""

import sys
import textwrap

import pytest

from interplay._core.errors import ConfigError, MissingExtraError
from interplay.loop.player import Learner, Player
from interplay.loop.registry import PLAYERS, expand_specs, make_player, parse_spec, settings_of

OWN = """
    class Stays:
        name = "stays"
        def __init__(self, where=0.5, name="x"):
            self.where = where
        def begin(self, rules, seed): pass
        def act(self, view): return 0.0
        def feel(self, feedback): pass

    def nobody():
        return 3

    number = 7

    def fussy(x=1):
        raise ValueError("not today")
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_players.py").write_text(textwrap.dedent(OWN))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "own_players.py"
    sys.modules.pop("own_players", None)


@pytest.mark.parametrize("name", ["chance", "random", "frozen", "oracle", "dish", "value"])
def test_every_name_makes_a_player(name):
    player = make_player(name)
    assert isinstance(player, Player | Learner)
    entry = parse_spec(name).entry
    assert entry.kind == PLAYERS[name].kind
    assert bool(entry.cell) == (name == "dish")


def test_canonical_text_is_one_per_player():
    texts = ("dish", "dish:plasticity=stdp,feedback=fep", " dish:feedback=fep ", "dish:record=false,warmup_s=30")
    assert {parse_spec(text).text for text in texts} == {"dish:feedback=fep,plasticity=stdp"}
    assert parse_spec("random:hold_ticks=1").text == "random"
    spec = parse_spec("dish:warmup_s=5,feedback=silent")
    assert spec.text == "dish:feedback=silent,plasticity=stdp,warmup_s=5"
    assert spec.given == {"feedback": "silent", "warmup_s": 5}
    assert spec.settings["preset"] == "1k"
    assert spec.entry.name == "Dish, silent, stdp, warmup s 5"
    assert spec.entry.cell == {
        "backend": "silicon",
        "feedback": "silent",
        "plasticity": "stdp",
        "ablation": "none",
    }
    assert parse_spec(spec.text).text == spec.text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dish:ablation=random_spikes", "Dish, fep, stdp, random spikes"),
        ("dish:plasticity=r_stdp_centred,ablation=zero_spikes", "Dish, fep, r stdp centred, zero spikes"),
        ("value:loss=hl_gauss", "Value, observation paddle ball, hl gauss, ema"),
        ("random:hold_ticks=2", "Random, hold ticks 2"),
        ("dish:encoding={'sites':4}", "Dish, fep, stdp, encoding {'sites': 4}"),
    ],
)
def test_names_read_well(text, name):
    assert parse_spec(text).entry.name == name


def test_values_are_literals_where_they_are_some():
    spec = parse_spec("value:support=(-1,3),resets=2,memory=none,loss=hl_gauss")
    assert spec.given == {"support": (-1, 3), "resets": 2, "loss": "hl_gauss"}
    assert parse_spec(spec.text).settings == spec.settings


def test_what_was_left_open_is_resolved():
    resolved = parse_spec("dish").settings["resolved"]
    assert resolved["culture"]["n_units"] == 1000
    assert set(resolved) == {"encoding", "decoding", "readout", "protocol", "culture"}
    changed = parse_spec("dish:encoding={'sites':4}").settings["resolved"]["encoding"]
    assert changed["sites"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("oracel", "Unknown player 'oracel'; did you mean 'oracle'.*python:package.module:factory"),
        ("dish:feedbak=fep", "Unknown setting 'feedbak'; did you mean 'feedback'.*ablation, backend"),
        ("dish:feedback=nope", "Unknown `feedback` 'nope'"),
        ("dish:feedback", "settings must read key=value,key=value, got 'feedback'"),
        ("dish:feedback=fep,feedback=rest", "'feedback' is given twice"),
        ("oracle:x=1", "must have no settings, got 'x'"),
        ("random:hold_ticks=0", "`hold_ticks` must be >= 1"),
        ("random:hold_ticks=many", "player 'random:hold_ticks=many': `hold_ticks` must be a number"),
        ("python:own_players", "must read python:package.module:factory"),
        ("python::x", "must read python:package.module:factory"),
        ("python:no.such.module:x", "must name something that can be imported: No module named 'no'"),
        ("python:own_players:absent", "must name something that can be imported: .*'absent'"),
        ("python:own_players:number", "must name a class or function, got a int"),
    ],
)
def test_wrong_specs(own, text, message):
    with pytest.raises(ConfigError, match=message):
        parse_spec(text)


@pytest.mark.parametrize(("content", "kind"), [("1 / 0", "ZeroDivisionError"), ("x = (", "SyntaxError")])
def test_a_module_that_cannot_be_run_is_named(tmp_path, monkeypatch, content, kind):
    (tmp_path / "unfinished.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=f"'unfinished' raised {kind}.*Correct the module"):
        parse_spec("python:unfinished:Player")


def test_players_of_ones_own(own):
    spec = parse_spec("python:own_players:Stays:where=0.25")
    assert spec.text == "python:own_players:Stays:where=0.25"
    assert spec.settings == {"where": 0.25}
    assert spec.make().where == 0.25
    assert spec.entry.name == "own_players:Stays:where=0.25"
    assert spec.entry.kind == "own"
    with pytest.raises(ConfigError, match=r"must have `name`, `begin`, `act` and `feel`.*got a int"):
        make_player("python:own_players:nobody")
    with pytest.raises(ConfigError, match=r"not today. Correct its settings"):
        make_player("python:own_players:fussy")


def test_an_edited_player_of_ones_own_is_another(own):
    before = parse_spec("python:own_players:Stays").source
    own.write_text(own.read_text() + "\n# edited\n")
    assert parse_spec("python:own_players:Stays").source != before != ""


def test_an_absent_package_names_its_extra(monkeypatch):
    import interplay.loop.registry as registry

    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"player 'qrdqn' needs sb3-contrib.*interplay\[rl\]"):
        parse_spec("qrdqn")


def test_choices_are_multiplied_out():
    assert expand_specs(["oracle", "dish:feedback=fep|rest,plasticity=stdp|frozen"]) == (
        "oracle",
        "dish:feedback=fep,plasticity=stdp",
        "dish:feedback=fep,plasticity=frozen",
        "dish:feedback=rest,plasticity=stdp",
        "dish:feedback=rest,plasticity=frozen",
    )


def test_settings_are_listed_as_they_are_written():
    assert settings_of("random") == {"hold_ticks": "1"}
    assert settings_of("dish")["record"] == "false"
    with pytest.raises(ConfigError, match="Unknown player"):
        settings_of("nobody")
