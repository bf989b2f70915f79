"""Reading timed simplices from three columns."""

import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.io import load_simplices


def write(folder, **columns):
    given = {"nverts": [2, 3], "simplices": [7, 3, 3, 9, 7], "times": [2000, 1000]} | columns
    for kind, values in given.items():
        (folder / f"set-{kind}.txt").write_text("".join(f"{v}\n" for v in values))
    return folder


@pytest.mark.parametrize("name", ["", "set", "set-times.txt", "set-nverts.txt"])
def test_any_name_of_the_set_will_do(tmp_path, name):
    found = load_simplices(write(tmp_path) / name, seconds_per_unit=1e-3)
    assert found.names.tolist() == ["3", "7", "9"]
    assert found.time.tolist() == [0.0, 1.0]
    assert found.members(0).tolist() == [0, 1, 2]
    assert found.members(1).tolist() == [0, 1]
    assert found.notes == (
        "the 3 nodes are the ids that occur",
        "time begins at 1000 units of the file, 0.001 s each",
    )


def test_labels_name_all_nodes_even_silent_ones(tmp_path):
    write(tmp_path)
    (tmp_path / "set-node-labels.txt").write_text("3 Ann Lee\n5 Bo\n7 Cy\n9 Bo\n")
    found = load_simplices(tmp_path)
    assert found.n_nodes == 4
    assert found.names.tolist() == ["Ann Lee (3)", "Bo (5)", "Cy (7)", "Bo (9)"]
    assert found.members(0).tolist() == [0, 2, 3]
    (tmp_path / "set-node-labels.txt").write_text("3 Ann\n7 Cy\n")
    with pytest.raises(DataError, match="id 9 has none"):
        load_simplices(tmp_path)


def test_repeated_nodes(tmp_path):
    write(tmp_path, simplices=[7, 7, 3, 9, 7])
    with pytest.raises(DataError, match=r"each node once: line 1 .* with 1 repeats"):
        load_simplices(tmp_path)
    found = load_simplices(tmp_path, repeats="drop")
    assert found.sizes.tolist() == [3, 1]
    assert "1 repeated nodes were dropped" in found.notes


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"nverts": [2, 2]}, "add up to the 5 nodes"),
        ({"times": [1]}, "one for each of the 1 times"),
        ({"nverts": [0, 5]}, "must be >= 1"),
        ({"times": ["a", "b"]}, "one whole number a line"),
        ({"times": []}, "is empty"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        load_simplices(write(tmp_path, **columns))


def test_missing_and_unknown(tmp_path):
    with pytest.raises(DataError, match="must hold one file"):
        load_simplices(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        load_simplices(tmp_path / "set")
    with pytest.raises(ConfigError, match="`repeats`"):
        load_simplices(tmp_path, repeats="keep")
    with pytest.raises(ConfigError, match="`seconds_per_unit`"):
        load_simplices(tmp_path, seconds_per_unit=0)


def test_files_of_blank_lines(tmp_path):
    with pytest.raises(DataError, match="got blank lines only"):
        load_simplices(write(tmp_path, nverts=[" "], simplices=[" "], times=[" "]))
