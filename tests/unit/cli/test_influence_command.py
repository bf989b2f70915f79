"""`interplay influence`: a network in; reach, disparity and price out; what is refused, with which code."""

import json
from pathlib import Path

import pytest

from interplay.cli import EXIT_DATA, EXIT_DONE, EXIT_USAGE
from interplay.cli.app import call
from interplay.data import Graph
from interplay.io import save_graph
from interplay.job import influence_alone


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "g.csv").write_text("source,target\n" + "".join(f"hub,n{k}\n" for k in range(8)) + "x,y\ny,z\n")
    rows = ["hub,a", *(f"n{k},a" for k in range(8)), "x,b", "y,b", "z,b"]
    (tmp_path / "n.csv").write_text("id,team\n" + "\n".join(rows) + "\n")


@pytest.fixture
def no_page(monkeypatch):
    """Leave out the drawing of the page, which takes most of the time and is tested apart."""
    monkeypatch.setattr(influence_alone, "influence_page", lambda *_, **__: "no page")


SURE = ["--probability", "1", "--runs", "64"]


def test_help_says_what_can_be_given(capsys):
    assert call(["influence", "--help"]) == EXIT_DONE
    out = capsys.readouterr().out
    for text in (
        "GRAPH",
        "--groups",
        "--budget",
        "--model",
        "--probability",
        "--layer",
        "--nodes",
        "--json",
        "--among",
    ):
        assert text in out


def test_reach_disparity_and_price_are_those_of_the_network(capsys, no_page):
    """Where every edge passes on, one seed reaches its part of the network: 9 of 12 nodes, or 3."""
    arguments = ["influence", "g.csv", "--nodes", "n.csv", "-g", "team", "-k", "1", *SURE, "--json", "v.json"]
    assert call([*arguments, "--methods", "degree,max-min,greedy"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "network: 12 nodes, 10 undirected edges\ngroups by team: a (9 nodes), b (3 nodes)" in out
    assert "independent cascade, probability 1" in out
    found = json.loads(Path("v.json").read_text())
    degree = found["choices"]["degree"]
    assert degree["seeds"] == ["hub"]
    assert degree["reach"] == 9
    assert degree["group_share"] == [1, 0]
    assert degree["disparity"] == 1
    assert degree["price_of_fairness"] == 0
    assert found["groups"] == {"column": "team", "names": ["a", "b"], "sizes": [9, 3]}
    assert found["network"]["names"][:2] == ["hub", "n0"]
    assert found["price_of_fairness"] is None


def test_a_second_seed_serves_the_second_group(no_page):
    arguments = ["influence", "g.csv", "--nodes", "n.csv", "-k", "2", *SURE, "--json", "v.json"]
    assert call([*arguments, "--methods", "degree,max-min"]) == EXIT_DONE
    fair = json.loads(Path("v.json").read_text())["choices"]["max-min"]
    assert fair["group_share"] == [1, 1]
    assert fair["disparity"] == 0


def test_the_same_call_gives_the_same_numbers_on_any_number_of_threads(no_page):
    found = []
    for jobs in ("1", "2"):
        call(
            [
                "influence",
                "g.csv",
                "--runs",
                "200",
                "-k",
                "1",
                "--methods",
                "random,degree",
                "-j",
                jobs,
                "--json",
                "v.json",
            ]
        )
        found.append(Path("v.json").read_text())
    assert found[0] == found[1]


def test_random_seeds_are_the_mean_of_many_draws(capsys, no_page):
    arguments = ["influence", "g.csv", "--nodes", "n.csv", "-k", "1", *SURE, "--methods", "random", "--json", "v.json"]
    assert call(arguments) == EXIT_DONE
    found = json.loads(Path("v.json").read_text())
    single = found["random_draws"]["reach"]
    assert len(single) == 20
    assert set(single) == {9 / 12, 3 / 12}
    assert found["choices"]["random"]["share"] == pytest.approx(sum(single) / 20)
    assert found["choices"]["random"]["disparity"] == 1  # of every draw, though the shares are even on average
    assert found["choices"]["random"]["reach_se"] > 0
    assert found["seed"] == 0
    assert "random: mean of 20 draws" in capsys.readouterr().out


def test_seeds_among_some_nodes_only(capsys, no_page):
    arguments = ["influence", "g.csv", "--nodes", "n.csv", "-k", "5", *SURE, "--methods", "degree", "--json", "v.json"]
    assert call([*arguments, "--among", "team=b"]) == EXIT_DONE
    assert sorted(json.loads(Path("v.json").read_text())["choices"]["degree"]["seeds"]) == ["x", "y", "z"]
    assert "The budget of 5 exceeds the 3 candidates" in capsys.readouterr().out


@pytest.mark.parametrize("budget", ["0", "12", "99"])
def test_no_seeds_and_all_seeds(no_page, budget):
    arguments = [
        "influence",
        "g.csv",
        "--nodes",
        "n.csv",
        "-k",
        budget,
        *SURE,
        "--methods",
        "random",
        "--json",
        "v.json",
    ]
    assert call(arguments) == EXIT_DONE
    random = json.loads(Path("v.json").read_text())["choices"]["random"]
    assert len(random["seeds"]) == random["reach"] == min(int(budget), 12)
    assert random["disparity"] == 0


def test_timed_events_respect_their_order(capsys, no_page, tmp_path):
    (tmp_path / "e.csv").write_text("source,target,time\nb,c,1\na,b,2\n")
    arguments = ["influence", "e.csv", "-k", "1", *SURE, "--methods", "degree", "--json", "v.json"]
    assert call(arguments) == EXIT_DONE
    assert json.loads(Path("v.json").read_text())["choices"]["degree"]["reach"] == 2
    assert "what spreads respects their order" in capsys.readouterr().out
    assert call([*arguments, "--static"]) == EXIT_DONE
    assert json.loads(Path("v.json").read_text())["choices"]["degree"]["reach"] == 3


def test_opinions_are_beside_what_happens_without_seeds(capsys, no_page):
    assert call(["influence", "g.csv", "-m", "deffuant", "-k", "2", "--runs", "3", "--methods", "degree"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "no seeds" in out
    assert "bounded confidence by Deffuant, confidence 0.2" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["absent.csv"], EXIT_DATA, "no file absent.csv"),
        (["g.csv", "--nodes", "absent.csv"], EXIT_DATA, "no file absent.csv"),
        (["g.csv", "-g", "team"], EXIT_USAGE, "Give a node table"),
        (["g.csv", "-m", "icc"], EXIT_USAGE, "did you mean 'ic'"),
        (["g.csv", "--methods", "best"], EXIT_USAGE, "method"),
        (["g.csv", "--methods", "max-min"], EXIT_DATA, "needs `groups`"),
        (["g.csv", "--probability", "2"], EXIT_USAGE, "probability"),
        (["g.csv", "--repeats", "mean"], EXIT_USAGE, "repeats"),
        (["g.csv", "--layer", "up"], EXIT_USAGE, "layer"),
        (["g.csv", "--hint", "rate_hz=2"], EXIT_DATA, "g.csv"),
        (["g.csv", "-o", "x.txt"], EXIT_USAGE, "must end in .html"),
        (["g.csv", "--json", "g.csv"], EXIT_USAGE, "must end in .json"),
        (["-g", "age"], EXIT_USAGE, "age"),
        (["--nodes", "n.csv"], EXIT_USAGE, "--nodes"),
        (["g.csv", "--price", "--methods", "degree", "--runs", "5"], EXIT_USAGE, "needs two groups"),
        (["g.csv", "--probability", "weight"], EXIT_USAGE, "this network has none"),
        (["g.csv", "--embedding", "musae"], EXIT_USAGE, "features"),
        (["g.csv", "--model", "si", "--methods", "ris"], EXIT_USAGE, "the models ic and lt"),
        (["--static"], EXIT_USAGE, "`--static` must be left out"),
        (["--repeats", "sum"], EXIT_USAGE, "`--repeats` must be left out"),
        (["--unknown", "x", "--static"], EXIT_USAGE, "must be left out"),
        (["."], EXIT_DATA, "a folder must be a saved graph"),
    ],
)
def test_what_is_refused(capsys, no_page, arguments, code, words):
    assert call(["influence", *arguments]) == code
    message = capsys.readouterr().err
    assert words in message
    assert message.startswith("interplay: ")
    assert message.count("\n") == 1


def test_a_signed_network_says_which_edges_carry(capsys, no_page, tmp_path):
    save_graph(Graph.from_edges([0, 1], [1, 2], [1.0, -1.0], n_nodes=3, directed=True), tmp_path / "signed")
    assert call(["influence", "signed", "-k", "1", *SURE, "--methods", "degree"]) == EXIT_DONE
    assert (
        "note: layer positive (change it with --layer): 1 of 2 entries do not carry anything" in capsys.readouterr().out
    )


@pytest.mark.slow
def test_without_a_network_there_is_one_made_up_and_its_page_is_whole(capsys):
    assert call(["influence", "--runs", "256"]) == EXIT_DONE
    out = capsys.readouterr().out
    for method in ("random", "degree", "page-rank", "greedy", "max-min", "proportional", "medoids, crosswalk"):
        assert method in out
    html = Path("influence.html").read_text()
    for key in ("reach", "price", "spread", "seeds", "network", "methods", "provenance"):
        assert f'id="{key}"' in html
    first = html
    assert "chosen with seed 0 and judged with seed 1" in html
    assert call(["influence", "--runs", "256", "--jobs", "1"]) == EXIT_DONE
    assert Path("influence.html").read_text() == first


def test_the_page_of_a_small_network_is_written(capsys):
    arguments = ["influence", "g.csv", "--nodes", "n.csv", "-k", "1", "--runs", "64", "--methods", "degree"]
    assert call(arguments) == EXIT_DONE
    assert "page: influence.html" in capsys.readouterr().out
    assert "Whom an intervention reaches: g.csv" in Path("influence.html").read_text()
