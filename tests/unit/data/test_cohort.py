"""Cohort: scans of subjects over one atlas."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Cohort, Units

R = 3


def some(lengths=(4, 0, 6, 5), *, seed=0, **more):
    """Four scans of three subjects; the second has structure alone, the third function alone."""
    rng = np.random.default_rng(seed)
    series = [None if t == 0 else rng.normal(size=(t, R)) for t in lengths]
    w = [None if k == 2 else rng.random((R, R)) for k in range(len(lengths))]
    settings = {
        "regions": Units(n=R, id=np.array(["a", "b", "c"]), group=np.array(["x", "x", "y"])),
        "subject": ["s1", "s2", "s2", "s3"],
        "session": ["", "1", "2", ""],
        "covariates": {"age": [20.0, 30.0, np.nan, 50.0], "sex": np.array(["M", "F", "F", ""])},
        "dt_s": 2.0,
    }
    return Cohort.of(series, structure=w, **(settings | more)), series, w


def test_scans_and_matrices_are_views_of_what_came():
    cohort, series, w = some()
    assert len(cohort) == 4
    assert (cohort.n_subjects, cohort.n_regions) == (3, R)
    assert cohort.lengths.tolist() == [4, 0, 6, 5]
    for s in range(4):
        if series[s] is not None:
            np.testing.assert_array_equal(cohort.scan(s), series[s])
            assert np.shares_memory(cohort.scan(s), cohort.series)
        if w[s] is not None:
            np.testing.assert_array_equal(cohort.matrix(s), w[s])
    with pytest.raises(DataError, match=r"scan 1 \(subject 's2', session '1'\) has no function"):
        cohort.scan(1)
    with pytest.raises(DataError, match=r"scan 2 .* has no structure"):
        cohort.matrix(2)
    with pytest.raises(IndexError):
        cohort.scan(4)
    assert cohort.scan(-1).shape == (5, R)
    for array in (cohort.series, cohort.structure, cohort.covariate("age"), cohort.subject):
        assert not array.flags.writeable


def test_words_name_sizes_and_what_is_known():
    cohort, _, _ = some()
    assert repr(cohort) == (
        "Cohort(4 scans of 3 subjects, 3 regions, 3 with function, 3 with structure, knows age, sex)"
    )
    assert cohort.named(0) == "scan 0 (subject 's1')"


def test_covariates_are_found_by_name():
    cohort, _, _ = some()
    np.testing.assert_array_equal(cohort.covariate("age"), [20, 30, np.nan, 50])
    with pytest.raises(DataError, match="did you mean 'age'"):
        cohort.covariate("aeg")


def test_taken_scans_keep_all_that_is_theirs():
    cohort, series, w = some()
    for rows in ([3, 0], [0, 1, 2], np.array([True, False, False, True]), [1]):
        part = cohort.take(rows)
        kept = np.arange(4)[rows]
        assert part.subject.tolist() == cohort.subject[kept].tolist()
        np.testing.assert_array_equal(part.covariate("age"), cohort.covariate("age")[kept])
        for k, s in enumerate(kept):
            assert part.has_function[k] == (series[s] is not None)
            if series[s] is not None:
                np.testing.assert_array_equal(part.scan(k), series[s])
            if w[s] is not None:
                np.testing.assert_array_equal(part.matrix(k), w[s])
    assert np.shares_memory(cohort.take([0, 1, 2]).series, cohort.series)
    for bad in ([4], [-1], [True], []):
        with pytest.raises(DataError):
            cohort.take(bad)


def test_taking_everything_changes_nothing():
    cohort, _, _ = some()
    assert cohort.take(range(4)).digest == cohort.digest
    assert cohort.take([3, 2, 1, 0]).take([3, 2, 1, 0]).digest == cohort.digest
    assert pickle.loads(pickle.dumps(cohort)).digest == cohort.digest


def test_selected_regions_go_together():
    cohort, _, _ = some()
    part = cohort.select([2, 0])
    assert part.regions.id.tolist() == ["c", "a"]
    np.testing.assert_array_equal(part.scan(2), cohort.scan(2)[:, [2, 0]])
    np.testing.assert_array_equal(part.matrix(0), cohort.matrix(0)[[2, 0]][:, [2, 0]])
    with pytest.raises(DataError, match="regions"):
        cohort.select([3])


def test_one_modality_leaves_the_scans_that_have_it():
    cohort, _, _ = some()
    assert cohort.only("function").session.tolist() == ["", "2", ""]
    assert cohort.only("function").structure is None
    assert cohort.only("structure").session.tolist() == ["", "1", ""]
    assert cohort.only("structure").series is None
    with pytest.raises(DataError, match="must be 'function' or 'structure'"):
        cohort.only("both")


def test_a_modality_that_no_scan_has_cannot_be_kept():
    cohort = Cohort.of([np.zeros((2, R))], regions=Units(n=R), subject=["a"])
    with pytest.raises(DataError, match="no scan has structure"):
        cohort.only("structure")


def test_no_subject_is_on_two_sides():
    n = 40
    subject = np.repeat([f"s{k}" for k in range(n)], 2)
    cohort = Cohort.of(
        np.zeros((2 * n, 2, R)), regions=Units(n=R), subject=subject, session=["1", "2"] * n, dt_s=1.0
    )  # fmt: skip
    sides = cohort.split(validation=0.2, test=0.3, seed=4)
    assert sorted(np.concatenate(sides).tolist()) == list(range(2 * n))
    people = [set(subject[rows].tolist()) for rows in sides]
    assert [len(p) for p in people] == [20, 8, 12]
    assert sum(map(len, people)) == len(set.union(*people)) == n
    for a, b in zip(sides, cohort.split(validation=0.2, test=0.3, seed=4), strict=True):
        np.testing.assert_array_equal(a, b)
    assert cohort.split(seed=5).test.tolist() != cohort.split(seed=6).test.tolist()
    assert len(cohort.split(validation=0, test=0).train) == 2 * n
    for shares in ((0.5, 0.5), (-0.1, 0.1), (1.0, 0.0)):
        with pytest.raises(DataError, match="shares that leave something"):
            cohort.split(validation=shares[0], test=shares[1])
    with pytest.raises(DataError, match="needs more subjects than 1"):
        cohort.take([0, 1]).split()


def test_the_digest_is_that_of_the_content():
    first, _, _ = some()
    assert first.digest == some()[0].digest
    assert first.digest == some(notes=("read somewhere",))[0].digest
    for more in ({"dt_s": 1.0}, {"session": ["", "1", "3", ""]}, {"covariates": {}}, {"seed": 1}):
        assert first.digest != some(**more)[0].digest


def test_missing_regions_are_nan_and_infinity_is_refused():
    x, w = np.ones((4, R)), np.ones((R, R))
    x[:, 1], w[1], w[:, 1] = np.nan, np.nan, np.nan
    cohort = Cohort.of([x], regions=Units(n=R), subject=["a"], structure=[w])
    assert np.isnan(cohort.scan(0)[:, 1]).all()
    x[2, 0] = np.inf
    with pytest.raises(DataError, match=r"`series\[0\]` must not be infinite: .*\[2, 0\]=inf"):
        Cohort.of([x], regions=Units(n=R), subject=["a"])
    w[0, 2] = -np.inf
    with pytest.raises(DataError, match=r"`structure\[0\]` must not be infinite"):
        Cohort.of([None], regions=Units(n=R), subject=["a"], structure=[w])


def test_odd_but_whole_cohorts():
    two = Cohort.of([np.zeros((1, 2), int)], regions=Units(n=2), subject=["only"])
    assert two.scan(0).dtype == np.float64
    assert two.structure is None
    zero = Cohort.of([None], regions=Units(n=2), subject=["a"], structure=[np.zeros((2, 2))])
    assert zero.series is None
    assert zero.lengths.tolist() == [0]
    counts = Cohort.of([None], regions=Units(n=2), subject=["a"], structure=[[[0, 10**6], [-3, 0]]])
    assert counts.matrix(0).tolist() == [[0, 1e6], [-3, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subject": []}, "must name at least one scan"),
        ({"subject": ["a", "a"]}, "must differ in `session`"),
        ({"session": ["x"]}, "session"),
        ({"dt_s": 0.0}, "`dt_s` must be a positive number"),
        ({"dt_s": np.nan}, "`dt_s` must be a positive number"),
        ({"series": np.zeros((4, 3))}, r"over the R=2 regions of the atlas, got shape \(4, 3\)"),
        ({"series": np.zeros((4, 2), complex)}, "numbers over the R=2 regions"),
        ({"pointer": None}, "`pointer` must say"),
        ({"pointer": [0, 2, 3]}, "`pointer` must rise from 0 to L=4"),
        ({"pointer": [0, 5, 4]}, "`pointer` must rise"),
        ({"pointer": [0, 4, 4]}, r"scan 1 \(subject 'b'\) has neither"),
        ({"series": None}, "`pointer` must be all 0 without `series`"),
        ({"structure": np.zeros((1, 2, 2))}, "one matrix per scan, S=2"),
        ({"structure": np.zeros((2, 2, 3))}, r"\(M, R, R\) numbers"),
        ({"structure": np.zeros((1, 2, 2)), "structure_of": [0, 1]}, r"must lie in \[-1, M=1\)"),
        ({"structure_of": [0, -1]}, "must be all -1 without `structure`"),
        ({"dt_s": "2"}, "`dt_s` must be a positive number of seconds, got '2'"),
        ({"regions": Units(n=0)}, "`regions` must hold at least one region"),
        ({"covariates": {"age": [1.0]}}, r"covariate `age` must be \(S=2,\)"),
        ({"covariates": {"age": [None, None]}}, "covariate `age` must be"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    fields = {
        "regions": Units(n=2),
        "subject": ["a", "b"],
        "series": np.zeros((4, 2)),
        "pointer": np.array([0, 2, 4]),
        "dt_s": 1.0,
    }
    assert len(Cohort(**fields)) == 2
    with pytest.raises(DataError, match=message):
        Cohort(**(fields | change))


def test_lists_of_the_wrong_length_are_refused():
    with pytest.raises(DataError, match="`series` must give one entry per scan, S=1, got 2"):
        Cohort.of([np.zeros((1, R)), None], regions=Units(n=R), subject=["a"])
    with pytest.raises(DataError, match="`structure` must give one entry per scan, S=1, got 0"):
        Cohort.of([np.zeros((1, R))], regions=Units(n=R), subject=["a"], structure=[])
