"""The kernels behind certify: proofs, closed-form tests, and the interior-point method."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from tests.oracles import diagonal_stability as oracle

from interplay._core.rng import stream
from interplay.ops.diagonal_stability import decide, equilibrate
from interplay.ops.diagonal_stability_proofs import (
    least_eigenvalue,
    refutation_margin,
    scaling_margin,
    surely_positive,
)
from interplay.ops.diagonal_stability_tests import (
    irreducible_blocks,
    join_blocks,
    majorant_scaling,
    pair_minors,
    principal_minors,
    reciprocal_scaling,
    three_units,
    two_units,
)
from interplay.testing.stability_matrices import planted_stability


def random_matrix(rng, n, diagonal=True):
    a = rng.normal(size=(n, n)) - (np.eye(n) if diagonal else 0)
    np.fill_diagonal(a, -np.abs(np.diag(a)) - 0.05)
    return a


def test_the_least_eigenvalue_is_bounded_from_below_and_closely():
    rng = stream(0, "least")
    for n in (1, 3, 30):
        base = rng.normal(size=(n, n))
        m = base @ base.T + 0.1 * np.eye(n)
        bound, true = least_eigenvalue(m), np.linalg.eigvalsh(m)[0]
        assert bound < true
        assert bound == pytest.approx(true, abs=1e-11 * n)
        assert least_eigenvalue(m, 0.05) == pytest.approx(bound - 0.05, abs=1e-12)
    assert least_eigenvalue(np.diag([1.0, -2.0])) == pytest.approx(-2.0)
    assert least_eigenvalue(np.array([[np.nan]])) == -np.inf


def test_surely_positive_is_sure():
    assert surely_positive(np.eye(3))
    assert not surely_positive(np.eye(3), error=1.1)
    assert not surely_positive(np.diag([1.0, 0.0]))
    assert not surely_positive(np.full((2, 2), 1.0))
    assert not surely_positive(np.diag([1.0, np.inf]))


def test_margins_are_proved_at_any_scale():
    a = np.array([[-1.0, 3.0], [-3.0, -1.0]])
    for left, right in (([1, 1], [1, 1]), ([1e80, 1e-60], [1, 1]), ([1, 1e30], [1e-90, 1])):
        b = np.array(left)[:, None] * a * np.array(right)
        q = np.array(right) / np.array(left)
        assert scaling_margin(b, q) > 0
    assert scaling_margin(a, np.ones(2)) == pytest.approx(1.0, rel=1e-12)
    assert scaling_margin(a, np.array([1.0, 0.0])) == 0
    assert scaling_margin(a, np.array([1.0, 1e3])) == 0


def test_what_rounding_cannot_decide_is_decided_exactly_in_small_matrices():
    tiny = 2.0**-60
    a = np.array([[-1.0, 1.0 - 2.0**-53], [1.0 - 2.0**-53, -1.0]])
    assert scaling_margin(a, np.ones(2)) > 0
    assert oracle.certifies(a, np.ones(2))
    edge = np.array([[-1.0, 1.0], [1.0, -1.0]])
    assert scaling_margin(edge, np.ones(2)) == 0
    assert refutation_margin(edge, np.full((2, 2), 0.5)) == 0
    assert np.isnan(refutation_margin(edge - tiny * np.diag([2.0**8, 0]), np.full((2, 2), 0.5)))


def hidden_by_rounding(own):
    """Fourteen units, two of which are joined by weights whose products with q cancel in double precision only."""
    a, q = -np.eye(14), np.ones(14)
    a[0, 0], a[1, 1], q[0] = -own, -own, 0.1
    a[0, 1] = 3 * 2.0**30
    a[1, 0] = -(q[0] * a[0, 1])
    left = Fraction(q[0]) * Fraction(a[0, 1]) + Fraction(a[1, 0])
    assert left != 0 == q[0] * a[0, 1] + a[1, 0]
    return a, q, left


def test_rounding_in_the_products_of_q_and_a_is_counted():
    """Beyond the sizes that are decided in rationals."""
    a, q, left = hidden_by_rounding(1e-9)
    assert np.linalg.eigvalsh(-(q[:, None] * a + (q[:, None] * a).T))[0] > 0
    assert not oracle.certifies(a[:2, :2], q[:2])
    assert scaling_margin(a, q) == 0
    a, q, left = hidden_by_rounding(2.0**-20)
    margin = Fraction(scaling_margin(a, q))
    first, second = Fraction(q[0]) / 2**20 - margin, Fraction(1, 2**20) - margin
    assert margin > 0
    assert first * second >= (left / 2) ** 2
    assert second > 0


def test_rounding_in_a_factorisation_is_counted():
    """Singular matrices of whole numbers, some of which a Cholesky factorisation takes for positive definite."""
    rng, fooled = stream(16, "singular"), 0
    for n in (13, 15, 20):
        for _ in range(10):
            v = rng.integers(-9, 10, (n, n - 1)).astype(float)
            try:
                np.linalg.cholesky(v @ v.T)
                fooled += 1
            except np.linalg.LinAlgError:
                pass
            assert not surely_positive(v @ v.T)
            assert least_eigenvalue(v @ v.T) <= 0
    assert fooled


def test_rounding_in_the_diagonal_of_a_refutation_is_counted():
    rng, fooled = stream(17, "along"), 0
    n = 14
    for _ in range(60):
        root = rng.normal(size=(n, n))
        h = root @ root.T + np.eye(n)
        h = (h + h.T) / 2
        a = rng.normal(size=(n, n))
        a[np.diag_indices(n)] += 1 - np.einsum("ij,ji->i", a, h) / np.diag(h)
        a[0, 0] -= np.einsum("ij,ji->i", a, h)[0] / h[0, 0]
        if sum(Fraction(x) * Fraction(y) for x, y in zip(a[0], h[:, 0], strict=True)) < 0:
            fooled += (np.einsum("ij,ji->i", a, h) >= 0).all()
            assert np.isnan(refutation_margin(a, h))
    assert fooled


def test_refutations_of_a_part_are_padded_with_zeros():
    a = np.array([[-1.0, 5.0, 7.0], [0.0, 0.5, 0.0], [3.0, 2.0, -1.0]])
    h = np.zeros((3, 3))
    h[1, 1] = 1.0
    assert refutation_margin(a, h) == 0
    assert np.isnan(refutation_margin(a, np.zeros((3, 3))))
    assert np.isnan(refutation_margin(a, np.diag([1.0, 0, 0])))
    assert np.isnan(refutation_margin(a, -h))
    indefinite = np.array([[1.0, 1, 1], [1, 1, 2], [1, 2, 5]])  # its first elimination leaves a pivot of 0
    assert np.isnan(refutation_margin(np.eye(3), indefinite))


def test_equilibrated_matrices_are_the_same_to_the_bit():
    a = np.exp(9 * stream(1, "scales").normal(size=(6, 1))) * random_matrix(stream(2, "m"), 6)
    b, left, right = equilibrate(a)
    assert np.array_equal(b, left[:, None] * a * right)
    assert (np.abs(np.diag(b)) <= 2).all()
    assert (np.abs(np.diag(b)) >= 0.5).all()


def test_the_interior_point_method_gives_one_proof_or_the_other():
    rng = stream(3, "decide")
    seen = set()
    for n in (2, 4, 7, 11):
        for _ in range(12):
            a = rng.normal(size=(n, n)) * 0.7
            np.fill_diagonal(a, -1)
            end = decide(a)
            seen.add(end.reason)
            if end.scaling is not None:
                assert scaling_margin(a, end.scaling) > 0
                assert end.dual is None
            else:
                assert refutation_margin(a, end.dual) >= 0
                assert end.upper >= end.lower > 0
    assert seen == {"certificate", "refutation"}


def test_the_bounds_of_the_interior_point_method_enclose_the_least_s():
    a, q, _ = planted_stability(8, stream(4, "enclose"), 0.05, spread=0.0)
    end = decide(a)
    form = -(q[:, None] * a + (q[:, None] * a).T)
    assert end.lower <= -np.linalg.eigvalsh(form)[0] + 1e-12


@pytest.mark.parametrize(("limit", "reason"), [({"deadline": 0.0}, "time"), ({"most_steps": 1}, "steps")])
def test_limits_end_the_search_undecided(limit, reason):
    end = decide(planted_stability(20, stream(5, "limits"), -1e-4)[0], **limit)
    assert end.reason == reason
    assert end.scaling is None
    assert end.dual is None


def test_the_boundary_is_left_undecided():
    a, _, _ = planted_stability(20, stream(6, "edge"), 0.0)
    assert decide(a, tolerance=1e-6).reason == "boundary"


def test_two_units_agree_with_a_scan():
    rng = stream(7, "two")
    for _ in range(60):
        a = random_matrix(rng, 2)
        q, value = two_units(a)
        assert (q is not None) == (value > 0) == oracle.certified_by_search(a)
        assert q is None or oracle.certifies(a, q)
    for a in ([[-1, 5], [0, -1]], [[-1, 0], [5, -1]], [[-2, 0], [0, -3]]):
        assert oracle.certifies(a, two_units(np.array(a, dtype=float))[0])
    assert two_units(np.array([[1.0, 0], [0, 1]]))[0] is None


def test_three_units_agree_with_the_interior_point_method():
    rng = stream(8, "three")
    count = 0
    for _ in range(200):
        a = random_matrix(rng, 3)
        q, width = three_units(a)
        end = decide(a)
        assert (q is not None) == (end.scaling is not None)
        assert (q is not None) == (width > 0)
        assert q is None or oracle.certifies(a, q)
        count += q is not None
    assert 40 < count < 160
    assert three_units(np.zeros((3, 3)))[0] is None


def test_a_p_matrix_of_three_that_is_not_diagonally_stable():
    rng = stream(9, "p but not")
    found = 0
    for _ in range(3000):
        a = rng.normal(size=(3, 3)) * 2
        np.fill_diagonal(a, -1)
        if principal_minors(a)[0] > 0 and three_units(a)[0] is None:
            found += 1
            assert oracle.is_p_matrix(-a)
            assert decide(a).dual is not None
    assert found


def test_forests_are_decided_by_the_balance_of_their_edges():
    rng = stream(10, "forest")
    verdicts = set()
    for _ in range(60):
        n = 6
        a = -np.eye(n)
        for child in range(1, n):
            parent = int(rng.integers(0, child))
            a[child, parent], a[parent, child] = rng.normal(size=2) * 1.2
        q, forest = reciprocal_scaling(a, opposite_only=False)
        assert forest
        verdict = scaling_margin(a, q) > 0
        assert verdict == oracle.is_p_matrix(-a)
        verdicts.add(verdict)
    assert verdicts == {True, False}


def test_balanced_opposite_pairs_vanish_from_the_form():
    rng = stream(11, "opposite")
    q = np.exp(rng.normal(size=6))
    skew = rng.normal(size=(6, 6))
    a = (skew - skew.T) / q[:, None] - np.eye(6)
    found, forest = reciprocal_scaling(a, opposite_only=True)
    assert not forest
    assert np.allclose(found / found[0], q / q[0])
    a[0, 1] *= 1.1
    assert reciprocal_scaling(a, opposite_only=True)[0] is None
    assert reciprocal_scaling(-np.eye(3), opposite_only=True) == (None, True)


def test_the_majorant_gives_a_certificate_iff_it_is_hurwitz():
    rng = stream(12, "majorant")
    seen = set()
    for _ in range(60):
        a = random_matrix(rng, 5)
        a[~np.eye(5, dtype=bool)] *= 0.3
        majorant = np.abs(a)
        np.fill_diagonal(majorant, np.diag(a))
        stable = bool(np.linalg.eigvals(majorant).real.max() < 0)
        q = majorant_scaling(a)
        assert (q is not None) == stable
        assert q is None or oracle.certifies(a, q)
        seen.add(stable)
    assert seen == {True, False}
    assert majorant_scaling(np.array([[-1.0, 1.0], [1.0, -1.0]])) is None


def test_principal_minors_agree_with_their_enumeration():
    rng = stream(13, "minors")
    seen = set()
    for _ in range(60):
        a = random_matrix(rng, 5)
        least, place = principal_minors(a)
        assert (least > 0) == oracle.is_p_matrix(-a)
        seen.add(least > 0)
        if least > 0:
            pivots = []
            for k in range(1, 6):
                for s in combinations(range(5), k):
                    below = np.linalg.det(-a[np.ix_(s[:-1], s[:-1])]) if k > 1 else 1.0
                    pivots.append(np.linalg.det(-a[np.ix_(s, s)]) / below)
            assert least == pytest.approx(min(pivots))
        else:
            assert np.linalg.det(-a[np.ix_(place, place)]) <= 1e-12
    assert seen == {True, False}


def test_minors_of_two_units():
    a = np.array([[-1.0, 0.5, 0.0], [3.0, -2.0, 0.0], [0.0, 9.0, -1.0]])
    least, place = pair_minors(a)
    assert least == pytest.approx(1 - 1.5 / 2)
    assert place.tolist() == [0, 1]


def test_blocks_come_before_those_they_drive():
    rng = stream(14, "blocks")
    for _ in range(20):
        a = rng.normal(size=(9, 9)) * (rng.uniform(size=(9, 9)) < 0.15)
        blocks = irreducible_blocks(a)
        assert sorted(np.concatenate(blocks).tolist()) == list(range(9))
        reach = np.linalg.matrix_power((a != 0).astype(int) + np.eye(9, dtype=int), 9) > 0
        for k, block in enumerate(blocks):
            assert (reach[np.ix_(block, block)]).all()
            for later in blocks[k + 1 :]:
                assert (a[np.ix_(block, later)] == 0).all()


def test_joined_blocks_certify_the_whole_or_say_that_the_numbers_do_not_suffice():
    rng = stream(15, "join")
    a = np.tril(20 * rng.normal(size=(8, 8)), -1) - np.eye(8)
    blocks = irreducible_blocks(a)
    q = join_blocks(a, blocks, [np.ones(1)] * 8)
    assert oracle.certifies(a, q)
    assert join_blocks(a[:1, :1], [np.array([0])], [np.ones(1)]).tolist() == [1.0]
    long = np.diag(np.full(399, 1e3), -1) - np.eye(400)
    assert join_blocks(long, irreducible_blocks(long), [np.ones(1)] * 400) is None
