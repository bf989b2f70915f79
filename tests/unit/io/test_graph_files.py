"""Networks from files: lists of edges, matrices, node tables; what was concluded is said, what is unclear refused."""

import numpy as np
import pytest
from scipy import sparse

from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph, Snapshots
from interplay.io import load_graph, save_snapshots


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return put


def edges(graph):
    names = np.arange(graph.n_nodes).astype(str) if graph.names is None else graph.names
    ends = zip(names[graph.src].tolist(), names[graph.target].tolist(), graph.weights().tolist(), strict=True)
    return {(a, b, w) for a, b, w in ends if graph.directed or a <= b}


def said(graph):
    return " | ".join(graph.notes)


@pytest.mark.parametrize(
    ("name", "text", "wanted", "note"),
    [
        ("named.csv", "source,target,weight\nAnn,Bob,2\nBob,Cy,-1\n", {("Ann", "Bob", 2), ("Bob", "Cy", -1)}, "header"),
        ("bare.csv", "Ann,Bob\nBob,Cy\nCy,Ann\n", {("Ann", "Bob", 1), ("Bob", "Cy", 1), ("Ann", "Cy", 1)},
         "taken as an edge"),
        ("own.csv", "person,friend\nBob,Cy\nCy,Ann\n", {("Bob", "Cy", 1), ("Ann", "Cy", 1)}, "taken as a header"),
        ("x.links", "3 7\n7 3\n9 9\n", {("3", "7", 1), ("9", "9", 1)}, "to itself"),
        ("w.txt", "0\t1\t2.5\n1\t2\t0.5\n", {("0", "1", 2.5), ("1", "2", 0.5)}, "taken as the weight"),
        ("snap.txt", "# FromNodeId\tToNodeId\n5\t6\n", {("5", "6", 1)}, "header"),
        ("nx.edgelist", "a b {'weight': 2.5}\nb c {'weight': 1}\n", {("a", "b", 2.5), ("b", "c", 1)}, "brackets"),
        ("odd.links", "1 2 [0.3, 0.1]\n2 3 [0.3, 0.2]\n", {("1", "2", 1), ("2", "3", 1)}, "was not used"),
        ("one.txt", "a b\n", {("a", "b", 1)}, "one edge"),
        ("extra.txt", "a b x\nb c y\n", {("a", "b", 1), ("b", "c", 1)}, "not used: column 2"),
    ],
)  # fmt: skip
def test_lists_of_edges(write, name, text, wanted, note):
    graph = load_graph(write(name, text))
    assert edges(graph) == wanted
    assert not graph.directed
    assert note in said(graph)


def test_direction_is_concluded_and_said_or_given(write):
    both = write("both.txt", "0 1\n1 0\n1 2\n2 1\n")
    none = write("none.txt", "0 1\n1 2\n")
    some = write("some.txt", "0 1\n1 0\n1 2\n")
    assert [load_graph(p).directed for p in (both, none, some)] == [False, False, True]
    assert "every pair stands in both directions" in said(load_graph(both))
    assert "no pair stands in both directions" in said(load_graph(none))
    assert "one direction only" in said(load_graph(some))
    assert load_graph(both, directed=True).n_edges == 4
    assert load_graph(none, directed=True).to_dense()[0, 1] == 1
    assert load_graph(none, directed=True).to_dense()[1, 0] == 0
    assert load_graph(some, directed=False).n_edges == 2
    two = write("two.txt", "0 1 2\n1 0 3\n")
    assert load_graph(two).directed
    with pytest.raises(DataError, match="0 - 1 has two"):
        load_graph(two, directed=False)
    assert edges(load_graph(two, directed=False, repeats="sum")) == {("0", "1", 5)}


def test_what_a_sum_gives_a_pair_depends_on_its_own_lines_alone(write):
    alike = write("alike.txt", "source target weight\nA B 1\nB A 1\nC D 1\n")
    other = write("other.txt", "source target weight\nA B 1\nB A 1\nC D 1\nD C 2\n")
    for path, count in ((alike, 1), (other, 2)):
        graph = load_graph(path, directed=False, repeats="sum")
        assert ("A", "B", 2) in edges(graph)
        assert f"{count} pair(s) stand in both directions: both were added up" in said(graph)
    assert edges(load_graph(write("bare.txt", "A B\nB A\nC D\n"), directed=False, repeats="sum")) == {
        ("A", "B", 2), ("C", "D", 1)
    }  # fmt: skip
    mirrored = write("mirrored.txt", "A B 3\nB A 3\n")
    assert edges(load_graph(mirrored, repeats="sum")) == {("A", "B", 3)}, "concluded, and said, to hold each edge twice"
    assert edges(load_graph(mirrored, directed=False)) == {("A", "B", 3)}
    assert edges(load_graph(mirrored, directed=False, repeats="sum")) == {("A", "B", 6)}


def test_symmetric_matrices_hold_each_edge_twice(tmp_path):
    np.save(tmp_path / "s.npy", np.ones((2, 2)))
    assert load_graph(tmp_path / "s.npy", directed=False, repeats="sum").to_dense().tolist() == [[1, 1], [1, 1]]
    np.save(tmp_path / "a.npy", np.array([[5.0, 1.0], [2.0, 0.0]]))
    assert load_graph(tmp_path / "a.npy", directed=False, repeats="sum").to_dense().tolist() == [[5, 3], [3, 0]]


def test_repeats_are_refused_summed_or_read_once(write):
    path = write("r.txt", "0 1 2\n1 2 1\n0 1 3\n")
    with pytest.raises(DataError, match="0 -> 1 is given again, and 1 line"):
        load_graph(path)
    assert edges(load_graph(path, repeats="sum")) == {("0", "1", 5), ("1", "2", 1)}
    assert edges(load_graph(path, repeats="once")) == {("0", "1", 2), ("1", "2", 1)}
    with pytest.raises(ConfigError, match="repeats"):
        load_graph(path, repeats="mean")


def test_events_are_told_from_edges(write):
    for name, text in (("e.csv", "source,target,time\na,b,1\n"), ("e.txt", "0 1 10\n1 2 20\n0 1 30\n")):
        with pytest.raises(DataError, match="list of events"):
            load_graph(write(name, text))
    assert edges(load_graph(write("e.txt", "0 1 10\n1 2 20\n2 0 30\n"), weight_column=2)) == {
        ("0", "1", 10), ("1", "2", 20), ("0", "2", 30)
    }  # fmt: skip


def test_matrices_of_all_kinds(write, tmp_path):
    dense = np.array([[0, 2.0, 0, 0], [0, 0, 1, 0], [0, 0, 0, -3], [1, 0, 0, 0]])
    np.save(tmp_path / "m.npy", dense)
    np.savez(tmp_path / "m.npz", weights=dense, other=np.arange(3))
    for kind in ("csr", "csc", "coo"):
        sparse.save_npz(tmp_path / f"{kind}.npz", sparse.coo_matrix(dense).asformat(kind))
    rows = "\n".join(",".join(map(str, row)) for row in dense)
    write("m.csv", rows + "\n")
    write("n.csv", ",a,b,c,d\n" + "\n".join(f"{k},{row}" for k, row in zip("abcd", rows.split("\n"), strict=True)))
    for name in ("m.npy", "m.npz", "csr.npz", "csc.npz", "coo.npz", "m.csv", "n.csv"):
        graph = load_graph(tmp_path / name)
        np.testing.assert_array_equal(graph.to_dense(), dense, err_msg=name)
        assert graph.directed
        assert "not symmetric" in said(graph)
    assert load_graph(tmp_path / "n.csv").names.tolist() == list("abcd")
    np.save(tmp_path / "s.npy", dense + dense.T)
    assert not load_graph(tmp_path / "s.npy").directed
    np.save(tmp_path / "lonely.npy", np.diag([0.0, 1.0, 0.0]))
    assert load_graph(tmp_path / "lonely.npy").n_nodes == 3
    for bad, match in ((np.zeros((2, 3)), "square"), (np.full((2, 2), np.nan), "finite"), (np.array(1.0), "square")):
        np.save(tmp_path / "bad.npy", bad)
        with pytest.raises(DataError, match=match):
            load_graph(tmp_path / "bad.npy")


@pytest.mark.parametrize(
    "change",
    [
        {"row": [-1]}, {"col": [2]}, {"row": [0.0]}, {"row": [0, 1]}, {"shape": [2, 2, 2]}, {"shape": [2, 3]},
        {"indptr": [0, 1]}, {"indptr": [0, 2, 1]}, {"indptr": [0, 1, 2]}, {"indptr": [0, 1, 1], "indices": [-1]},
    ],
)  # fmt: skip
def test_sparse_matrices_that_are_damaged_are_refused(tmp_path, change):
    given = {"indices": [1]} if "indptr" in change else {"row": [0], "col": [1]}
    np.savez(tmp_path / "m.npz", **{"shape": [2, 2], "data": [1.0]} | given | change)
    with pytest.raises(DataError, match=r"do not fit together|must be square"):
        load_graph(tmp_path / "m.npz")


def test_names_that_only_look_like_numbers_are_ordered_as_words(write):
    assert load_graph(write("minus.txt", "-1,2\n--3,4\n")).names.tolist() == ["--3", "-1", "2", "4"]
    assert load_graph(write("power.csv", "source,target\n\u00b2,1\n")).names.tolist() == ["1", "\u00b2"]


def test_networks_of_an_inference_give_their_mean_and_names(tmp_path):
    dense = np.zeros((2, 3, 3))
    dense[0, 0, 1] = dense[0, 1, 0] = 1.0
    snapshots = Snapshots.from_dense(dense, [(0, 1), (1, 2)], directed=False)
    save_snapshots(snapshots, tmp_path / "s.npz", about={"names": ["u", "v", "w"]})
    assert edges(load_graph(tmp_path / "s.npz")) == {("u", "v", 0.5)}


def test_node_tables_add_nodes_columns_and_notes(write):
    links = write("g.links", "b c\nc d\n")
    graph = load_graph(links, nodes=write("g.attr", "a 1\nb 0\nc 1\n"))
    assert graph.names.tolist() == ["a", "b", "c", "d"]
    assert graph.degree_out().tolist() == [0, 1, 2, 1]
    assert "1 node(s) of the node table have no edge" in said(graph)
    assert "1 node(s) have edges but no row" in said(graph)
    with pytest.raises(DataError, match="node 3 has none"):
        graph.groups("group")
    assert graph.groups("group", unknown="?").names.tolist() == ["0", "1", "?"]
    table = write("t.csv", "team,id,age\nred,b,3\nblue,c,4\nred,d,5\n")
    graph = load_graph(links, nodes=table)
    assert graph.attributes["team"].tolist() == ["red", "blue", "red"]
    assert graph.attributes["age"].tolist() == [3, 4, 5]
    numbered = load_graph(write("n.links", "1 2\n2 3\n"), nodes=write("n.attr", "3 x 9\n1 y 8\n2 x 7\n"))
    assert numbered.names.tolist() == ["3", "1", "2"]
    assert list(numbered.attributes) == ["column1", "column2"]


def test_node_tables_of_a_saved_network_must_be_of_its_nodes(write, tmp_path):
    np.save(tmp_path / "m.npy", np.ones((2, 2)))
    from interplay.io import save_graph

    save_graph(Graph.from_dense(np.ones((2, 2)), directed=False, names=np.array(["p", "q"])), tmp_path / "g")
    graph = load_graph(tmp_path / "g", nodes=write("t.csv", "id,team\nq,x\nr,y\n"))
    assert graph.attributes["team"].tolist() == ["", "x"]
    assert "1 row(s) of the node table are of no node" in said(graph)
    with pytest.raises(DataError, match="no row of the node table"):
        load_graph(tmp_path / "g", nodes=write("t.csv", "id,team\ns,x\nr,y\n"))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "empty"),
        ("a\nb\n", "two columns"),
        ("a,b\nc\n", "fields"),
        ("source,target\n", "no rows follow"),
        ("source,target,weight\na,b,x\n", "must hold numbers"),
        ("source,target\na,\n", "is empty"),
        ("0.5 1\n1 2\n", "whole numbers"),
        ("a b {'weight': 1}\na c {}\n", "have no weight"),
    ],
)
def test_lists_that_cannot_be_read(write, text, match):
    with pytest.raises(DataError, match=match):
        load_graph(write("bad.txt", text))


@pytest.mark.parametrize(
    ("text", "match"),
    [("a 1\na 2\n", "must have one row"), ("a\nb\n", "one column"), ("id,x,x\na,1,2\n", "a name of its own")],
)
def test_node_tables_that_cannot_be_read(write, text, match):
    with pytest.raises(DataError, match=match):
        load_graph(write("g.txt", "a b\n"), nodes=write("bad.csv", text))


def test_recordings_and_strangers_are_named(write, tmp_path):
    with pytest.raises(DataError, match="no file"):
        load_graph(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="rate_hz"):
        load_graph(write("g.txt", "a b\n"), rate_hz=3.0)
