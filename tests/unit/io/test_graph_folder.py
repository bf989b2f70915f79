"""A graph as a folder: it comes back whole, mapped or read, and never half written."""

import json

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay.data import Graph
from interplay.io import load_graph, open_graph, save_graph


def some_graph(n=50, seed=0, **parts):
    rng = np.random.default_rng(seed)
    return Graph.from_edges(
        rng.integers(0, n, 3 * n), rng.integers(0, n, 3 * n), rng.normal(size=3 * n), n_nodes=n, directed=True,
        repeats="sum", **parts,
    )  # fmt: skip


@pytest.mark.parametrize("mapped", [True, False])
def test_everything_comes_back(tmp_path, mapped):
    graph = some_graph(
        names=[f"ü{k}" for k in range(50)],
        attributes={"team/x": ["a", "b"] * 25, "..": np.arange(50), "on": np.arange(50) % 2 == 0},
    )
    folder = save_graph(graph, tmp_path / "g")
    again = open_graph(folder, mapped=mapped)
    assert again.digest == graph.digest
    assert again.names.tolist() == graph.names.tolist()
    assert list(again.attributes) == ["team/x", "..", "on"]
    assert load_graph(folder).digest == graph.digest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g"]


def test_large_rows_stay_on_the_disk(tmp_path):
    n = 40_000
    graph = Graph.from_edges(np.arange(n - 1), np.arange(1, n), n_nodes=n, directed=True)
    again = open_graph(save_graph(graph, tmp_path / "g"))
    base = again.target
    while not isinstance(base, np.memmap):
        base = base.base
    assert again.digest == graph.digest


@pytest.mark.parametrize("n", [0, 1])
def test_no_edges(tmp_path, n):
    graph = Graph.from_edges([], [], n_nodes=n, directed=False)
    assert open_graph(save_graph(graph, tmp_path / "g")).digest == graph.digest


def test_a_saved_graph_is_replaced_and_an_open_one_stays(tmp_path):
    one, other = some_graph(40_000), some_graph(20, seed=1)
    opened = open_graph(save_graph(one, tmp_path / "g"))
    save_graph(other, tmp_path / "g")
    assert open_graph(tmp_path / "g").digest == other.digest
    assert np.array_equal(opened.target, one.target)


def test_what_else_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    for name in ("mine", "file"):
        with pytest.raises(DataError, match="left as it is"):
            save_graph(some_graph(), tmp_path / name)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    with pytest.raises(DataError, match="existing folder"):
        save_graph(some_graph(), tmp_path / "not" / "there")
    with pytest.raises(DataError, match="must be a Graph"):
        save_graph("graph", tmp_path / "x")


def spoil_digest(folder):
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"digest": "0" * 32}))


def spoil_weight(folder):
    weight = np.load(folder / "weight.npy")
    weight[0] += 1
    np.save(folder / "weight.npy", weight)


def spoil_layout(folder):
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"layout": 99}))


def spoil_names(folder):
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"arrays": ["../secret", "target"]}))


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (spoil_digest, "digest"),
        (spoil_weight, "digest"),
        (spoil_layout, "layout 99"),
        (spoil_names, "names no array"),
        (lambda f: (f / "target.npy").unlink(), "target.npy"),
        (lambda f: (f / "target.npy").write_bytes((f / "target.npy").read_bytes()[:-8]), "target.npy"),
        (lambda f: (f / "meta.json").write_text("{"), "meta.json"),
        (lambda f: (f / "meta.json").unlink(), "no meta.json"),
    ],
)
def test_damage_is_found(tmp_path, spoil, match):
    folder = save_graph(some_graph(), tmp_path / "g")
    spoil(folder)
    for mapped in (True, False):
        with pytest.raises(DataError, match=match):
            open_graph(folder, mapped=mapped)


def test_timed_graphs_go_to_a_file_as_before(tmp_path):
    events = ip.TemporalGraph(
        src=np.array([0, 1]), dst=np.array([1, 2]), time=np.array([0.0, 1.0]), weight=np.ones(2), n_nodes=3, span=(0, 2)
    )
    assert ip.load(save_graph(events, tmp_path / "g.npz")).digest == events.digest
    with pytest.raises(DataError, match="holds TemporalGraph"):
        load_graph(tmp_path / "g.npz")
