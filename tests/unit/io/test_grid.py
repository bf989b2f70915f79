"""Matrices with names, from every kind of file that holds one."""

import numpy as np
import pytest
import scipy.io
import scipy.sparse

import interplay as ip
from interplay._core.errors import DataError
from interplay.io import load_matrix
from interplay.io.region_labels import networks_of, read_labels

W = np.array([[0, 2.5, -1], [2, 0, 0], [1e6, 0, 3]])


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("0,2.5,-1\n2,0,0\n1e6,0,3\n", None, None),
        ("0 2.5 -1\n2 0 0\n1e6 0 3\n", None, None),
        ("A\tB\tC\n0\t2.5\t-1\n2\t0\t0\n1e6\t0\t3\n", "ABC", None),
        (",A,B,C\nA,0,2.5,-1\nB,2,0,0\nC,1e6,0,3\n", "ABC", "ABC"),
        ("Node\tA\tB\tC\nA\t0\t2.5\t-1\nB\t2\t0\t0\nC\t1e6\t0\t3\n", "ABC", "ABC"),
        (",A,B,C\n0,0,2.5,-1\n1,2,0,0\n2,1e6,0,3\n", "ABC", None),
        ("1,2,3\n0,2.5,-1\n2,0,0\n1e6,0,3\n", "123", None),
    ],
)
def test_text_in_every_layout(tmp_path, text, columns, rows):
    (tmp_path / "w.csv").write_text(text)
    found = load_matrix(tmp_path / "w.csv")
    np.testing.assert_array_equal(found.values, W)
    assert found.columns == (None if columns is None else tuple(columns))
    assert found.rows == (None if rows is None else tuple(rows))
    assert bool(found.notes) == (text.startswith((",A,B,C\n0", "1,2")))


def test_missing_values_are_nan(tmp_path):
    (tmp_path / "w.tsv").write_text("A\tB\n1\tn/a\nNA\tnan\n")
    np.testing.assert_array_equal(load_matrix(tmp_path / "w.tsv").values, [[1, np.nan], [np.nan, np.nan]])
    (tmp_path / "w.tsv").write_text("A\tB\n1\tn/a\n?\t3\n")
    with pytest.raises(DataError, match=r"line 3: column 'A' must hold numbers, got '\?'"):
        load_matrix(tmp_path / "w.tsv")


def test_arrays_and_mat_files(tmp_path):
    np.save(tmp_path / "w.npy", W.astype("f4"))
    assert load_matrix(tmp_path / "w.npy").values.dtype == np.float32
    scipy.io.savemat(tmp_path / "w.mat", {"sc": scipy.sparse.csc_matrix(W), "name": "subject", "n": 3.0})
    np.testing.assert_array_equal(load_matrix(tmp_path / "w.mat").values, W)
    scipy.io.savemat(tmp_path / "w.mat", {"sc": W, "len": 2 * W})
    with pytest.raises(DataError, match=r"sc \(3, 3\), len \(3, 3\)"):
        load_matrix(tmp_path / "w.mat")
    np.testing.assert_array_equal(load_matrix(tmp_path / "w.mat", variable="len").values, 2 * W)
    with pytest.raises(DataError, match="no matrix 'fc'"):
        load_matrix(tmp_path / "w.mat", variable="fc")
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "w73.mat", "w", userblock_size=512) as file:
        file["sc"] = W.T
    with (tmp_path / "w73.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file")
    np.testing.assert_array_equal(load_matrix(tmp_path / "w73.mat").values, W)


def test_what_is_no_matrix_is_refused(tmp_path):
    np.save(tmp_path / "w.npy", np.ones((2, 2, 2)))
    with pytest.raises(DataError, match=r"matrix of numbers, got shape \(2, 2, 2\)"):
        load_matrix(tmp_path / "w.npy")
    with pytest.raises(DataError, match="`variable` must be left out"):
        load_matrix(tmp_path / "w.npy", variable="x")
    (tmp_path / "w.csv").write_text("1,inf\n2,3\n")
    with pytest.raises(DataError, match=r"infinite values, entry \[0, 1\]"):
        load_matrix(tmp_path / "w.csv")
    with pytest.raises(DataError, match="there is no file"):
        load_matrix(tmp_path / "none.csv")


def test_a_square_table_is_told_where_it_belongs(tmp_path):
    (tmp_path / "w.csv").write_text("A,B,C\n0,2,1\n2,0,0\n1,0,3\n")
    with pytest.raises(DataError, match=r"`io\.load_matrix`"):
        ip.load(tmp_path / "w.csv")


def test_networks_are_read_out_of_names():
    names = ["7Networks_LH_Vis_1", "17Networks_RH_DefaultA_PFCd_1", "LH_Cont_PFCl_2", "Precentral_L", "Vis"]
    assert networks_of(names).tolist() == ["Vis", "DefaultA", "Cont", "", ""]


def test_label_files(tmp_path):
    place = tmp_path / "labels"
    for text in ("A,B,C", "A\nB\n\n# no region\nC\n", "name,x\nA,1\nB,2\nC,3\n", '"id"\t"label"\n1\tA\n2\tB\n3\tC\n'):
        place.write_text(text)
        assert read_labels(place).names == ("A", "B", "C")
    assert read_labels(place).numbers == (1, 2, 3)
    place.write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match="a column of names"):
        read_labels(place)
    place.write_text("\n\n")
    with pytest.raises(DataError, match="holds no names"):
        read_labels(place)
