"""Scaling is fitted on training scans only, and says what it met."""

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Cohort, Units
from interplay.represent.brain.masks import count_hidden, hide_samples, hide_some
from interplay.represent.brain.scaling import fit_scaling, nodes_of, regions_of, training_moments


def cohort(n=4, regions=5, length=60, seed=0, **changes):
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=(length + 7 * s, regions)) * (1 + np.arange(regions)) + s for s in range(n)]
    structure = [np.abs(rng.normal(size=(regions, regions))) for _ in range(n)]
    structure = [w + w.T for w in structure]
    for key, change in changes.items():
        change(series if key == "series" else structure)
    names = Units(n=regions, id=np.array([f"r{k}" for k in range(regions)]))
    return Cohort.of(series, regions=names, subject=[f"s{k}" for k in range(n)], structure=structure)


def test_medians_and_quartiles_are_those_of_the_pooled_training_samples():
    data = cohort()
    scaling = fit_scaling(data, np.array([0, 2]))
    pool = np.concatenate([data.scan(0), data.scan(2)])
    low, middle, high = np.percentile(pool, [25, 50, 75], axis=0)
    np.testing.assert_allclose(scaling.centre, middle)
    np.testing.assert_allclose(scaling.spread, high - low)
    off = ~np.eye(5, dtype=bool)
    entries = np.concatenate([data.matrix(0)[off], data.matrix(2)[off]])
    np.testing.assert_allclose(scaling.structure, np.sqrt((entries**2).mean()))
    np.testing.assert_allclose(scaling.signal(data.scan(1)), ((data.scan(1) - middle) / (high - low)).T, rtol=1e-5)


def test_held_out_scans_move_nothing():
    def disturb(parts):
        parts[3] = parts[3] * 100

    rows = np.array([0, 1, 2])
    one, other = fit_scaling(cohort(), rows), fit_scaling(cohort(series=disturb, structure=disturb), rows)
    for name in ("centre", "spread", "structure"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    first, second = (
        training_moments(data, rows, one) for data in (cohort(), cohort(series=disturb, structure=disturb))
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_moments_are_those_of_numpy():
    data = cohort(n=1)
    rows = np.array([0])
    scaling = fit_scaling(data, rows)
    covariance, correlation = training_moments(data, rows, scaling)
    x = scaling.signal(data.scan(0))
    np.testing.assert_allclose(covariance, np.cov(x, bias=True), rtol=1e-5)
    np.testing.assert_allclose(correlation, np.corrcoef(x), rtol=1e-5)


def test_each_scan_by_its_own_numbers():
    data = cohort()
    scaling = fit_scaling(data, np.arange(4), by="scan")
    for s in range(4):
        x = scaling.signal(data.scan(s))
        np.testing.assert_allclose(np.median(x, axis=1), 0, atol=1e-6)
        np.testing.assert_allclose(np.subtract(*np.percentile(x, [75, 25], axis=1)), 1, rtol=1e-5)


def test_constant_and_missing_regions():
    def change(series):
        for x in series:
            x[:, 1] = 3.0
            x[:, 4] = np.nan
        series[0][:, 2] = np.nan

    data = cohort(series=change)
    scaling = fit_scaling(data, np.arange(4))
    x = scaling.signal(data.scan(0))
    assert (x[1] == 0).all()
    assert (x[2] == 0).all()
    assert (x[4] == 0).all()
    assert np.isfinite(x).all()
    assert any("r1" in note for note in scaling.notes)
    assert any("r4" in note for note in scaling.notes)
    assert regions_of(data, 0).tolist() == [True, True, False, True, False]
    covariance, correlation = training_moments(data, np.arange(4), scaling)
    assert np.isfinite(covariance).all()
    assert (correlation[4] == 0).all()
    assert (correlation[1] == 0).all()


def test_partly_missing_regions_are_refused_with_their_place():
    def change(series):
        series[2][11, 3] = np.nan

    with pytest.raises(DataError, match=r"scan 2 \(subject 's2'\), region 'r3', sample 11"):
        fit_scaling(cohort(series=change), np.arange(4))


def test_structure_of_missing_regions_and_single_gaps():
    def whole(structure):
        structure[0][2, :] = structure[0][:, 2] = np.nan

    data = cohort(structure=whole)
    assert nodes_of(data, 0).tolist() == [True, True, False, True, True]
    assert np.isfinite(fit_scaling(data, np.arange(4)).weights(data.matrix(0))).all()

    def single(structure):
        structure[1][2, 3] = np.nan

    with pytest.raises(DataError, match=r"scan 1 .*\[2, 3\] is nan"):
        nodes_of(cohort(structure=single), 1)


def test_streamline_counts_are_pointed_out_and_taken_by_their_logarithm():
    def counts(structure):
        for w in structure:
            w *= 1e5

    data = cohort(structure=counts)
    assert any("streamline" in note for note in fit_scaling(data, np.arange(4)).notes)
    scaling = fit_scaling(data, np.arange(4), transform="log")
    assert not any("streamline" in note for note in scaling.notes)
    w = scaling.weights(-data.matrix(0))
    np.testing.assert_allclose(w * scaling.structure, -np.log10(1 + data.matrix(0)), rtol=1e-5)


def test_a_graph_without_edges_stays_finite():
    def none(structure):
        for w in structure:
            w[:] = 0

    scaling = fit_scaling(cohort(structure=none), np.arange(4))
    assert scaling.structure == 1
    assert any("no edge" in note for note in scaling.notes)


@pytest.mark.parametrize(("share", "among", "count"), [(0.15, 20, 3), (0.15, 2, 1), (0.99, 3, 2), (0.001, 9, 1)])
def test_how_many_are_hidden(share, among, count):
    assert count_hidden(share, among) == count
    there = np.ones(among + 2, bool)
    there[[0, 3 % among + 1]] = False
    hidden = hide_some(share, there, 0, "spatial", 1, 2)
    assert hidden.sum() == count
    assert not hidden[~there].any()


def test_masks_are_keyed():
    there = np.ones(40, bool)
    first = hide_some(0.5, there, 0, "spatial", 1, 2)
    np.testing.assert_array_equal(first, hide_some(0.5, there, 0, "spatial", 1, 2))
    for key in (("temporal", 1, 2), ("spatial", 2, 2), ("spatial", 1, 3)):
        assert (first != hide_some(0.5, there, 0, *key)).any()
    assert (hide_samples(0.15, 7, 20, 0, "context", 0, 0).sum(axis=1) == 3).all()
    rows = hide_samples(0.5, 30, 20, 0, "context", 0, 0)
    assert len(np.unique(rows, axis=0)) > 25


def test_a_scan_with_one_region_has_nothing_to_hide():
    with pytest.raises(DataError, match="at least two regions"):
        hide_some(0.5, np.array([False, True, False]), 0)


def test_a_region_that_mostly_stands_still_is_said_to_be_read_as_0():
    def change(series):
        for x in series:
            x[6:, 1] = 3.0

    scaling = fit_scaling(cohort(series=change), np.arange(4))
    assert any("interquartile range" in note and "r1" in note for note in scaling.notes)
